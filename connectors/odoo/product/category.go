package product

import (
	"context"

	"crema/connectors/odoo"
)

// A Category is a pos.category, by which a POS groups what it sells.
type Category struct {
	ID     int64   `json:"id"`
	Name   string  `json:"name"` // in the language it was asked for
	Parent odoo.ID `json:"parent_id"`
}

// FindCategory finds a category by its name in the language lang, or by its id. None or several are an
// [*odoo.ChoiceError] that lists the ids.
func FindCategory(ctx context.Context, c *odoo.Client, nameOrID, lang string) (Category, error) {
	s := odoo.Search{Fields: []string{"name", "parent_id"}, Context: &odoo.Context{Lang: lang}}
	return odoo.Find(ctx, c, "pos.category", nameOrID, s, func(c Category) odoo.Choice { return odoo.Choice{ID: c.ID, Name: c.Name} })
}
