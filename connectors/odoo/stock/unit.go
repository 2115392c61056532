package stock

import (
	"context"
	"strconv"
	"strings"

	"github.com/shopspring/decimal"

	"crema/connectors/odoo"
)

// A Measure is what a machine counts in.
type Measure string

// The measures.
const (
	Gram       Measure = "g"
	Millilitre Measure = "ml"
)

// A Unit is a uom.uom: what quantities of a product are counted in.
type Unit struct {
	ID     int64
	Name   string
	Family int64           // units of one family can be made into each other
	Size   decimal.Decimal // against the others of its family

	external string
	digits   int32 // of its quantities, where it has its own; -1: it has not
}

// known are the units that come with Odoo, by external id, and what they are made by a person's hand, by name.
var known = map[string]struct {
	measure Measure
	amount  int64
}{
	"uom.product_uom_gram": {Gram, 1}, "uom.product_uom_kgm": {Gram, 1000}, "uom.product_uom_litre": {Millilitre, 1000},
	"g": {Gram, 1}, "kg": {Gram, 1000}, "ml": {Millilitre, 1}, "l": {Millilitre, 1000},
}

// Measured is a unit against a measure.
type Measured struct {
	Unit   Unit
	Per    decimal.Decimal // so much of the measure one unit holds: 1000 of [Gram] for kg
	Digits int32           // that Odoo keeps of a quantity
}

// MeasuredIn finds a unit among all of them, and says how much of a measure it holds; false: it is of another family, or
// there is none of that id. digits is the precision of quantities ([Calls]).
func MeasuredIn(units []Unit, id int64, m Measure, digits int32) (Measured, bool) {
	var unit Unit
	for _, u := range units {
		if u.ID == id {
			unit = u
		}
	}
	if unit.digits >= 0 {
		digits = min(digits, unit.digits)
	}
	for _, byName := range []bool{false, true} { // people may rename what came with Odoo
		for _, u := range units {
			key := u.external
			if byName {
				key = strings.ToLower(u.Name)
			}
			if k, ok := known[key]; ok && k.measure == m && unit.ID != 0 && u.Family == unit.Family && u.Size.Sign() > 0 {
				per := decimal.NewFromInt(k.amount).Mul(unit.Size).DivRound(u.Size, 12)
				return Measured{Unit: unit, Per: per, Digits: digits}, per.Sign() > 0
			}
		}
	}
	return Measured{Unit: unit}, false
}

// Quantity is an amount of the measure in the unit, with the digits that Odoo keeps.
func (m Measured) Quantity(amount int64) decimal.Decimal {
	return decimal.NewFromInt(amount).DivRound(m.Per, m.Digits)
}

// Amount is a quantity of the unit in the measure.
func (m Measured) Amount(quantity decimal.Decimal) decimal.Decimal { return quantity.Mul(m.Per) }

// Fits tells whether Odoo keeps one of the measure without loss.
func (m Measured) Fits() bool {
	return m.Amount(m.Quantity(1)).Equal(decimal.NewFromInt(1))
}

// externals are the external ids of units.
func externals(ctx context.Context, c *odoo.Client, units []Unit) error {
	ids := make([]int64, len(units))
	for i, u := range units {
		ids[i] = u.ID
	}
	var found map[string]odoo.String
	if err := c.Call(ctx, unitModel, "get_external_id", map[string]any{"ids": ids}, &found); err != nil {
		return err
	}
	for i, u := range units {
		units[i].external = string(found[strconv.FormatInt(u.ID, 10)])
	}
	return nil
}

const unitModel = "uom.uom"

// digits reads a decimal precision, by one of the names that Odoo has given it.
func digits(ctx context.Context, c *odoo.Client, name string) (int32, error) {
	found, err := odoo.SearchRead[struct {
		Digits int32 `json:"digits"`
	}](ctx, c, "decimal.precision", odoo.Search{Domain: odoo.Domain{odoo.Where("name", "=", name)}, Fields: []string{"digits"}, Order: "id"})
	if err != nil || len(found) == 0 {
		return 2, err // what Odoo does without
	}
	return min(max(found[0].Digits, 0), 12), nil
}
