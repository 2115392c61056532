package tax_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/shopspring/decimal"

	"crema/connectors/odoo/tax"
)

// captured decodes one half of a captured exchange with a real Odoo.
func captured(t testing.TB, name string, request, answer any) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("../testdata/wire", name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	var c struct{ Request, Response struct{ Body string } }
	if err := json.Unmarshal(b, &c); err != nil {
		t.Fatal(err)
	}
	if request != nil {
		err = json.Unmarshal([]byte(c.Request.Body), request)
	}
	if answer != nil && err == nil {
		err = json.Unmarshal([]byte(c.Response.Body), answer)
	}
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

// TestCapturedOrders computes the orders that a real Odoo took, with its own tax, currency and way to round; their
// session closed.
func TestCapturedOrders(t *testing.T) {
	var taxes []struct {
		ID           int64
		Kind         tax.Kind        `json:"amount_type"`
		Amount       decimal.Decimal `json:"amount"`
		Included     bool            `json:"price_include"`
		IncludesBase bool            `json:"include_base_amount"`
		BaseAffected bool            `json:"is_base_affected"`
	}
	captured(t, "account-tax-read", nil, &taxes)
	var currency []struct{ Rounding decimal.Decimal }
	captured(t, "currency-read", nil, &currency)
	var company []struct {
		Rounding string `json:"tax_calculation_rounding_method"`
	}
	captured(t, "company-read", nil, &company)
	rounding := tax.Rounding{Unit: currency[0].Rounding, PerLine: company[0].Rounding == "round_per_line"}
	known := map[int64]tax.Tax{}
	for _, x := range taxes {
		known[x.ID] = tax.Tax{Kind: x.Kind, Amount: x.Amount, Included: x.Included, IncludesBase: x.IncludesBase, BaseAffected: x.BaseAffected}
	}

	orders := 0
	for _, name := range []string{"pos-sync_from_ui", "pos-sync_from_ui-batch", "pos-kit-sync_from_ui", "pos-sync-zero-with-payment", "pos-sync-before-session", "pos-sync-archived-product", "pos-sync-to-closed-other-open"} {
		var sent struct {
			Orders []struct {
				Total decimal.Decimal      `json:"amount_total"`
				Tax   decimal.Decimal      `json:"amount_tax"`
				Lines [][3]json.RawMessage `json:"lines"`
			}
		}
		captured(t, name, &sent, nil)
		for _, o := range sent.Orders {
			var line struct {
				Unit     decimal.Decimal      `json:"price_unit"`
				Quantity decimal.Decimal      `json:"qty"`
				Taxes    [][3]json.RawMessage `json:"tax_ids"`
				Net      decimal.Decimal      `json:"price_subtotal"`
				Gross    decimal.Decimal      `json:"price_subtotal_incl"`
			}
			if err := json.Unmarshal(o.Lines[0][2], &line); err != nil {
				t.Fatal(err)
			}
			if len(o.Lines) != 1 || !line.Quantity.Equal(decimal.NewFromInt(1)) {
				continue // a machine sells one at a time
			}
			var ids []int64
			if err := json.Unmarshal(line.Taxes[0][2], &ids); err != nil {
				t.Fatal(err)
			}
			var list []tax.Tax
			for _, id := range ids {
				list = append(list, known[id])
			}
			all, err := tax.New(list, rounding)
			if err != nil {
				t.Fatal(err)
			}
			orders++
			for _, f := range []func(decimal.Decimal) (tax.Sale, error){all.Of, func(decimal.Decimal) (tax.Sale, error) { return all.For(o.Total) }} {
				if s, err := f(line.Unit); err != nil || !s.Gross.Equal(o.Total) || !s.Tax.Equal(o.Tax) || !s.Net.Equal(line.Net) || !s.Gross.Equal(line.Gross) || !s.Unit.Equal(line.Unit) {
					t.Errorf("%s: %+v, %v; captured is %+v of %s", name, s, err, line, o.Total)
				}
			}
		}
	}
	if orders < 5 {
		t.Errorf("only %d orders of one piece were captured", orders)
	}
}
