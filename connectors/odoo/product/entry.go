package product

import (
	"context"
	"slices"

	"crema/connectors/odoo"
)

// An Entry is a product as it is kept in Odoo, for who maintains it there: its list price is that of the product itself,
// before what a variant adds and without regard to taxes.
type Entry struct {
	ID             int64       `json:"id"`
	Name           odoo.String `json:"name"` // in the language asked for
	Code           odoo.String `json:"default_code"`
	Price          odoo.Amount `json:"list_price"`
	Active         bool        `json:"active"`
	AvailableInPOS bool        `json:"available_in_pos"`
	Categories     []int64     `json:"pos_categ_ids"`
}

var entryFields = []string{"id", "name", "default_code", "list_price", "active", "available_in_pos", "pos_categ_ids"}

// Entries reads the products that [Drinks] would, by id, from the one behind after on, at most limit.
func Entries(ctx context.Context, c *odoo.Client, q Query, after int64, limit int) ([]Entry, error) {
	return readEntries(ctx, c, q.Lang, limit, odoo.Domain{
		odoo.Where("id", ">", after), odoo.Where("pos_categ_ids", "in", []int64{q.Category}), odoo.Where("available_in_pos", "=", true)})
}

// ByCode reads the products with a code (default_code), archived or not, by id. Odoo lets several have one.
func ByCode(ctx context.Context, c *odoo.Client, code, lang string) ([]Entry, error) {
	return readEntries(ctx, c, lang, 0, odoo.Domain{odoo.Where("default_code", "=", code)})
}

func readEntries(ctx context.Context, c *odoo.Client, lang string, limit int, domain odoo.Domain) ([]Entry, error) {
	no := false
	return odoo.SearchRead[Entry](ctx, c, "product.product", odoo.Search{Domain: domain, Fields: entryFields, Order: "id", Limit: limit, Context: &odoo.Context{Lang: lang, ActiveTest: &no}})
}

// Create makes a product under an external id, by [odoo.Load]: made again it is the same product.
func Create(ctx context.Context, c *odoo.Client, external, name, code string, price odoo.Amount) (int64, error) {
	return odoo.Load(ctx, c, "product.product", external, []string{"name", "default_code", "list_price"}, []string{name, code, string(price)})
}

// A Change is what to write of a product; what is nil, or empty, is left as it is.
type Change struct {
	Name           *string      `json:"name,omitempty"` // in the language of the call alone
	Price          *odoo.Amount `json:"list_price,omitempty"`
	AvailableInPOS *bool        `json:"available_in_pos,omitempty"`
	Categories     []any        `json:"pos_categ_ids,omitempty"` // as [CategoriesOf] makes it
}

// CategoriesOf is a Change's categories: exactly these.
func CategoriesOf(ids ...int64) []any { return []any{[]any{6, 0, slices.Clone(ids)}} }

// Write changes a product. All values are absolute, so to make the call again does no harm.
func Write(ctx context.Context, c *odoo.Client, id int64, lang string, change Change) error {
	return c.Call(ctx, "product.product", "write", map[string]any{"ids": []int64{id}, "vals": change, "context": odoo.Context{Lang: lang}}, nil)
}
