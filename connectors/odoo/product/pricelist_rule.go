package product

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/shopspring/decimal"

	"crema/connectors/odoo"
)

// rule is a product.pricelist.item: what it is for, when, and how the price comes about.
type rule struct {
	Product  odoo.ID     `json:"product_id"`      // 0: any
	Template odoo.ID     `json:"product_tmpl_id"` // 0: any
	Category odoo.ID     `json:"categ_id"`        // with those below it; 0: any
	Start    odoo.Time   `json:"date_start"`      // zero: since ever
	End      odoo.Time   `json:"date_end"`        // zero: for ever
	Compute  string      `json:"compute_price"`   // "fixed", "percentage", "formula"
	Base     odoo.String `json:"base"`            // "list_price", "standard_price", "pricelist"
	Fixed    odoo.Amount `json:"fixed_price"`
	Percent  odoo.Amount `json:"percent_price"`  // off the base; negative: more
	Discount odoo.Amount `json:"price_discount"` // of a formula: percent off the base
	Round    odoo.Amount `json:"price_round"`    // to a multiple of this; 0: not at all
	Extra    odoo.Amount `json:"price_surcharge"`
	Least    odoo.Amount `json:"price_min_margin"` // above the base; 0: any
	Most     odoo.Amount `json:"price_max_margin"`
}

const (
	ruleModel  = "product.pricelist.item"
	fixedPrice = "fixed"
)

var ruleFields = []string{"product_id", "product_tmpl_id", "categ_id", "date_start", "date_end", "compute_price", "base", "fixed_price", "percent_price",
	"price_discount", "price_round", "price_surcharge", "price_min_margin", "price_max_margin"}

// readRules reads the rules of a price list that can concern one piece of any of the products, in the order in
// which Odoo looks at them.
func readRules(ctx context.Context, c *odoo.Client, list int64, products, templates []int64) ([]rule, error) {
	return odoo.SearchRead[rule](ctx, c, ruleModel, odoo.Search{
		Domain: odoo.Domain{
			odoo.Where("pricelist_id", "=", list), odoo.Where("min_quantity", "<=", 1),
			"|", odoo.Where("product_id", "=", false), odoo.Where("product_id", "in", products),
			"|", odoo.Where("product_tmpl_id", "=", false), odoo.Where("product_tmpl_id", "in", templates),
		},
		Fields: ruleFields,
		Order:  "applied_on, min_quantity desc, categ_id desc, id desc",
	})
}

// of reports whether the rule is for a product at that place.
func (r rule) of(product int64, at place) bool {
	return (r.Product == 0 || int64(r.Product) == product) && (r.Template == 0 || int64(r.Template) == at.template) &&
		(r.Category == 0 || slices.Contains(at.categories, int64(r.Category)))
}

func (r rule) dated() bool { return !r.Start.IsZero() || !r.End.IsZero() }

func (r rule) holds(at time.Time) bool {
	return (r.Start.IsZero() || !at.Before(r.Start.Time)) && (r.End.IsZero() || !at.After(r.End.Time))
}

// price is what the rule makes of a list price.
func (r rule) price(list decimal.Decimal) (price decimal.Decimal, err error) {
	number := func(a odoo.Amount) decimal.Decimal {
		d, bad := a.Decimal()
		err = errors.Join(err, bad)
		return d
	}
	if r.Compute != fixedPrice && r.Base != "list_price" {
		return price, fmt.Errorf("has a rule that begins with %s: only rules on the sales price can be worked out", baseWords(r.Base))
	}
	off := func(percent odoo.Amount) decimal.Decimal {
		return list.Sub(list.Mul(number(percent)).Shift(-2))
	}
	switch r.Compute {
	case fixedPrice:
		price = number(r.Fixed)
	case "percentage":
		price = off(r.Percent)
	case "formula":
		price = off(r.Discount)
		if unit := number(r.Round); unit.IsPositive() {
			price = price.DivRound(unit, 20).Round(0).Mul(unit)
		}
		price = price.Add(number(r.Extra))
		if least := number(r.Least); !least.IsZero() {
			price = decimal.Max(price, list.Add(least))
		}
		if most := number(r.Most); !most.IsZero() {
			price = decimal.Min(price, list.Add(most))
		}
	default:
		return price, fmt.Errorf("has a rule of the kind %q, which can't be worked out", r.Compute)
	}
	return price, err
}

// baseWords names what a rule begins with as Odoo's form does.
func baseWords(base odoo.String) string {
	switch base {
	case "standard_price":
		return "the cost"
	case "pricelist":
		return "another price list"
	default:
		return string(base)
	}
}
