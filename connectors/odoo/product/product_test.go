package product_test

import (
	"errors"
	"net/http/httptest"
	"strings"
	"testing"

	"crema/connectors/odoo"
	"crema/connectors/odoo/product"
	"crema/connectors/odoo/standin"
)

func start(t *testing.T) (*odoo.Client, *standin.Server) {
	t.Helper()
	s := standin.New(standin.Options{Key: "k"})
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	c, err := odoo.New(odoo.Config{URL: server.URL, Key: func() (string, error) { return "k", nil }})
	if err != nil {
		t.Fatal(err)
	}
	return c, s
}

func TestFindCategory(t *testing.T) {
	c, s := start(t)
	s.AddLanguage("fr_FR", "French")
	coffee := s.Insert("pos.category", 0, standin.Values{"name": map[string]string{"en_US": "Coffee", "fr_FR": "Café"}})
	tea1, tea2 := s.AddCategory("Tea"), s.AddCategory("Tea")
	number := s.AddCategory("2026")
	for _, tt := range []struct {
		sought, lang string
		want         int64
	}{{"Coffee", "en_US", coffee}, {"Café", "fr_FR", coffee}, {"1", "en_US", coffee}, {"3", "en_US", tea2}, {"2026", "en_US", number}} {
		if got, err := product.FindCategory(t.Context(), c, tt.sought, tt.lang); err != nil || got.ID != tt.want {
			t.Errorf("%s in %s: %+v, %v", tt.sought, tt.lang, got, err)
		}
	}
	var choice *odoo.ChoiceError
	_, err := product.FindCategory(t.Context(), c, "Tea", "en_US")
	if !errors.As(err, &choice) || len(choice.Matches) != 2 || choice.Matches[0].ID != tea1 || !strings.Contains(err.Error(), "2 (Tea), 3 (Tea)") {
		t.Errorf("two of a name: %v", err)
	}
	_, err = product.FindCategory(t.Context(), c, "Coffee", "fr_FR")
	if !errors.As(err, &choice) || len(choice.Matches) != 0 || !strings.Contains(err.Error(), "1 (Café)") {
		t.Errorf("none of that name: %v", err)
	}
	if _, err := product.FindCategory(t.Context(), c, "Coffee", "xx"); odoo.ClassOf(err) != odoo.Refused {
		t.Errorf("a language that isn't installed: %v", err)
	}
}

func TestDrinks(t *testing.T) {
	c, s := start(t)
	coffee, other := s.AddCategory("Coffee"), s.AddCategory("Snacks")
	tax := s.AddTax("15%", 15, false)
	espresso := s.AddProduct(standin.Product{Name: "Espresso", Names: map[string]string{"fr_FR": "Expresso"}, Code: "ESP", Price: 1.15, Taxes: []int64{tax}, Categories: []int64{coffee}})
	s.AddProduct(standin.Product{Name: "Chips", Price: 1, Categories: []int64{other}})
	latte := s.AddProduct(standin.Product{Name: "Latte", Price: 0.30000000000000004, Categories: []int64{coffee, other}})
	s.Archive(latte, true)
	hidden := s.AddProduct(standin.Product{Name: "Hidden", Price: 1, Categories: []int64{coffee}})
	s.Set("product.product", hidden, standin.Values{"available_in_pos": false})

	got, err := product.Drinks(t.Context(), c, product.Query{Category: coffee, Lang: "fr_FR"})
	if err != nil || len(got) != 2 {
		t.Fatalf("%+v, %v", got, err)
	}
	e, l := got[0], got[1]
	if e.ID != espresso || e.Name != "Expresso" || e.Code != "ESP" || e.Price != "1.15" || !e.Active || !e.AvailableInPOS || len(e.Taxes) != 1 || e.Taxes[0] != tax || e.Currency != 1 || e.Written.IsZero() {
		t.Errorf("%+v", e)
	}
	if l.ID != latte || l.Active || l.Code != "" || l.Name != "Latte" || l.Price != "0.30000000000000004" || len(l.Categories) != 2 {
		t.Errorf("%+v", l)
	}
	byID, err := product.ByIDs(t.Context(), c, []int64{hidden, 999, latte, hidden}, "en_US")
	if err != nil || len(byID) != 2 || byID[0].ID != latte || byID[1].ID != hidden || byID[1].AvailableInPOS {
		t.Errorf("%+v, %v", byID, err)
	}
	if none, err := product.ByIDs(t.Context(), c, nil, ""); err != nil || none != nil {
		t.Errorf("%v, %v", none, err)
	}
	if s.Calls("product.product/search_read") != 2 {
		t.Error("asked for no products")
	}
	taxes, err := product.Taxes(t.Context(), c, []int64{tax, tax, 77})
	if err != nil || len(taxes) != 1 || taxes[0].Amount != "15.0" || taxes[0].Type != "percent" || taxes[0].Included || !taxes[0].Active {
		t.Errorf("%+v, %v", taxes, err)
	}
}

// A product that is made again is the same one; what is written of it is that alone, and a
// name in the language of the call.
func TestEntries(t *testing.T) {
	c, s := start(t)
	coffee, other := s.AddCategory("Coffee"), s.AddCategory("Snacks")
	s.AddLanguage("fr_FR", "French")
	id, err := product.Create(t.Context(), c, "crema.drink_1", "Espresso", "ESP", "1.8")
	if again, errAgain := product.Create(t.Context(), c, "crema.drink_1", "Espresso", "ESP", "1.8"); err != nil || errAgain != nil || again != id {
		t.Fatalf("%d, %v; again %d, %v", id, err, again, errAgain)
	}
	if list, err := product.Entries(t.Context(), c, product.Query{Category: coffee}, 0, 10); len(list) != 0 || err != nil {
		t.Errorf("a new product is in a category: %+v, %v", list, err)
	}
	name, price, yes := "Expresso", odoo.Amount("2.10"), true
	if err := product.Write(t.Context(), c, id, "fr_FR", product.Change{Name: &name, Price: &price, AvailableInPOS: &yes, Categories: product.CategoriesOf(coffee, other)}); err != nil {
		t.Fatal(err)
	}
	if err := product.Write(t.Context(), c, id, "fr_FR", product.Change{AvailableInPOS: &yes}); err != nil {
		t.Fatal(err)
	}
	for lang, want := range map[string]odoo.String{"fr_FR": "Expresso", "en_US": "Espresso"} {
		list, err := product.ByCode(t.Context(), c, "ESP", lang)
		if err != nil || len(list) != 1 || list[0].Name != want || list[0].Price != "2.1" || !list[0].AvailableInPOS || len(list[0].Categories) != 2 || !list[0].Active {
			t.Errorf("%s: %+v, %v", lang, list, err)
		}
	}
	if list, err := product.Entries(t.Context(), c, product.Query{Category: coffee}, id-1, 1); err != nil || len(list) != 1 || list[0].ID != id {
		t.Errorf("%+v, %v", list, err)
	}
	if list, err := product.Entries(t.Context(), c, product.Query{Category: coffee}, id, 1); err != nil || len(list) != 0 {
		t.Errorf("behind the last: %+v, %v", list, err)
	}
	_, err = product.Create(t.Context(), c, "crema.drink_2", "", "X", "1")
	if refused, ok := errors.AsType[*odoo.LoadError](err); !ok || refused.Model != "product.product" {
		t.Errorf("a product without a name: %v", err)
	}
	if err := odoo.HasAccess(t.Context(), c, "product.product", "create"); err != nil {
		t.Error(err)
	}
}
