package connectors_test

import (
	"context"
	"fmt"
	"log"
	"strings"

	"crema/connectors"
)

// A web shop is to have the products of Odoo.
type odooProduct struct {
	ID        int64
	Name      string
	ListPrice float64
	Barcode   string // "" for none
	Active    bool
}

type shopArticle struct {
	Title string
	Cents int
	EAN   *string // nil for none
	Slug  string
}

var exportedProduct = connectors.Mapper[odooProduct, shopArticle]{
	Model:  "product.product",
	Record: func(p *odooProduct) string { return fmt.Sprint(p.ID) },
	Direct: connectors.Mapping[odooProduct, shopArticle]{
		connectors.Direct("title", func(p *odooProduct) string { return p.Name }, func(a *shopArticle, v string) { a.Title = v }).From("name"),
		connectors.Convert("cents", func(p *odooProduct) float64 { return p.ListPrice }, cents, func(a *shopArticle, v int) { a.Cents = v }).From("list_price"),
		connectors.Direct("ean", connectors.None(func(p *odooProduct) string { return p.Barcode }), func(a *shopArticle, v *string) { a.EAN = v }).From("barcode"),
	},
	Computed: connectors.Mapping[odooProduct, shopArticle]{
		// An article keeps its address when the product gets another name.
		connectors.Computed("slug", slug, func(a *shopArticle, v string) { a.Slug = v }).From("name").OnCreate(),
	},
}

func cents(price float64) (int, error) {
	if price < 0 {
		return 0, fmt.Errorf("a price of %v can't be sold", price)
	}
	return int(price*100 + 0.5), nil
}

func slug(_ *connectors.MapContext, p *odooProduct) (string, error) {
	return strings.ToLower(strings.ReplaceAll(p.Name, " ", "-")), nil
}

func ExampleMapper() {
	if err := exportedProduct.Validate(); err != nil { // once, at start-up
		log.Fatal(err)
	}
	ctx := context.Background()
	w := connectors.NewWork(&connectors.Environment{}, connectors.Backend{Name: "shop", Kind: connectors.NewKind("shop")})
	p := odooProduct{ID: 7, Name: "Flat White", ListPrice: 3.5}

	created, err := exportedProduct.Map(ctx, w, &p, connectors.ForCreate())
	fmt.Println(created.Fields(), created.Record.Title, created.Record.Cents, created.Record.Slug, err)

	// Odoo tells what was changed: is it worth an export, and of what?
	fmt.Println(exportedProduct.NeedsExport([]string{"active"}), exportedProduct.NeedsExport([]string{"list_price"}))
	p.ListPrice = 0 // a gift is not a product without a price
	changed, err := exportedProduct.Map(ctx, w, &p, connectors.OnlyFields("list_price"))
	fmt.Println(changed.Fields(), changed.Record.Cents, err)

	p.ListPrice = -1
	_, err = exportedProduct.Map(ctx, w, &p)
	fmt.Println(err)
	// Output:
	// [title cents ean slug] Flat White 350 flat-white <nil>
	// false true
	// [cents] 0 <nil>
	// product.product 7: field cents: a price of -1 can't be sold
}
