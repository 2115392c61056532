package product

import (
	"context"
	"iter"
	"slices"
	"time"

	"crema/connectors/odoo"
)

// A Product is a variant that can be sold.
type Product struct {
	ID             int64       `json:"id"`
	Name           string      `json:"display_name"` // in the language asked for, without the code
	Code           odoo.String `json:"default_code"`
	Price          odoo.Amount `json:"lst_price"` // of this variant, in its currency; without tax unless a tax of it is included
	Active         bool        `json:"active"`    // false: archived
	AvailableInPOS bool        `json:"available_in_pos"`
	Taxes          []int64     `json:"taxes_id"`
	Categories     []int64     `json:"pos_categ_ids"`
	Currency       odoo.ID     `json:"currency_id"`
	Written        odoo.Time   `json:"write_date"`
}

var productFields = []string{"id", "display_name", "default_code", "lst_price", "active", "taxes_id", "pos_categ_ids", "write_date", "currency_id", "available_in_pos"}

// A Query says which drinks, and the language of their names.
type Query struct {
	Category int64  // of the drinks, see [FindCategory]
	Lang     string // must be installed, else the call is [odoo.Refused]; empty: the user's
}

// Drinks reads the products of a category that are available in the POS, archived ones too, by id.
func Drinks(ctx context.Context, c *odoo.Client, q Query) (all []Product, err error) {
	for page, err := range DrinkPages(ctx, c, q) {
		if err != nil {
			return nil, err
		}
		all = append(all, page...)
	}
	return all, nil
}

// DrinkPages reads the same page by page, for who needs not have all at once.
func DrinkPages(ctx context.Context, c *odoo.Client, q Query) iter.Seq2[[]Product, error] {
	return odoo.Pages(ctx, c, "product.product", odoo.Search{
		Domain:  odoo.Domain{odoo.Where("pos_categ_ids", "in", []int64{q.Category}), odoo.Where("available_in_pos", "=", true)},
		Fields:  productFields,
		Context: plainNames(q.Lang),
	}, idOf)
}

// Changes reads the products that were written since then, archived ones too, of whatever category and in the POS or
// not, by id, page by page: a drink may have become one, or be none any more. What is deleted isn't found, nor what
// moves no write_date: taxes, price lists, what a variant's attributes cost, the name of a category.
func Changes(ctx context.Context, c *odoo.Client, since time.Time, lang string) iter.Seq2[[]Product, error] {
	return odoo.Pages(ctx, c, "product.product", odoo.Search{
		Domain:  odoo.Domain{odoo.Where("write_date", ">=", odoo.At(since))},
		Fields:  productFields,
		Context: plainNames(lang),
	}, idOf)
}

func idOf(p Product) int64 { return p.ID }

// ByIDs reads products, archived or not, by id. Those that no longer exist are left out.
func ByIDs(ctx context.Context, c *odoo.Client, ids []int64, lang string) ([]Product, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	return odoo.SearchRead[Product](ctx, c, "product.product", odoo.Search{
		Domain:  odoo.Domain{odoo.Where("id", "in", ids)},
		Fields:  productFields,
		Order:   "id",
		Context: plainNames(lang),
	})
}

func plainNames(lang string) *odoo.Context {
	no := false
	return &odoo.Context{Lang: lang, ActiveTest: &no, DisplayCode: &no}
}
