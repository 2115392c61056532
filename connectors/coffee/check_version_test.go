package coffee

import (
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"crema/connectors/odoo"
	"crema/connectors/odoo/standin"
)

// The set-up test says what a version of Odoo is missing, or that it is too old; of Odoo 18 with all that it needs it
// finds no fault.
func TestAVersionOfOdooIsChecked(t *testing.T) {
	for name, tt := range map[string]struct {
		version  string
		database string
		user     string
		code     string // of the only finding; empty: there is none
		says     string
	}{
		"too old":          {"17.0", "prod", "coffee-bot", "odoo_version", "crema needs 18 or later"},
		"18":               {"18.0", "prod", "coffee-bot", "", ""},
		"without user":     {"18.0", "prod", "", "odoo_login", "Set `user` and `database`"},
		"without database": {"18.0", "", "coffee-bot", "odoo_login", "Set `user` and `database`"},
		"another's user":   {"18.0", "prod", "admin", "odoo_key", "`user`"},
		"another database": {"18.0", "test", "coffee-bot", "odoo_database", "Correct `database`"},
		"19 without user":  {"19.0", "prod", "", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			k := newBooks(t)
			erp := standin.New(standin.Options{Version: tt.version, Key: botKey, Database: "prod", Currency: "EUR"})
			category := erp.AddCategory("Coffee")
			erp.AddProduct(standin.Product{Name: "Espresso", Price: 1.90, Categories: []int64{category}})
			erp.AddPOS("Kitchen", erp.AddPaymentMethod("Card", false))
			server := httptest.NewServer(erp)
			defer server.Close()
			client, err := odoo.New(odoo.Config{URL: server.URL, Database: tt.database, User: tt.user, Key: func() (string, error) { return botKey, nil }, Timeout: 5 * time.Second})
			if err != nil {
				t.Fatal(err)
			}
			k.machines.d.Odoo = client
			found, err := k.b.testOdoo(t.Context())
			switch {
			case err != nil:
				t.Error(err)
			case tt.code == "" && len(found) > 0:
				t.Errorf("%+v", found)
			case tt.code != "" && (len(found) != 1 || found[0].Code != tt.code || !strings.Contains(found[0].Text+found[0].Fix, tt.says)):
				t.Errorf("%+v", found)
			}
			if n := erp.Calls("pos.session/create"); n != 0 {
				t.Errorf("%d sessions were made", n)
			}
		})
	}
}
