package odoo_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"

	"crema/connectors/odoo"
)

// What Odoo answered to loads of its own decides what a caller may do next: a refusal names the
// field, and a lost race is made again.
func TestLoad(t *testing.T) {
	for capture, want := range map[string]struct {
		field string
		class odoo.Class
	}{
		"load-create":           {"", odoo.Unknown}, // two ids, where one was asked for
		"load-error":            {"list_price", odoo.Unknown},
		"load-required-missing": {"", odoo.Unknown},
		"load-weak-user":        {"", odoo.Unknown},
		"race-load-same-xmlid":  {"", odoo.Transient},
	} {
		text, err := os.ReadFile("testdata/wire/" + capture + ".json")
		if err != nil {
			t.Fatal(err)
		}
		var c struct{ Response struct{ Body string } }
		if err := json.Unmarshal(text, &c); err != nil {
			t.Fatal(err)
		}
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json; charset=utf-8")
			w.Write([]byte(c.Response.Body))
		}))
		client, err := odoo.New(odoo.Config{URL: server.URL, Key: func() (string, error) { return "k", nil }})
		if err != nil {
			t.Fatal(err)
		}
		client.Assume("19.0")
		_, err = odoo.Load(t.Context(), client, "product.product", "crema.x", []string{"name"}, []string{"X"})
		server.Close()
		refused, ok := errors.AsType[*odoo.LoadError](err)
		call, isCall := errors.AsType[*odoo.Error](err)
		switch {
		case capture == "load-create" || want.class != odoo.Unknown:
			if !isCall || call.Class != want.class {
				t.Errorf("%s: %v", capture, err)
			}
		case !ok || refused.Field != want.field || refused.Message == "":
			t.Errorf("%s: %v", capture, err)
		}
	}
}
