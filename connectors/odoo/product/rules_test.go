package product_test

import (
	"errors"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/shopspring/decimal"

	"crema/connectors"
	"crema/connectors/odoo"
	"crema/connectors/odoo/product"
	"crema/connectors/odoo/standin"
	"crema/connectors/odoo/tax"
)

func percent(id int64, amount odoo.Amount) product.Tax {
	return product.Tax{ID: id, Name: string(amount) + " %", Amount: amount, Type: "percent", BaseAffected: true, Sequence: 1, Company: 1, Active: true}
}

func TestTaxRules(t *testing.T) {
	stacked, archived, foreign, formula := percent(2, "10"), percent(3, "50"), percent(4, "50"), percent(5, "0")
	stacked.IncludesBase, stacked.Sequence = true, 0
	archived.Active, foreign.Company, formula.Type, formula.Name = false, 2, "code", "By formula"
	both := product.Tax{ID: 6, Name: "Both", Type: "group", Children: []int64{1, 2}, Sequence: 5, Company: 1, Active: true}
	torn := product.Tax{ID: 7, Name: "Torn", Type: "group", Children: []int64{99}, Company: 1, Active: true}
	known := map[int64]product.Tax{}
	for _, x := range []product.Tax{percent(1, "10"), stacked, archived, foreign, formula, both, torn} {
		known[x.ID] = x
	}
	for _, tt := range []struct {
		name     string
		taxes    []int64
		position product.FiscalPosition
		gross    string // of 100
		ids      []int64
		says     string
	}{
		{"none", nil, product.FiscalPosition{}, "100", nil, ""},
		{"in their order", []int64{1, 2}, product.FiscalPosition{}, "121", []int64{1, 2}, ""},
		{"a group, in the place of its members", []int64{6}, product.FiscalPosition{}, "121", []int64{6}, ""},
		{"a tax and its group, once", []int64{6, 1}, product.FiscalPosition{}, "120", []int64{6, 1}, ""}, // the one that stands alone comes first
		{"archived", []int64{1, 3}, product.FiscalPosition{}, "110", []int64{1}, ""},
		{"of another company", []int64{4, 1}, product.FiscalPosition{}, "110", []int64{1}, ""},
		{"of another company alone", []int64{4}, product.FiscalPosition{}, "", nil, "of another company"},
		{"by formula", []int64{5}, product.FiscalPosition{}, "", nil, `"By formula" is of the kind "code"`},
		{"unknown", []int64{8}, product.FiscalPosition{}, "", nil, "the id 8"},
		{"a group of unknown ones", []int64{7}, product.FiscalPosition{}, "", nil, "the id 99"},
		{"replaced", []int64{1}, product.FiscalPosition{Taxes: map[int64][]int64{1: {2, 6}}}, "121", []int64{1}, ""},
		{"taken away", []int64{1, 2}, product.FiscalPosition{Taxes: map[int64][]int64{1: nil}}, "110", []int64{1, 2}, ""},
		{"all taken away", []int64{1, 2}, product.FiscalPosition{None: true}, "100", []int64{1, 2}, ""},
		{"replaced by an archived one", []int64{1}, product.FiscalPosition{Name: "Abroad", Taxes: map[int64][]int64{1: {3}}}, "", nil, `"Abroad" leads to the tax "50 %"`},
	} {
		rules := product.TaxRules{Known: known, Position: tt.position, Company: 1, Rounding: tax.Rounding{Unit: decimal.New(1, -2)}}
		got, err := rules.Of(tt.taxes)
		if tt.says != "" {
			if !errors.Is(err, tax.ErrTax) || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%s: %v", tt.name, err)
			}
			continue
		}
		if err != nil || !slices.Equal(got.IDs, tt.ids) {
			t.Errorf("%s: %v, %v", tt.name, got.IDs, err)
			continue
		}
		if s, err := got.Of(decimal.New(100, 0)); err != nil || s.Gross.String() != tt.gross {
			t.Errorf("%s: %s, %v; want %s", tt.name, s.Gross, err, tt.gross)
		}
	}
}

// TestTaxesOfGroups: the members of a group are read along with it.
func TestTaxesOfGroups(t *testing.T) {
	c, s := start(t)
	a, b := s.AddTax("A", 5, false), s.AddTax("B", 7, true)
	group := s.Insert("account.tax", 0, standin.Values{"name": "Both", "amount_type": "group", "children_tax_ids": []int64{a, b}, "active": true, "company_id": 1})
	for _, asked := range [][]int64{{group}, {group, a}, {a, b, group}} {
		got, err := product.Taxes(t.Context(), c, asked)
		if err != nil || len(got) != 3 {
			t.Errorf("%v: %+v, %v", asked, got, err)
		}
	}
}

// TestFiscalPositions: in 18 a position has lines that name two taxes, in 19 its taxes name those that they stand for.
func TestFiscalPositions(t *testing.T) {
	for _, version := range []string{"19.0", "18.0"} {
		t.Run(version, func(t *testing.T) {
			s := standin.New(standin.Options{Version: version, Key: "k"})
			server := httptest.NewServer(s)
			t.Cleanup(server.Close)
			c, err := odoo.New(odoo.Config{URL: server.URL, Database: "coffee", User: "coffee-bot", Key: func() (string, error) { return "k", nil }})
			if err != nil {
				t.Fatal(err)
			}
			from, other, gone, to := s.AddTax("15%", 15, false), s.AddTax("20%", 20, false), s.AddTax("3%", 3, false), s.AddTax("5%", 5, false)
			s.Set("account.tax", to, standin.Values{"original_tax_ids": []int64{from, gone}, "active": false})
			named := s.Insert("account.fiscal.position", 0, standin.Values{"name": "Take away", "taxes": []int64{to}})
			empty := s.Insert("account.fiscal.position", 0, standin.Values{"name": "Abroad"})
			s.Insert("account.fiscal.position.tax", 0, standin.Values{"position_id": named, "tax_src_id": from, "tax_dest_id": to})
			s.Insert("account.fiscal.position.tax", 0, standin.Values{"position_id": named, "tax_src_id": gone})
			r := connectors.NewRegistry()
			product.Provide(r)
			w, err := c.Work(t.Context(), &connectors.Environment{Registry: r})
			if err != nil {
				t.Fatal(err)
			}
			positions, err := connectors.Component(w, product.FiscalRole)
			if err != nil {
				t.Fatal(err)
			}
			p, found, err := positions.Read(t.Context(), named)
			if err != nil || !found || p.Name != "Take away" || !slices.Equal(p.Map([]int64{other, from}), []int64{other, to}) {
				t.Errorf("%+v, %v, %v", p, found, err)
			}
			if got := p.Map([]int64{gone}); version == "18.0" && len(got) != 0 || version == "19.0" && !slices.Equal(got, []int64{to}) {
				t.Errorf("%d becomes %v", gone, got)
			}
			p, found, err = positions.Read(t.Context(), empty)
			if got := p.Map([]int64{from}); err != nil || !found || (len(got) == 0) != (version == "19.0") { // 18 leaves the taxes alone
				t.Errorf("%+v, %v, %v", p, found, err)
			}
			if _, found, err = positions.Read(t.Context(), 99); found || err != nil {
				t.Errorf("a position that isn't there: %v, %v", found, err)
			}
		})
	}
	if (product.FiscalPosition{}).Map([]int64{7})[0] != 7 {
		t.Error("no position changes taxes")
	}
}

// TestRules has the formulas; which rule of several holds is tested by the catalogue.
func TestRules(t *testing.T) {
	now := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name string
		rule standin.Values
		want string // of a list price of 1.90
	}{
		{"fixed", standin.Values{"compute_price": "fixed", "fixed_price": 1.234}, "1.23"},
		{"less", standin.Values{"compute_price": "percentage", "percent_price": 33.33}, "1.27"},
		{"more", standin.Values{"compute_price": "percentage", "percent_price": -12.5}, "2.14"},
		{"for nothing", standin.Values{"compute_price": "percentage", "percent_price": 100}, "0"},
		{"formula", standin.Values{"compute_price": "formula", "price_discount": 10, "price_surcharge": 0.2}, "1.91"},
		{"rounded half up before the extra", standin.Values{"compute_price": "formula", "price_discount": 50, "price_round": 0.1, "price_surcharge": -0.01}, "0.99"},
		{"at least", standin.Values{"compute_price": "formula", "price_discount": 50, "price_min_margin": -0.4}, "1.5"},
		{"at most", standin.Values{"compute_price": "formula", "price_discount": -50, "price_max_margin": 0.25}, "2.15"},
		{"ended", standin.Values{"compute_price": "fixed", "fixed_price": 1, "date_end": now.Add(-time.Second)}, "1.9"},
		{"ends", standin.Values{"compute_price": "fixed", "fixed_price": 1, "date_end": now}, "1"},
		{"begins", standin.Values{"compute_price": "fixed", "fixed_price": 1, "date_start": now}, "1"},
		{"to begin", standin.Values{"compute_price": "fixed", "fixed_price": 1, "date_start": now.Add(time.Second)}, "1.9"},
		{"of another product", standin.Values{"compute_price": "fixed", "fixed_price": 1, "product_id": 77}, "1.9"},
		{"of another category", standin.Values{"compute_price": "fixed", "fixed_price": 1, "categ_id": 77}, "1.9"},
	} {
		c, s := start(t)
		id := s.AddProduct(standin.Product{Name: "Espresso", Price: 1.9})
		list := s.Insert("product.pricelist", 0, standin.Values{"name": "Staff", "currency_id": 1, "active": true})
		for name, v := range map[string]any{"pricelist_id": list, "applied_on": "3_global", "base": "list_price"} {
			tt.rule[name] = v
		}
		s.Insert("product.pricelist.item", 0, tt.rule)
		drinks, err := product.ByIDs(t.Context(), c, []int64{id}, "en_US")
		if err != nil {
			t.Fatal(err)
		}
		l, found, err := product.ReadPricelist(t.Context(), c, list)
		if err != nil || !found || l.ReadRules(t.Context(), c, drinks) != nil {
			t.Fatalf("%+v, %v, %v", l, found, err)
		}
		if price, err := l.Price(drinks[0], now); err != nil || price.String() != tt.want {
			t.Errorf("%s: %s, %v; want %s", tt.name, price, err, tt.want)
		}
	}
	c, s := start(t)
	s.Delete("decimal.precision", 3)
	list := s.Insert("product.pricelist", 0, standin.Values{"name": "Staff", "currency_id": 1})
	if _, _, err := product.ReadPricelist(t.Context(), c, list); !errors.Is(err, odoo.ErrUnexpected) {
		t.Errorf("nobody says how many digits a price has: %v", err)
	}
}
