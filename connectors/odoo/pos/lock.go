package pos

import (
	"context"

	"crema/connectors/odoo"
)

// LockDates are the days up to which a company's accounts are closed, "2026-10-31"; empty:
// they are not.
type LockDates struct {
	All   odoo.String `json:"fiscalyear_lock_date"`
	Sales odoo.String `json:"sale_lock_date"`
	Tax   odoo.String `json:"tax_lock_date"`
	Hard  odoo.String `json:"hard_lock_date"`
}

// Last is the latest of them that keeps sales from being posted; empty: none does.
func (l LockDates) Last() string { return string(max(l.All, l.Sales, l.Tax, l.Hard)) }

// ReadLockDates reads those of a company. A user who may not see them gets [odoo.Denied], and
// one of an Odoo that has not all of them [odoo.Refused].
func ReadLockDates(ctx context.Context, c *odoo.Client, company int64) (LockDates, error) {
	found, err := odoo.SearchRead[LockDates](ctx, c, "res.company", odoo.Search{
		Domain: odoo.Domain{odoo.Where("id", "=", company)},
		Fields: []string{"fiscalyear_lock_date", "sale_lock_date", "tax_lock_date", "hard_lock_date"},
	})
	if err != nil || len(found) == 0 {
		return LockDates{}, err
	}
	return found[0], nil
}
