package connectors_test

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"testing"

	"crema/connectors"
)

type product struct {
	Name, Price string
	Sold        bool
	Slot        int
}

type slot struct {
	Name    string
	Price   int
	Enabled bool
	Number  int
	Label   string
}

var toSlot = connectors.Mapping[product, slot]{
	connectors.Direct("name", func(p *product) string { return p.Name }, func(s *slot, v string) { s.Name = v }),
	connectors.Convert("price", func(p *product) string { return p.Price }, strconv.Atoi, func(s *slot, v int) { s.Price = v }),
	connectors.Direct("enabled", func(p *product) bool { return p.Sold }, func(s *slot, v bool) { s.Enabled = v }),
	connectors.Direct("number", func(p *product) int { return p.Slot }, func(s *slot, v int) { s.Number = v }),
	connectors.Computed("label", func(ctx context.Context, p *product) (string, error) {
		if p.Name == "" {
			return "", errors.New("the product has no name")
		}
		return p.Name + " " + p.Price, ctx.Err()
	}, func(s *slot, v string) { s.Label = v }),
}

func TestMapping(t *testing.T) {
	for _, c := range []struct {
		src  product
		want slot
		err  string
	}{
		{product{"Espresso", "230", true, 1}, slot{"Espresso", 230, true, 1, "Espresso 230"}, ""},
		// Zero and false are values: they overwrite.
		{product{"Water", "0", false, 0}, slot{"Water", 0, false, 0, "Water 0"}, ""},
		{product{"Tea", "dear", true, 2}, slot{"Tea", 99, true, 2, "Tea dear"}, `product.product: field price: strconv.Atoi: parsing "dear": invalid syntax`},
		{product{"", "x", true, 0}, slot{"", 99, true, 0, "old"}, "product.product: field price: strconv.Atoi: parsing \"x\": invalid syntax\nproduct.product: field label: the product has no name"},
	} {
		got := slot{"old", 99, true, 99, "old"}
		err := toSlot.MapModel(t.Context(), "product.product", &c.src, &got)
		if got != c.want || (err == nil) != (c.err == "") || err != nil && err.Error() != c.err {
			t.Errorf("Map(%+v) = %+v, %v; want %+v, %s", c.src, got, err, c.want, c.err)
		}
	}
	err := toSlot.Map(t.Context(), &product{Name: "a", Price: "b"}, &slot{})
	var field *connectors.FieldError
	if !errors.As(err, &field) || field.Field != "price" || !errors.Is(err, strconv.ErrSyntax) || err.Error() != `field price: strconv.Atoi: parsing "b": invalid syntax` {
		t.Errorf("Map = %v", err)
	}
}

// Another version has the same fields but one.
func TestMappingOfAVersion(t *testing.T) {
	v2 := slices.Concat(toSlot, connectors.Mapping[product, slot]{
		connectors.Direct("label", func(p *product) string { return "v2 " + p.Name }, func(s *slot, v string) { s.Label = v }),
	})
	var got slot
	if err := v2.Map(t.Context(), &product{Name: "Espresso", Price: "1"}, &got); err != nil || got.Label != "v2 Espresso" || got.Price != 1 {
		t.Errorf("%+v, %v", got, err)
	}
}
