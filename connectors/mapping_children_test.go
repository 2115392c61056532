package connectors_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"crema/connectors"
	"crema/store"
	"crema/store/storetest"
)

// An order is imported with its rows: a saleOrder and its saleLines.
type order struct {
	ID   string
	Rows []row
	Told bool // whether Rows says anything
}

type row struct {
	Number   string
	Text     string
	Quantity int
	Silent   bool // it has no values
	Gift     bool
	Sub      []row
}

type saleOrder struct {
	Lines []connectors.Line[saleLine]
}

type saleLine struct {
	Order    string // of the parent
	Text     string
	Quantity int
	Parts    []connectors.Line[saleLine]
}

const (
	modelLine = "sale.order.line"
	modelPart = "sale.order.part"
)

var withGifts = connectors.NewOption[bool]("gifts")

var toSaleOrder = connectors.Mapper[order, saleOrder]{
	Model:  "sale.order",
	Record: func(o *order) string { return o.ID },
	Children: connectors.Mapping[order, saleOrder]{
		connectors.Children("order_line", connectors.Lines[order, row, saleLine]{
			Of:  func(o *order) ([]row, bool) { return o.Rows, o.Told },
			Key: func(r *row) string { return r.Number },
			Skip: func(c *connectors.MapContext, r *row) bool {
				_, err := connectors.ParentOf[order](c)
				return err != nil || r.Gift && !withGifts.Get(c)
			},
			Mapper: &toSaleLine,
		}, func(o *saleOrder, v []connectors.Line[saleLine]) { o.Lines = v }).From("rows"),
	},
}

var rowFields = connectors.Mapping[row, saleLine]{
	connectors.DirectIf("name", func(r *row) (string, bool) { return r.Text, !r.Silent }, func(l *saleLine, v string) { l.Text = v }).From("text").OnCreate(),
	connectors.DirectIf("qty", func(r *row) (int, bool) { return r.Quantity, !r.Silent }, func(l *saleLine, v int) { l.Quantity = v }).From("quantity"),
}

var toSaleLine = connectors.Mapper[row, saleLine]{
	Model:  modelLine,
	Direct: rowFields,
	Computed: connectors.Mapping[row, saleLine]{
		connectors.Computed("order", func(c *connectors.MapContext, r *row) (string, error) {
			if r.Silent {
				return "", connectors.ErrSkipField
			}
			if r.Quantity < 0 {
				return "", errors.New("less than nothing")
			}
			o, err := connectors.ParentOf[order](c)
			if err != nil {
				return "", err
			}
			return o.ID, nil
		}, func(l *saleLine, v string) { l.Order = v }),
	},
	Children: connectors.Mapping[row, saleLine]{
		connectors.Children("parts", connectors.Lines[row, row, saleLine]{
			Of:     func(r *row) ([]row, bool) { return r.Sub, true },
			Key:    func(r *row) string { return r.Number },
			Mapper: &toPart,
		}, func(l *saleLine, v []connectors.Line[saleLine]) { l.Parts = v }),
	},
}

var toPart = connectors.Mapper[row, saleLine]{
	Model:  modelPart,
	Direct: rowFields,
}

// told writes lines in short: "create 1 Tea×2 (order 7)".
func told(list []connectors.Line[saleLine]) string {
	var all []string
	for _, l := range list {
		text := fmt.Sprintf("%s %s", l.Op, l.Key)
		if l.ID != 0 {
			text += fmt.Sprintf("=%d", l.ID)
		}
		if l.Record.Has("name") {
			text += " " + l.Record.Record.Text
		}
		if l.Record.Has("qty") {
			text += fmt.Sprintf("×%d", l.Record.Record.Quantity)
		}
		if l.Record.Has("order") {
			text += " of " + l.Record.Record.Order
		}
		if l.Record.ForCreate != (l.Op == connectors.LineCreate) {
			text += fmt.Sprintf(" (for create: %t)", l.Record.ForCreate)
		}
		if l.Record.Has("parts") {
			text += " [" + told(l.Record.Record.Parts) + "]"
		}
		all = append(all, text)
	}
	return strings.Join(all, ", ")
}

// Row "children mapping": lines are left out, have values of their own, and to import
// them again changes and removes them.
func TestChildrenMapping(t *testing.T) {
	s := storetest.Open(t)
	if err := toSaleOrder.Validate(); err != nil {
		t.Fatal(err)
	}
	lines, parts := connectors.NewBinder("shop", modelLine), connectors.NewBinder("shop", modelPart)
	update(t, s, func(tx *store.Tx) error {
		return errors.Join(
			lines.Bind(tx, connectors.Binding{OdooID: 70, External: connectors.ChildID("7", "0")}),
			lines.Bind(tx, connectors.Binding{OdooID: 71, External: connectors.ChildID("7", "a/b")}),
			lines.Bind(tx, connectors.Binding{OdooID: 72, External: connectors.ChildID("7", "old")}),
			lines.Archive(tx, 72, true),
			lines.Bind(tx, connectors.Binding{OdooID: 80, External: connectors.ChildID("70", "0")}),
			connectors.NewBinder("other shop", modelLine).Bind(tx, connectors.Binding{OdooID: 90, External: connectors.ChildID("8", "0")}),
			parts.Bind(tx, connectors.Binding{OdooID: 73, External: connectors.ChildID(connectors.ChildID("7", "a/b"), "x")}))
	})
	for name, c := range map[string]struct {
		src  order
		opts []connectors.MapOption
		want string // "" where the lines are not set
	}{
		"new":       {order{ID: "8", Rows: []row{{Number: "0", Text: "Tea", Quantity: 2}, {Number: "1", Text: "", Quantity: 0}}}, nil, "create 0 Tea×2 of 8, create 1 ×0 of 8"},
		"again":     {order{ID: "7", Rows: []row{{Number: "a/b", Text: "Tea", Quantity: 2}, {Number: "0", Quantity: 3}}}, nil, "update a/b=71×2 of 7 [delete x=73], update 0=70×3 of 7"},
		"and new":   {order{ID: "7", Rows: []row{{Number: "0"}, {Number: "1", Text: "Milk"}, {Number: "a/b"}}}, nil, "update 0=70×0 of 7, create 1 Milk×0 of 7, update a/b=71×0 of 7 [delete x=73]"},
		"gone":      {order{ID: "7", Rows: []row{{Number: "1", Text: "Milk"}}}, nil, "delete 0=70, delete a/b=71, create 1 Milk×0 of 7"},
		"all gone":  {order{ID: "7"}, nil, "delete 0=70, delete a/b=71"},
		"back":      {order{ID: "7", Rows: []row{{Number: "old"}, {Number: "0"}, {Number: "a/b"}}}, nil, "update old=72×0 of 7, update 0=70×0 of 7, update a/b=71×0 of 7 [delete x=73]"},
		"none ever": {order{ID: "9"}, nil, ""},
		"no values": {order{ID: "7", Rows: []row{{Number: "0", Silent: true}, {Number: "a/b", Silent: true, Sub: []row{{Number: "x", Silent: true}}}, {Number: "2", Silent: true}}}, nil, ""},
		"skipped":   {order{ID: "7", Rows: []row{{Number: "0", Gift: true}, {Number: "a/b"}, {Number: "3", Gift: true}}}, nil, "delete 0=70, update a/b=71×0 of 7 [delete x=73]"},
		"not skipped": {order{ID: "7", Rows: []row{{Number: "0", Gift: true}, {Number: "a/b"}}}, []connectors.MapOption{withGifts.Set(true)},
			"update 0=70×0 of 7, update a/b=71×0 of 7 [delete x=73]"},
		"lines of lines": {order{ID: "7", Rows: []row{{Number: "0", Sub: []row{{Number: "x", Text: "Bag"}}}, {Number: "a/b", Sub: []row{{Number: "x"}}}}}, nil,
			"update 0=70×0 of 7 [create x Bag×0], update a/b=71×0 of 7 [update x=73×0]"},
		"in part":    {order{ID: "7", Rows: []row{{Number: "0", Quantity: 1}, {Number: "a/b"}}}, []connectors.MapOption{connectors.OnlyFields("rows")}, "update 0=70×1 of 7, update a/b=71×0 of 7 [delete x=73]"},
		"other part": {order{ID: "7", Rows: []row{{Number: "1"}}}, []connectors.MapOption{connectors.OnlyFields("state")}, ""},
	} {
		c.src.Told = true
		got, err := toSaleOrder.Map(t.Context(), shop(s), &c.src, append(c.opts, connectors.ForCreate())...)
		if err != nil || told(got.Record.Lines) != c.want || got.Has("order_line") != (c.want != "") {
			t.Errorf("%s: %s, set %q, %v; want %s", name, told(got.Record.Lines), got.Fields(), err, c.want)
		}
	}

	// A source that doesn't tell its lines is not one without lines.
	if got, err := toSaleOrder.Map(t.Context(), shop(s), &order{ID: "7"}); err != nil || got.Has("order_line") {
		t.Errorf("not told: %+v, %v", got, err)
	}
	if got := toSaleOrder.Reads(); !slices.Equal(got, []string{"rows"}) {
		t.Errorf("Reads = %q", got)
	}
}

// Errors of lines name the line as well; where one fails none is set.
func TestChildrenErrors(t *testing.T) {
	s := storetest.Open(t)
	for _, c := range []struct {
		src  order
		want string
	}{
		{order{ID: "7", Rows: []row{{Number: "1", Quantity: -1}, {Number: "2"}, {Number: "3", Quantity: -1}}},
			"sale.order 7: field order_line: sale.order.line 7/1: field order: less than nothing\nsale.order.line 7/3: field order: less than nothing"},
		{order{ID: "7", Rows: []row{{Number: "1"}, {Number: "1"}, {Number: ""}}},
			"sale.order 7: field order_line: line 2 of 3 has the key \"1\": each needs one of its own\nline 3 of 3 has the key \"\": each needs one of its own"},
		{order{Rows: []row{{Number: "1"}}}, "sale.order : field order_line: the record has no id that its lines could be bound to: see Mapper.Record"},
	} {
		c.src.Told = true
		got, err := toSaleOrder.Map(t.Context(), shop(s), &c.src)
		if err == nil || err.Error() != c.want || got.Has("order_line") || got.Record.Lines != nil {
			t.Errorf("%+v: %+v, %v; want %s", c.src, got, err, c.want)
		}
	}
	if _, err := toSaleOrder.Map(t.Context(), shop(nil), &order{ID: "7", Told: true}); err == nil || !strings.Contains(err.Error(), "has no store") {
		t.Errorf("without a store: %v", err)
	}

	var c connectors.MapContext
	if _, err := connectors.ParentOf[order](&c); err == nil || !strings.Contains(err.Error(), "connectors_test.order is needed: it is no line") {
		t.Errorf("ParentOf = %v", err)
	}
	wrong := toSaleOrder
	wrong.Children = connectors.Mapping[order, saleOrder]{connectors.Children("order_line", connectors.Lines[order, row, saleLine]{
		Of:  func(o *order) ([]row, bool) { return o.Rows, true },
		Key: func(r *row) string { return r.Number },
		Mapper: &connectors.Mapper[row, saleLine]{Model: modelLine, Computed: connectors.Mapping[row, saleLine]{
			connectors.Computed("name", func(c *connectors.MapContext, r *row) (string, error) {
				_, err := connectors.ParentOf[product](c)
				return "", err
			}, func(*saleLine, string) {}),
		}},
	}, func(*saleOrder, []connectors.Line[saleLine]) {})}
	if _, err := wrong.Map(t.Context(), shop(s), &order{ID: "7", Rows: []row{{Number: "1"}}}); err == nil ||
		!strings.HasSuffix(err.Error(), "a line of a connectors_test.product is needed: its parent is a connectors_test.order") {
		t.Errorf("ParentOf another type: %v", err)
	}
}

// However often orders are imported, in whatever order, Odoo has the lines of the last
// import and no others.
func TestChildrenImportedAgainAndAgain(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 7))
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("seed %d", seed)
		}
	})
	s := storetest.Open(t)
	b := connectors.NewBinder("shop", modelLine)
	odoo := map[string]map[int64]int{} // lines and their quantities by order
	next := int64(1)
	keys := []string{"0", "1", "/", "1/1", "%2F"}
	for step := range 150 {
		o := order{ID: keys[r.IntN(len(keys))], Told: true}
		want := map[string]int{}
		for _, i := range r.Perm(len(keys))[:r.IntN(len(keys)+1)] {
			want[keys[i]] = r.IntN(9)
			o.Rows = append(o.Rows, row{Number: keys[i], Quantity: want[keys[i]]})
		}
		got, err := toSaleOrder.Map(t.Context(), shop(s), &o)
		if err != nil {
			t.Fatal(err)
		}
		// What an importer does with it.
		if odoo[o.ID] == nil {
			odoo[o.ID] = map[int64]int{}
		}
		update(t, s, func(tx *store.Tx) error {
			id := next
			for _, l := range got.Record.Lines {
				switch l.Op {
				case connectors.LineCreate:
					odoo[o.ID][id] = l.Record.Record.Quantity
					if err := b.Bind(tx, connectors.Binding{OdooID: id, External: connectors.ChildID(o.ID, l.Key)}); err != nil {
						return err
					}
					id++
				case connectors.LineUpdate:
					odoo[o.ID][l.ID] = l.Record.Record.Quantity
				case connectors.LineDelete:
					delete(odoo[o.ID], l.ID)
					if err := b.Unbind(tx, l.ID); err != nil {
						return err
					}
				}
			}
			tx.OnCommit(func() { next = id })
			return nil
		})
		has := map[string]int{}
		view(t, s, func(tx *store.Tx) error {
			for id, quantity := range odoo[o.ID] {
				bound, _, err := b.Get(tx, id)
				if err != nil {
					return err
				}
				has[bound.External] = quantity
			}
			return nil
		})
		for key, quantity := range want {
			if q, ok := has[connectors.ChildID(o.ID, key)]; !ok || q != quantity {
				t.Errorf("step %d, order %q: line %q is %d, %t; want %d", step, o.ID, key, q, ok, quantity)
			}
		}
		if len(has) != len(want) || len(odoo[o.ID]) != len(want) {
			t.Fatalf("step %d, order %q: %v, want %v", step, o.ID, slices.Sorted(maps.Keys(has)), want)
		}
	}
	if next < 20 {
		t.Error("too few lines were made: " + strconv.FormatInt(next, 10))
	}
}
