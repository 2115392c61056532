package stock

import (
	"context"
	"fmt"
	"strings"

	"github.com/shopspring/decimal"

	"crema/connectors/coffee/ledger"
	"crema/connectors/odoo"
	"crema/connectors/odoo/stock"
	"crema/store"
)

// countTolerance is by how much of its capacity a level may differ from Odoo's quantity
// before it is counted: a machine measures no better, and each count is a move in Odoo.
var countTolerance = decimal.New(1, -2)

// sendLevels makes Odoo's quantities what the machine says is left, where they differ by
// more than the tolerance. It does so only where both speak of the same: the reading came
// after the last cup, all cups are booked, and what they used is sent up to next.
func (f *Flow) sendLevels(ctx context.Context, s stockroom, m ledger.Machine, left Left, next uint64) (string, error) {
	if left.Levels == nil {
		return "the machine did not say what is left", nil
	}
	read, open := uint64(0), false
	if err := f.deps.Store.View(func(tx *store.Tx) error {
		now, _, err := ledger.GetMachine(tx, m.Model, m.Serial)
		if err != nil {
			return err
		}
		read, open = now.Next, false
		for _, err := range ledger.OpenCups(tx, m.Model, m.Serial) {
			open = true
			return err
		}
		return nil
	}); err != nil {
		return "", err
	}
	switch {
	case left.Next == 0 || left.Next != read:
		return "what is left is counted when no cup is made meanwhile", nil
	case open || next != read:
		return "what is left is counted when all cups are booked", nil
	}
	var products []int64
	for _, g := range s.goods {
		products = append(products, g.ID)
	}
	have, err := stock.Levels(ctx, f.deps.Odoo, s.from.ID, products)
	if err != nil {
		return "", err
	}
	var counts []stock.Count
	var said []string
	for _, g := range s.goods {
		level := g.level(left)
		tolerance := decimal.Max(decimal.NewFromInt(g.capacity).Mul(countTolerance), decimal.NewFromInt(1))
		if g.measured.Amount(have[g.ID]).Sub(decimal.NewFromInt(level)).Abs().LessThanOrEqual(tolerance) {
			continue
		}
		to := g.measured.Quantity(level)
		counts = append(counts, stock.Count{Product: g.ID, Location: s.from.ID, Quantity: odoo.AmountOf(to)})
		said = append(said, fmt.Sprintf("%s %s → %s %s", g.Name, have[g.ID], to, g.measured.Unit.Name))
	}
	if len(counts) == 0 {
		return "what is left is what Odoo has", nil
	}
	return "counted: " + strings.Join(said, ", "), stock.SetLevels(ctx, f.deps.Odoo, counts)
}

// level is what is left of a product in all of its tanks.
func (g good) level(left Left) (sum int64) {
	for _, l := range left.Levels {
		for _, id := range g.ids {
			if l.ID == id {
				sum += l.Level
			}
		}
	}
	return sum
}
