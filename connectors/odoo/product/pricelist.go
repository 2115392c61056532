package product

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"crema/connectors/odoo"

	"github.com/shopspring/decimal"
)

// ErrPrice is a price that can't be worked out from a price list; the error names the list.
var ErrPrice = errors.New("its price can't be worked out")

// A Pricelist is a product.pricelist, with the rules for some products when one piece is sold.
type Pricelist struct {
	ID       int64   `json:"id"`
	Name     string  `json:"name"`
	Currency odoo.ID `json:"currency_id"`
	digits   int32   // of prices, as Odoo's decimal precision "Product Price" says
	rules    []rule  // in Odoo's order: the first that fits holds
	places   map[int64]place
}

// place is where a product stands, as price lists tell products apart: its template, its product category (which is not
// the POS's) and those above that.
type place struct {
	template   int64
	categories []int64
}

// ReadPricelist reads a price list, archived or not, without rules; false: the user sees none of that id.
func ReadPricelist(ctx context.Context, c *odoo.Client, id int64) (Pricelist, bool, error) {
	found, err := odoo.SearchRead[Pricelist](ctx, c, "product.pricelist", odoo.Search{
		Domain: odoo.Domain{odoo.Where("id", "=", id)}, Fields: []string{"name", "currency_id"}, Order: "id", Context: everyRecord(),
	})
	if err != nil || len(found) == 0 {
		return Pricelist{}, false, err
	}
	l := found[0]
	l.digits, err = readDigits(ctx, c)
	return l, true, err
}

// ReadRules reads the list's rules for these products, instead of those that it had: two calls, and one more where a
// rule is for a product category.
func (l *Pricelist) ReadRules(ctx context.Context, c *odoo.Client, products []Product) error {
	ids := make([]int64, len(products))
	for i, p := range products {
		ids[i] = p.ID
	}
	records, err := odoo.SearchRead[placeRecord](ctx, c, "product.product", odoo.Search{
		Domain: odoo.Domain{odoo.Where("id", "in", ids)}, Fields: []string{"product_tmpl_id", "categ_id"}, Order: "id", Context: everyRecord(),
	})
	if err != nil {
		return err
	}
	if l.rules, err = readRules(ctx, c, l.ID, ids, distinct(records, func(r placeRecord) odoo.ID { return r.Template })); err != nil {
		return err
	}
	var above map[int64][]int64
	if slices.ContainsFunc(l.rules, func(r rule) bool { return r.Category != 0 }) {
		if above, err = readCategories(ctx, c, distinct(records, func(r placeRecord) odoo.ID { return r.Category })); err != nil {
			return err
		}
	}
	l.places = make(map[int64]place, len(records))
	for _, r := range records {
		l.places[r.ID] = place{int64(r.Template), above[int64(r.Category)]}
	}
	return nil
}

type placeRecord struct {
	ID       int64   `json:"id"`
	Template odoo.ID `json:"product_tmpl_id"`
	Category odoo.ID `json:"categ_id"`
}

// Written tells whether a rule of the price list was written since then. One that was deleted isn't seen.
func (l Pricelist) Written(ctx context.Context, c *odoo.Client, since time.Time) (bool, error) {
	found, err := odoo.SearchRead[struct{}](ctx, c, ruleModel, odoo.Search{
		Domain: odoo.Domain{odoo.Where("pricelist_id", "=", l.ID), odoo.Where("write_date", ">=", odoo.At(since))}, Fields: []string{"id"}, Limit: 1, Order: "id",
	})
	return len(found) > 0, err
}

// Until is when the next rule begins or ends; the zero time: none does. To who doesn't know the time it is long past.
func (l Pricelist) Until(now time.Time) (next time.Time) {
	for _, r := range l.rules {
		for _, at := range []odoo.Time{r.Start, r.End} {
			switch {
			case at.IsZero():
			case now.IsZero():
				return time.Unix(1, 0)
			case !at.Before(now) && (next.IsZero() || at.Before(next)):
				next = at.Time
			}
		}
	}
	return next
}

// readCategories gives for each product category those above it, and itself.
func readCategories(ctx context.Context, c *odoo.Client, ids []int64) (map[int64][]int64, error) {
	found, err := odoo.SearchRead[struct {
		ID   int64       `json:"id"`
		Path odoo.String `json:"parent_path"` // "1/4/7/": from the top to itself
	}](ctx, c, "product.category", odoo.Search{Domain: odoo.Domain{odoo.Where("id", "in", ids)}, Fields: []string{"parent_path"}, Order: "id"})
	above := make(map[int64][]int64)
	for _, category := range found {
		above[category.ID] = []int64{category.ID}
		for part := range strings.SplitSeq(string(category.Path), "/") {
			if id, err := strconv.ParseInt(part, 10, 64); err == nil {
				above[category.ID] = append(above[category.ID], id)
			}
		}
	}
	return above, err
}

// readDigits reads how many digits a price has.
func readDigits(ctx context.Context, c *odoo.Client) (int32, error) {
	const name = "Product Price"
	found, err := odoo.SearchRead[struct {
		Digits int32 `json:"digits"`
	}](ctx, c, "decimal.precision", odoo.Search{Domain: odoo.Domain{odoo.Where("name", "=", name)}, Fields: []string{"digits"}, Order: "id"})
	if err == nil && (len(found) != 1 || found[0].Digits < 0 || found[0].Digits > 12) {
		err = fmt.Errorf("%w: the decimal precision %q can't be read", odoo.ErrUnexpected, name)
	}
	if err != nil {
		return 0, err
	}
	return found[0].Digits, nil
}

// Price is what one piece of a product costs by the list, before taxes are looked at, at a time; the zero time is one
// that nobody knows. A product that no rule fits costs its list price. It fails with [ErrPrice].
func (l Pricelist) Price(p Product, at time.Time) (decimal.Decimal, error) {
	list, err := p.Price.Decimal()
	if err != nil {
		return list, err
	}
	refused := func(format string, args ...any) (decimal.Decimal, error) {
		return decimal.Zero, fmt.Errorf("%w: the price list %q %s", ErrPrice, l.Name, fmt.Sprintf(format, args...))
	}
	for _, r := range l.rules {
		if !r.of(p.ID, l.places[p.ID]) {
			continue
		}
		if at.IsZero() && r.dated() {
			return refused("has a rule with dates, and the board doesn't know the time yet")
		}
		if !r.holds(at) {
			continue
		}
		price, err := r.price(list)
		if err != nil {
			return refused("%v", err)
		}
		if r.Compute != fixedPrice && p.Currency != 0 && p.Currency != l.Currency {
			return refused("is in another currency than the product's list price")
		}
		return price.Round(l.digits), nil
	}
	if p.Currency != 0 && p.Currency != l.Currency {
		return refused("is in another currency than the product's list price")
	}
	return list, nil
}

func distinct(records []placeRecord, of func(placeRecord) odoo.ID) []int64 {
	ids := []int64{}
	for _, r := range records {
		if id := int64(of(r)); id != 0 {
			ids = append(ids, id)
		}
	}
	return slices.Compact(slices.Sorted(slices.Values(ids)))
}
