package connectors_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"crema/connectors"
	"crema/store/storetest"
)

// Row "finalize, update() forced values": direct, functions, children, finalize, forced.
func TestMapperOrder(t *testing.T) {
	var trace []string
	step := func(name string) connectors.Field[product, article] {
		return connectors.Direct(name, func(*product) string { return name }, func(a *article, v string) {
			trace = append(trace, v)
			a.Label += v + " "
		})
	}
	lines := connectors.Lines[product, string, article]{
		Of:  func(*product) ([]string, bool) { return []string{"a", "b"}, true },
		Key: func(l *string) string { return *l },
		Mapper: &connectors.Mapper[string, article]{
			Model: "line",
			Direct: connectors.Mapping[string, article]{connectors.Direct("label", func(l *string) string { return *l }, func(_ *article, v string) {
				trace = append(trace, "line "+v)
			})},
			Finalize: func(_ *connectors.MapContext, l *string, _ *connectors.Mapped[article]) error {
				trace = append(trace, "finalize line "+*l)
				return nil
			},
		},
	}
	m := articler{
		Model:  "product.product",
		Record: func(*product) string { return "42" },
		Finalize: func(c *connectors.MapContext, src *product, dst *connectors.Mapped[article]) error {
			trace = append(trace, "finalize")
			if !dst.Has("computed 2") || !dst.Has("lines") || dst.Has("shelf") || !dst.ForCreate || !c.ForCreate || src.Name != "Tea" {
				t.Errorf("finalize sees %+v", dst)
			}
			dst.Force("shelf", func(a *article) { a.Shelf = "finalize" })
			dst.Force("label", func(a *article) { a.Label += "finalize" })
			return nil
		},
		// The literal's order is none.
		Children: toArticle{connectors.Children("lines", lines, func(a *article, v []connectors.Line[article]) { trace = append(trace, "lines") })},
		Computed: toArticle{step("computed 1"), step("computed 2")},
		Direct:   toArticle{step("direct 1"), step("direct 2")},
	}
	got, err := m.Map(t.Context(), shop(storetest.Open(t)), &product{Name: "Tea"}, connectors.ForCreate())
	if err != nil {
		t.Fatal(err)
	}
	before := got
	got.Force("shelf", func(a *article) {
		trace = append(trace, "forced")
		a.Shelf = "forced"
	})
	got.Force("forced", func(a *article) {})
	want := []string{"direct 1", "direct 2", "computed 1", "computed 2", "line a", "finalize line a", "line b", "finalize line b", "lines", "finalize", "forced"}
	if !slices.Equal(trace, want) {
		t.Errorf("order %q, want %q", trace, want)
	}
	if got.Record.Label != "direct 1 direct 2 computed 1 computed 2 finalize" || got.Record.Shelf != "forced" {
		t.Errorf("%+v", got.Record)
	}
	if want := []string{"direct 1", "direct 2", "computed 1", "computed 2", "lines", "shelf", "label", "forced"}; !slices.Equal(got.Fields(), want) {
		t.Errorf("fields %q, want %q", got.Fields(), want)
	}
	// A copy is one: what is forced in one is not in the other.
	before.Force("else", func(*article) {})
	if before.Has("forced") || got.Has("else") || !got.Has("forced") {
		t.Errorf("%q, %q", before.Fields(), got.Fields())
	}
}

// Errors name model, record and field, all of those that fail; what goes well is set.
func TestMapperErrors(t *testing.T) {
	m := articles
	finalized := false
	m.Finalize = func(*connectors.MapContext, *product, *connectors.Mapped[article]) error {
		finalized = true
		return errors.New("it has no total")
	}
	got, err := m.Map(t.Context(), shop(nil), &product{ID: 42, Price: "dear", Sold: true})
	want := "product.product 42: field price: strconv.Atoi: parsing \"dear\": invalid syntax\nproduct.product 42: field label: the product has no name"
	if err == nil || err.Error() != want || !errors.Is(err, strconv.ErrSyntax) || finalized {
		t.Errorf("error %v, want %s; finalized %t", err, want, finalized)
	}
	var field *connectors.FieldError
	if !errors.As(err, &field) || field.Model != "product.product" || field.Record != "42" || field.Field != "price" {
		t.Errorf("%+v", field)
	}
	if !got.Record.Enabled {
		t.Errorf("%+v", got.Record)
	}
	wantFields(t, got, "name", "enabled")

	_, err = m.Map(t.Context(), shop(nil), &product{ID: 42, Name: "Tea", Price: "1"})
	if err == nil || err.Error() != "product.product 42: it has no total" || !finalized {
		t.Errorf("finalize: %v", err)
	}
}

// Row "options + for_create visible": a missing option is the zero value, and none is
// left for the next record, also after an error.
func TestMapOptions(t *testing.T) {
	taxed, rate := connectors.NewOption[bool]("taxed"), connectors.NewOption[int]("rate")
	named := connectors.NewOption[*string]("taxed") // the same name, another type
	type seen struct {
		taxed, create bool
		rate          int
		named         *string
	}
	var got seen
	m := articler{Model: "m", Record: articles.Record, Computed: toArticle{
		connectors.Computed("label", func(c *connectors.MapContext, p *product) (string, error) {
			got = seen{taxed.Get(c), c.ForCreate, rate.Get(c), named.Get(c)}
			if c.Work.Backend.Name != "shop" || c.Value(ctxKey{}) != "here" {
				t.Error("the work and the context must be those of the call")
			}
			return labelOf(c, p)
		}, setLabel),
	}}
	ctx := context.WithValue(t.Context(), ctxKey{}, "here")
	for i, c := range []struct {
		name string
		opts []connectors.MapOption
		want seen
	}{
		{"Tea", nil, seen{}},
		{"Tea", []connectors.MapOption{taxed.Set(true), connectors.ForCreate(), rate.Set(7)}, seen{true, true, 7, nil}},
		{"Tea", nil, seen{}},
		{"", []connectors.MapOption{taxed.Set(true), connectors.ForCreate(), rate.Set(7)}, seen{true, true, 7, nil}}, // fails
		{"Tea", nil, seen{}},
		{"Tea", []connectors.MapOption{rate.Set(7), rate.Set(0)}, seen{}},
		{"Tea", []connectors.MapOption{connectors.NewOption[int]("rate").Set(8)}, seen{rate: 8}},
	} {
		if _, err := m.Map(ctx, shop(nil), &product{Name: c.name}, c.opts...); (err != nil) != (c.name == "") || got != c.want {
			t.Errorf("%d: %+v, %v; want %+v", i, got, err, c.want)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("an option without a name was not refused")
		}
	}()
	connectors.NewOption[int]("")
}

type ctxKey struct{}

// What is wrong with a mapper is found at start-up.
func TestMapperValidate(t *testing.T) {
	label := connectors.Direct("label", func(p *product) string { return p.Name }, setLabel)
	lines := func(l connectors.Lines[product, string, article]) articler {
		return articler{Model: "m", Record: articles.Record, Children: toArticle{
			connectors.Children("lines", l, func(*article, []connectors.Line[article]) {})}}
	}
	of := func(*product) ([]string, bool) { return nil, true }
	key := func(l *string) string { return *l }
	line := &connectors.Mapper[string, article]{Model: "line", Direct: connectors.Mapping[string, article]{
		connectors.Direct("label", func(l *string) string { return *l }, setLabel)}}
	for name, c := range map[string]struct {
		m    articler
		want string // "" for none
	}{
		"good":           {articles, ""},
		"good lines":     {lines(connectors.Lines[product, string, article]{Of: of, Key: key, Mapper: line}), ""},
		"later wins":     {articler{Model: "m", Record: articles.Record, Direct: toArticle{label, label}}, ""},
		"nothing":        {articler{}, "mapper of \"\": it has no Record, which tells records apart\nmapper of \"\": it has no Model\nmapper of \"\": it has no fields"},
		"no name":        {articler{Model: "m", Record: articles.Record, Direct: toArticle{{Apply: label.Apply}}}, `mapper of "m": a field has no name`},
		"no Apply":       {articler{Model: "m", Record: articles.Record, Direct: toArticle{{Name: "x"}}}, `mapper of "m": field x has no Apply`},
		"no read":        {articler{Model: "m", Record: articles.Record, Direct: toArticle{label.From("")}}, `mapper of "m": field label reads a field without a name`},
		"twice":          {articler{Model: "m", Record: articles.Record, Direct: toArticle{label}, Computed: toArticle{label}}, `mapper of "m": field label stands in two of Direct, Computed and Children: keep one`},
		"lines of no":    {lines(connectors.Lines[product, string, article]{Key: key, Mapper: line}), `mapper of "m": field lines: its Lines need Of, Key and Mapper`},
		"lines no key":   {lines(connectors.Lines[product, string, article]{Of: of, Mapper: line}), `mapper of "m": field lines: its Lines need Of, Key and Mapper`},
		"lines unmapped": {lines(connectors.Lines[product, string, article]{Of: of, Key: key}), `mapper of "m": field lines: its Lines need Of, Key and Mapper`},
		"lines empty": {lines(connectors.Lines[product, string, article]{Of: of, Key: key, Mapper: &connectors.Mapper[string, article]{Model: "line"}}),
			`mapper of "m": field lines: mapper of "line": it has no fields`},
	} {
		got := ""
		if err := c.m.Validate(); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// Many may map at once: a mapper keeps nothing.
func TestMapperIsShared(t *testing.T) {
	var g sync.WaitGroup
	for i := range 50 {
		g.Go(func() {
			p := product{ID: int64(i), Name: "Tea " + strconv.Itoa(i), Price: strconv.Itoa(i)}
			opts := []connectors.MapOption{connectors.OnlyFields("name")}
			if i%2 == 0 {
				opts = append(opts, connectors.OnlyFields("list_price"))
			}
			got, err := articles.Map(t.Context(), shop(nil), &p, opts...)
			if err != nil || got.Record.Label != p.Name+" "+p.Price || got.Has("name") != (i%2 == 1) || got.Has("price") != (i%2 == 0) {
				t.Errorf("%d: %+v, %v", i, got, err)
			}
		})
	}
	g.Wait()
	if strings.Join(articles.Reads(), " ") != "list_price name qty_available sale_ok" {
		t.Errorf("%q", articles.Reads())
	}
}
