package standin_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"crema/connectors/odoo/standin"
)

// ask makes one call of the bot and gives status and body.
func ask(t testing.TB, s *standin.Server, call, body string) (int, string) {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/json/2/"+call, strings.NewReader(body))
	r.Header.Set("Authorization", "bearer k")
	r.Header.Set("Content-Type", "application/json")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w.Code, w.Body.String()
}

func TestDomains(t *testing.T) {
	s := standin.New(standin.Options{Key: "k"})
	for i, name := range []string{"Espresso", "Espresso doppio", "Lungo 100%", "lungo_1"} {
		product(s, int64(i+1), name, fmt.Sprintf("C%d", i), float64(i), standin.Values{"pos_categ_ids": []int64{int64(i%2 + 1)}, "barcode": "", "currency_id": 1})
	}
	s.Set("product.product", 4, standin.Values{"active": false, "default_code": ""})
	for domain, want := range map[string]string{
		`[]`:                                    "[1, 2, 3]",
		`[["active", "=", false]]`:              "[4]",
		`[["active", "in", [true, false]]]`:     "[1, 2, 3, 4]",
		`[["id", "=", 2]]`:                      "[2]",
		`[["id", "!=", 2]]`:                     "[1, 3]",
		`[["id", "in", [1, 3, 99]]]`:            "[1, 3]",
		`[["id", "not in", [1, 3, 99]]]`:        "[2]",
		`[["id", ">", 1], ["id", "<", 3]]`:      "[2]",
		`[["id", ">=", 2], ["id", "<=", 2]]`:    "[2]",
		`["|", ["id", "=", 1], ["id", "=", 3]]`: "[1, 3]",
		`["|", ["id", "=", 1], "&", ["id", ">", 1], ["list_price", "<", 2]]`: "[1, 2]",
		`["!", ["id", "=", 1]]`: "[2, 3]",
		`["!", "|", ["id", "=", 1], ["id", "=", 2], ["id", "<", 9]]`:       "[3]",
		`["&", ["id", "=", 1], ["name", "=", "Espresso"]]`:                 "[1]",
		`[["name", "=", "espresso"]]`:                                      "[]",
		`[["name", "like", "Espresso"]]`:                                   "[1, 2]",
		`[["name", "like", "espresso"]]`:                                   "[]",
		`[["name", "ilike", "espresso"]]`:                                  "[1, 2]",
		`[["name", "like", "_spresso d"]]`:                                 "[2]",
		`[["name", "like", "E%doppio"]]`:                                   "[2]",
		`[["name", "like", "100\\%"]]`:                                     "[3]",
		`[["name", "not like", "Espresso"]]`:                               "[3]",
		`[["name", "=like", "Espresso"]]`:                                  "[1]",
		`[["name", "=ilike", "espresso%"]]`:                                "[1, 2]",
		`[["pos_categ_ids", "in", [1]]]`:                                   "[1, 3]",
		`[["pos_categ_ids", "=", 2]]`:                                      "[2]",
		`[["pos_categ_ids", "not in", [1]]]`:                               "[2]",
		`[["barcode", "=", false]]`:                                        "[1, 2, 3]",
		`[["default_code", "!=", false], ["active", "in", [true, false]]]`: "[1, 2, 3]",
		`[["currency_id", "=", 1]]`:                                        "[1, 2, 3]",
		`[["currency_id.name", "=", "USD"]]`:                               "[1, 2, 3]",
		`[["currency_id", "=", false]]`:                                    "[]",
		`[["list_price", "=", 1]]`:                                         "[2]",
		`[["write_date", ">=", "2026-11-22T01:47:03"]]`:                    "[1, 2, 3]",
		`[[1, "=", 1]]`:                                                    "[1, 2, 3]",
		`[[0, "=", 1]]`:                                                    "[]",
	} {
		status, got := ask(t, s, "product.product/search", `{"order": "id", "domain": `+domain+`}`)
		if status != 200 || got != want {
			t.Errorf("%s finds %d %.300s, want %s", domain, status, got, want)
		}
	}
	for body, want := range map[string]string{
		`{"domain": ["&"], "order": "id"}`:                                "builtins.ValueError",
		`{"domain": [["nosuch", "=", 1]]}`:                                "builtins.ValueError",
		`{"domain": [], "offset": -1}`:                                    "psycopg2.errors",
		`{"domain": [], "context": {"lang": "xx_XX"}}`:                    "odoo.exceptions.UserError",
		`{"domain": [["groups", "=", "a hidden field of the stand-in"]]}`: "builtins.ValueError",
	} {
		if status, got := ask(t, s, "product.product/search", body); status < 400 || !strings.Contains(got, want) {
			t.Errorf("%s gives %d %.200s, want %s", body, status, got, want)
		}
	}
}

func TestOrderLimitAndOffset(t *testing.T) {
	s := standin.New(standin.Options{Key: "k"})
	for i, code := range []string{"b", "", "a", "b"} {
		product(s, int64(i+1), "P", code, float64(i%2), nil)
	}
	for body, want := range map[string]string{
		`"order": "default_code, id"`:            "[3, 1, 4, 2]", // an empty one comes last, as PostgreSQL has it
		`"order": "default_code desc, id desc"`:  "[2, 4, 1, 3]",
		`"order": "list_price desc,id"`:          "[2, 4, 1, 3]",
		`"order": "id", "limit": 2, "offset": 1`: "[2, 3]",
		`"order": "id", "offset": 9`:             "[]",
	} {
		if _, got := ask(t, s, "product.product/search", `{"domain": [], `+body+`}`); got != want {
			t.Errorf("%s gives %s, want %s", body, got, want)
		}
	}
}
