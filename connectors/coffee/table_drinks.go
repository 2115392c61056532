package coffee

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"crema/connectors/odoo"
	"crema/connectors/odoo/product"
	"crema/connectors/table"
	"crema/store"
)

// Drinks is the table of the drinks as they are in Odoo: an import makes and changes them
// there, and the machines follow as for any change. Prices are list prices, as Odoo keeps
// them: without tax, unless that is included.
func (m *Machines) Drinks() table.Table {
	return table.Table{
		Name: "drinks", Text: "The drinks in Odoo, with their list prices",
		Columns: []table.Column{
			{Name: "backend", Help: "a machine that sells it: the drink gets its POS category, and the name in its language", Example: "kitchen", Required: true},
			{Name: "default_code", Help: "the drink’s code, by which it is found again", Example: "ESPRESSO", Required: true},
			{Name: "name", Help: "its name", Example: "Espresso", Required: true},
			{Name: "price", Help: "its list price in Odoo", Example: "1.80", Required: true},
			{Name: "odoo_id", Help: "its id in Odoo", Shown: true},
			{Name: "active", Help: "false: archived", Shown: true},
		},
		Filters: []table.Column{{Name: "backend", Help: "of this machine", Example: "kitchen"}},
		Send:    m.sendDrink,
		Ended:   func(tx *store.Tx, _ table.Import) error { return m.drinksSent(tx) },
		Export: func(ctx context.Context, f table.Filter) (iter.Seq2[[]string, error], error) {
			backends, err := m.filtered(f)
			return func(yield func([]string, error) bool) { listDrinks(ctx, backends, yield) }, err
		},
	}
}

// sendDrink makes a drink in Odoo as the record has it. The code finds the one that is there;
// a new one is made under an external id of the code, and everything written is absolute:
// so whatever became of an earlier try, this one ends the same.
func (m *Machines) sendDrink(ctx context.Context, r table.Record) (bool, error) {
	b, err := m.named(r.Text("backend"))
	if err != nil {
		return false, noMachine(err)
	}
	price, err := odoo.Amount(strings.ReplaceAll(r.Text("price"), ",", ".")).Decimal()
	if err != nil || price.IsNegative() {
		return false, &table.RecordError{Column: "price", Wrong: fmt.Sprintf("%q is no price", r.Text("price")), Fix: "write a number such as 1.80"}
	}
	changed, err := b.sendDrink(ctx, r.Text("default_code"), r.Text("name"), price)
	return changed, drinkError(err)
}

// drinksSent has each machine look at Odoo at once: another one may sell the same drinks.
func (m *Machines) drinksSent(tx *store.Tx) error {
	list, err := m.Backends(tx)
	for _, b := range list {
		if err == nil {
			_, err = b.enqueueCatalogue(tx, 0)
		}
	}
	return err
}

func (b *Backend) sendDrink(ctx context.Context, code, name string, price decimal.Decimal) (changed bool, err error) {
	category, err := product.FindCategory(ctx, b.d.Odoo, b.cfg.POSCategory, b.cfg.Language)
	if err != nil {
		return false, err
	}
	has, found, err := b.drinkByCode(ctx, code)
	if err != nil {
		return false, err
	}
	if !found {
		if err := odoo.HasAccess(ctx, b.d.Odoo, "product.product", "create"); err != nil {
			return false, err // load tells it in words that nobody can be sure of
		}
		id, err := product.Create(ctx, b.d.Odoo, externalOf(code), name, code, odoo.AmountOf(price))
		if err != nil {
			return false, err
		}
		if has, found, err = b.drinkByCode(ctx, code); err == nil && !found {
			err = fmt.Errorf("%w: product %d was made, and has not the code %q", odoo.ErrUnexpected, id, code)
		}
		if err != nil {
			return false, err
		}
		changed = true
	}
	change, any := changeOf(has, name, price, category.ID)
	if !any {
		return changed, nil
	}
	return true, product.Write(ctx, b.d.Odoo, has.ID, b.cfg.Language, change)
}

// drinkByCode is the one product with a code. One that is archived is left so: to make another
// would have two of the code, as soon as a person takes it back.
func (b *Backend) drinkByCode(ctx context.Context, code string) (p product.Entry, found bool, err error) {
	list, err := product.ByCode(ctx, b.d.Odoo, code, b.cfg.Language)
	if err != nil || len(list) == 0 {
		return p, false, err
	}
	active := slices.DeleteFunc(slices.Clone(list), func(p product.Entry) bool { return !p.Active })
	if len(active) == 1 {
		return active[0], true, nil
	}
	var ids []string
	for _, p := range list {
		ids = append(ids, strconv.FormatInt(p.ID, 10))
	}
	if len(active) == 0 {
		return p, false, &table.RecordError{Column: "default_code", Wrong: "the product with this code is archived in Odoo: " + strings.Join(ids, ", "), Fix: "take it back there, or choose another code"}
	}
	return p, false, &table.RecordError{Column: "default_code", Wrong: "several products in Odoo have this code: " + strings.Join(ids, ", "), Fix: "give each its own there"}
}

// changeOf is what is to be written of a product; the categories that it has already stay.
func changeOf(has product.Entry, name string, price decimal.Decimal, category int64) (c product.Change, any bool) {
	if string(has.Name) != name {
		c.Name, any = &name, true
	}
	if is, err := has.Price.Decimal(); err != nil || !is.Equal(price) {
		amount := odoo.AmountOf(price)
		c.Price, any = &amount, true
	}
	if !has.AvailableInPOS {
		yes := true
		c.AvailableInPOS, any = &yes, true
	}
	if !slices.Contains(has.Categories, category) {
		c.Categories, any = product.CategoriesOf(append(slices.Clone(has.Categories), category)...), true
	}
	return c, any
}

// externalOf is the external id that a drink is made under: of letters and digits, and the
// same on every board, for the code is what a drink is known by.
func externalOf(code string) string {
	sum := sha256.Sum256([]byte(code))
	return fmt.Sprintf("crema.drink_%x", sum[:12])
}

// drinkError says what becomes of a record, or of the job: what Odoo refuses of one drink is
// the record's, and all else is for a later try.
func drinkError(err error) error {
	if refused, ok := errors.AsType[*odoo.LoadError](err); ok {
		columns := map[string]string{"name": "name", "default_code": "default_code", "list_price": "price"}
		return &table.RecordError{Column: columns[refused.Field], Wrong: refused.Error()}
	}
	if call, ok := errors.AsType[*odoo.Error](err); ok && call.Class == odoo.Refused && call.Method == "write" {
		return &table.RecordError{Wrong: call.Error()}
	}
	if _, ok := errors.AsType[*table.RecordError](err); ok {
		return err
	}
	return err
}

// listDrinks asks Odoo for the drinks, page by page.
func listDrinks(ctx context.Context, backends []*Backend, yield func([]string, error) bool) {
	const page = 500
	for _, b := range backends {
		category, err := product.FindCategory(ctx, b.d.Odoo, b.cfg.POSCategory, b.cfg.Language)
		if err != nil {
			yield(nil, err)
			return
		}
		for after, more := int64(0), true; more; {
			list, err := product.Entries(ctx, b.d.Odoo, product.Query{Category: category.ID, Lang: b.cfg.Language}, after, page)
			if err != nil {
				yield(nil, err)
				return
			}
			for _, p := range list {
				after = p.ID
				if !yield([]string{b.cfg.Name, string(p.Code), string(p.Name), string(p.Price), strconv.FormatInt(p.ID, 10), strconv.FormatBool(p.Active)}, nil) {
					return
				}
			}
			more = len(list) == page
		}
	}
}
