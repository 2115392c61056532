package coffee

import (
	"context"
	"fmt"
	"iter"
	"strconv"
	"time"

	"crema/connectors/coffee/ledger"
	"crema/connectors/table"
	"crema/store"
)

// Cups is the table of the ledger, for exports: no cup comes from a file.
func (m *Machines) Cups() table.Table {
	var columns []table.Column
	for _, name := range []string{"key", "uuid", "backend", "model", "serial", "era", "number", "slot", "name", "kind", "product", "price", "currency", "payment",
		"time", "time_trust", "day", "state", "reason", "odoo_id"} {
		columns = append(columns, table.Column{Name: name, Shown: true})
	}
	return table.Table{
		Name: "cups", Text: "Every cup, and whether it is booked", Columns: columns,
		Filters: []table.Column{
			{Name: "backend", Help: "of this machine", Example: "kitchen"},
			{Name: "from", Help: "made on this day or later", Example: "2026-11-01"},
			{Name: "to", Help: "made on this day or earlier", Example: "2026-11-30"},
			{Name: "state", Help: "seen, booked, parked or dismissed", Example: "parked"},
		},
		Export: func(_ context.Context, f table.Filter) (iter.Seq2[[]string, error], error) {
			if err := checkCupFilter(f); err != nil {
				return nil, err
			}
			return func(yield func([]string, error) bool) { m.listCups(f, yield) }, nil
		},
	}
}

func checkCupFilter(f table.Filter) error {
	for _, name := range []string{"from", "to"} {
		if _, err := time.Parse(time.DateOnly, f[name]); f[name] != "" && err != nil {
			return &table.FileError{Wrong: fmt.Sprintf("filter %s: %q is no day", name, f[name]), Fix: "write it as 2026-11-30"}
		}
	}
	switch ledger.State(f["state"]) {
	case "", ledger.Seen, ledger.Booked, ledger.Parked, ledger.Dismissed:
		return nil
	}
	return &table.FileError{Wrong: "there is no state " + f["state"], Fix: "write seen, booked, parked or dismissed"}
}

// listCups gives the cups of a filter, those read first before the others. The backend may be
// one that is configured no longer.
func (m *Machines) listCups(f table.Filter, yield func([]string, error) bool) {
	filter := ledger.Filter{Backend: f["backend"], State: ledger.State(f["state"]), Limit: 500}
	for {
		var rows [][]string
		err := m.d.Store.View(func(tx *store.Tx) error {
			rows = nil
			list, next, err := ledger.List(tx, filter)
			filter.After = next
			for _, cup := range list {
				if f["from"] != "" && cup.Day < f["from"] || f["to"] != "" && cup.Day > f["to"] {
					continue
				}
				row, err := m.cupCells(tx, cup)
				if err != nil {
					return err
				}
				rows = append(rows, row)
			}
			return err
		})
		if err != nil {
			yield(nil, err)
			return
		}
		for _, cells := range rows {
			if !yield(cells, nil) {
				return
			}
		}
		if filter.After == 0 {
			return
		}
	}
}

func (m *Machines) cupCells(tx *store.Tx, cup ledger.Cup) ([]string, error) {
	digits := int32(2)
	if b, err := m.Backend(tx, cup.Backend); err == nil {
		if _, digits, err = b.currency(tx); err != nil {
			return nil, err
		}
	}
	number := func(n int64) string {
		if n == 0 {
			return ""
		}
		return strconv.FormatInt(n, 10)
	}
	return []string{cup.Key, cup.UUID, cup.Backend, cup.Model, cup.Serial, strconv.FormatUint(cup.Era, 10), strconv.FormatUint(cup.Number, 10), strconv.Itoa(cup.Slot),
		cup.SlotName, string(cup.Kind), number(cup.Product), amount(cup.Price, digits), cup.Price.Currency, string(cup.Payment), cup.Time.UTC().Format(time.RFC3339),
		cup.TimeTrust, cup.Day, string(cup.State), cup.Reason, number(cup.OdooID)}, nil
}
