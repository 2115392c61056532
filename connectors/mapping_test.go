package connectors_test

import (
	"errors"
	"slices"
	"strconv"
	"testing"

	"crema/connectors"
	"crema/store"
)

// product is what the tests map from, article what they map to.
type product struct {
	ID       int64
	Name     string
	Price    string
	Sold     bool
	Stock    *int // nil: not told
	Barcode  string
	Category int64
	Maker    *maker
}

type maker struct{ Country *country }

type country struct{ Code string }

type article struct {
	Name    string
	Price   int
	Enabled bool
	Stock   int
	Label   string
	EAN     *string
	Country string
	Shelf   string
}

type (
	toArticle = connectors.Mapping[product, article]
	articler  = connectors.Mapper[product, article]
)

var articles = articler{
	Model:  "product.product",
	Record: func(p *product) string { return strconv.FormatInt(p.ID, 10) },
	Direct: toArticle{
		connectors.Direct("name", func(p *product) string { return p.Name }, func(a *article, v string) { a.Name = v }).From("name"),
		connectors.Convert("price", func(p *product) string { return p.Price }, strconv.Atoi, func(a *article, v int) { a.Price = v }).From("list_price"),
		connectors.Direct("enabled", func(p *product) bool { return p.Sold }, func(a *article, v bool) { a.Enabled = v }).From("sale_ok"),
		connectors.DirectIf("stock", stockOf, func(a *article, v int) { a.Stock = v }).From("qty_available"),
	},
	Computed: toArticle{
		connectors.Computed("label", labelOf, setLabel).From("name", "list_price"),
	},
}

func stockOf(p *product) (int, bool) {
	if p.Stock == nil {
		return 0, false
	}
	return *p.Stock, true
}

func labelOf(_ *connectors.MapContext, p *product) (string, error) {
	switch p.Name {
	case "":
		return "", errors.New("the product has no name")
	case "unlabelled":
		return "", connectors.ErrSkipField
	}
	return p.Name + " " + p.Price, nil
}

func setLabel(a *article, v string) { a.Label = v }

// shop is a work of the backend "shop", with a store, if any.
func shop(s *store.Store) *connectors.Work {
	return connectors.NewWork(&connectors.Environment{Store: s}, connectors.Backend{Name: "shop", Kind: coffee})
}

// mapped maps what must go well.
func mapped(t testing.TB, m *articler, p product, opts ...connectors.MapOption) connectors.Mapped[article] {
	t.Helper()
	got, err := m.Map(t.Context(), shop(nil), &p, opts...)
	if err != nil {
		t.Errorf("Map(%+v) = %v", p, err)
	}
	return got
}

func wantFields(t testing.TB, got connectors.Mapped[article], want ...string) {
	t.Helper()
	if !slices.Equal(got.Fields(), want) {
		t.Errorf("fields %q, want %q", got.Fields(), want)
	}
	for _, name := range []string{"name", "price", "enabled", "stock", "label", "ean", "country", "shelf", ""} {
		if got.Has(name) != slices.Contains(want, name) {
			t.Errorf("Has(%q) = %t", name, got.Has(name))
		}
	}
}

// Row "mapper direct": false, 0, "" and absent are four things.
func TestMapperDirect(t *testing.T) {
	zero, five := 0, 5
	got := mapped(t, &articles, product{Name: "Espresso", Price: "230", Sold: true, Stock: &five})
	if want := (article{Name: "Espresso", Price: 230, Enabled: true, Stock: 5, Label: "Espresso 230"}); got.Record != want {
		t.Errorf("%+v, want %+v", got.Record, want)
	}
	wantFields(t, got, "name", "price", "enabled", "stock", "label")

	// What is zero in the source is set as well.
	empty := articler{Model: "m", Record: articles.Record, Direct: articles.Direct}
	got = mapped(t, &empty, product{Price: "0", Stock: &zero})
	if got.Record != (article{}) {
		t.Errorf("%+v", got.Record)
	}
	wantFields(t, got, "name", "price", "enabled", "stock")

	// What is absent is not.
	got = mapped(t, &empty, product{Price: "0"})
	wantFields(t, got, "name", "price", "enabled")

	var none connectors.Mapped[article]
	wantFields(t, none)
}

// Row "@mapping functions": each sets its field, unless it has nothing to say.
func TestMapperFunctions(t *testing.T) {
	got := mapped(t, &articles, product{Name: "Tea", Price: "1"})
	if got.Record.Label != "Tea 1" || !got.Has("label") {
		t.Errorf("%+v", got)
	}
	got = mapped(t, &articles, product{Name: "unlabelled", Price: "1"})
	if got.Record.Label != "" || got.Has("label") {
		t.Errorf("%+v", got)
	}
}

// A version is the table of another one, with a few fields that win.
func TestMappingOfAVersion(t *testing.T) {
	failing := connectors.Computed("name", func(*connectors.MapContext, *product) (string, error) { return "", errors.New("must not be called") },
		func(a *article, v string) { a.Name = v })
	v2 := articles
	v2.Direct = slices.Concat(toArticle{failing}, articles.Direct, toArticle{
		connectors.Direct("price", func(*product) int { return 7 }, func(a *article, v int) { a.Price = v }),
	})
	v2.Computed = slices.Concat(articles.Computed, toArticle{connectors.Computed("label", labelOf, setLabel).From("ref").OnCreate()})
	if err := v2.Validate(); err != nil {
		t.Error(err)
	}
	got := mapped(t, &v2, product{Name: "Tea", Price: "dear"})
	if got.Record.Price != 7 || got.Record.Name != "Tea" || got.Has("label") {
		t.Errorf("%+v", got)
	}
	wantFields(t, got, "name", "enabled", "price")
	if got, want := v2.Reads(), []string{"name", "qty_available", "ref", "sale_ok"}; !slices.Equal(got, want) {
		t.Errorf("Reads = %q, want %q", got, want)
	}
	if got := mapped(t, &articles, product{Name: "Tea", Price: "9"}); got.Record.Price != 9 {
		t.Errorf("the first version changed: %+v", got)
	}
}

// Row "@changed_by + fields filter".
func TestChangedByFieldsFilter(t *testing.T) {
	m := articles
	m.Computed = slices.Concat(m.Computed, toArticle{
		connectors.Computed("shelf", func(*connectors.MapContext, *product) (string, error) { return "A", nil }, func(a *article, v string) { a.Shelf = v }),
	})
	stock := 3
	p := product{Name: "Tea", Price: "9", Stock: &stock}
	for _, c := range []struct{ only, want []string }{
		{nil, []string{"name", "price", "enabled", "stock", "label", "shelf"}},
		{[]string{"list_price"}, []string{"price", "label", "shelf"}},
		{[]string{"name", "qty_available"}, []string{"name", "stock", "label", "shelf"}},
		{[]string{"write_date"}, []string{"shelf"}},
		{[]string{"label"}, []string{"shelf"}}, // of the source, not of the destination
	} {
		got := mapped(t, &m, p, connectors.OnlyFields(c.only...))
		if !slices.Equal(got.Fields(), c.want) {
			t.Errorf("OnlyFields(%q): %q, want %q", c.only, got.Fields(), c.want)
		}
		if !got.Has("name") && got.Record.Name != "" {
			t.Errorf("OnlyFields(%q): %+v", c.only, got.Record)
		}
	}
	// What is left out can't fail.
	if got := mapped(t, &m, product{Price: "dear"}, connectors.OnlyFields("sale_ok")); !got.Has("enabled") {
		t.Errorf("%+v", got)
	}
}

// Row "changed_by_fields set": a write outside of it needs no export.
func TestChangedByFieldsSet(t *testing.T) {
	m := articles
	m.Computed = slices.Concat(m.Computed, toArticle{ // it doesn't say what it reads, and doesn't count
		connectors.Computed("shelf", func(*connectors.MapContext, *product) (string, error) { return "A", nil }, func(a *article, v string) { a.Shelf = v }),
	})
	if got, want := m.Reads(), []string{"list_price", "name", "qty_available", "sale_ok"}; !slices.Equal(got, want) {
		t.Errorf("Reads = %q, want %q", got, want)
	}
	for _, c := range []struct {
		changed []string
		want    bool
	}{
		{nil, false}, {[]string{"write_date", "label"}, false}, {[]string{"write_date", "qty_available"}, true}, {[]string{"name"}, true},
	} {
		if got := m.NeedsExport(c.changed); got != c.want {
			t.Errorf("NeedsExport(%q) = %t", c.changed, got)
		}
	}
	silent := articler{Direct: toArticle{connectors.Direct("label", func(p *product) string { return p.Name }, setLabel)}}
	if !silent.NeedsExport([]string{"anything"}) || silent.NeedsExport(nil) {
		t.Error("a mapping that doesn't say what it reads needs an export after every change")
	}
}

// Row "@only_create": present on create, absent on update.
func TestOnlyCreate(t *testing.T) {
	m := articler{Model: "m", Record: articles.Record,
		Direct:   toArticle{connectors.Direct("name", func(p *product) string { return p.Name }, func(a *article, v string) { a.Name = v }).OnCreate().From("name")},
		Computed: toArticle{connectors.Computed("label", labelOf, setLabel).From("name")},
	}
	p := product{Name: "Tea"}
	got := mapped(t, &m, p, connectors.ForCreate())
	wantFields(t, got, "name", "label")
	if !got.ForCreate || got.Record.Name != "Tea" {
		t.Errorf("%+v", got)
	}
	got = mapped(t, &m, p)
	wantFields(t, got, "label")
	if got.ForCreate || got.Record.Name != "" {
		t.Errorf("%+v", got)
	}
	wantFields(t, mapped(t, &m, p, connectors.OnlyFields("name")), "label")
	wantFields(t, mapped(t, &m, p, connectors.OnlyFields("list_price"), connectors.ForCreate()))
}
