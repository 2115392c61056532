package coffee

import (
	"net/http/httptest"
	"strings"
	"testing"

	"crema/connectors"
	"crema/connectors/odoo"
	"crema/connectors/odoo/standin"
)

// A database that is missing or wrong in the configuration is told by name, with those there are; where Odoo doesn't
// list them, both causes are. For a job it is no database for the moment, whatever the cause.
func TestDatabaseIsTold(t *testing.T) {
	k := newBooks(t)
	for name, tt := range map[string]struct {
		version, database string
		others            []string
		hidden            bool // Odoo doesn't list its databases
		says              string
		fix               string
	}{
		"none is named":             {"19.0", "", []string{"test"}, false, `there are "prod", "test", and ` + "`database` names none", "Set `database`"},
		"a wrong one":               {"19.0", "prd", []string{"test"}, false, `no database "prd": there are "prod", "test"`, "Correct `database`"},
		"a wrong one of one":        {"19.0", "prd", nil, false, `no database "prd": there are "prod"`, "Correct `database`"},
		"none is named, not listed": {"19.0", "", []string{"test"}, true, "it serves several, and `database` names none of them, or its database server is down", "Set `database`"},
		"a wrong one, not listed":   {"19.0", "prd", nil, true, `no database "prd": either it has none of that name, or its database server is down`, "Correct `database`"},
		"Odoo 18":                   {"18.0", "prd", nil, false, `no database "prd": there are "prod"`, "Correct `database`"},
	} {
		erp := standin.New(standin.Options{Version: tt.version, Database: "prod", Others: tt.others, Key: botKey})
		if tt.hidden {
			erp.Fail(standin.Rule{Call: "db/list", Fault: standin.Crash, Name: "odoo.exceptions.AccessDenied"})
		}
		server := httptest.NewServer(erp)
		client, err := odoo.New(odoo.Config{URL: server.URL, Database: tt.database, User: "coffee-bot", Key: func() (string, error) { return botKey, nil }})
		if err != nil {
			t.Fatal(err)
		}
		k.machines.d.Odoo = client
		found, err := k.b.testOdoo(t.Context())
		if err != nil || len(found) != 1 || found[0].Code != "odoo_database" || !strings.Contains(found[0].Text, tt.says) || !strings.HasPrefix(found[0].Fix, tt.fix) {
			t.Errorf("%s: %+v, %v", name, found, err)
		}
		_, err = client.Whoami(t.Context())
		if odoo.ClassOf(err) != odoo.Transient || connectors.Outcome(err) == err {
			t.Errorf("%s, for a job: %v", name, err)
		}
		server.Close()
	}
}
