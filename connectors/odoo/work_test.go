package odoo_test

import (
	"errors"
	"net/http/httptest"
	"testing"

	"crema/connectors"
	"crema/connectors/odoo"
	"crema/connectors/odoo/standin"
)

// TestAComponentIsThatOfTheServersVersion looks up what is provided for two versions.
func TestAComponentIsThatOfTheServersVersion(t *testing.T) {
	role := connectors.NewRole[string]("some.model", "what differs")
	e := &connectors.Environment{Registry: connectors.NewRegistry()}
	for kind, what := range map[*connectors.Kind]string{odoo.Odoo19: "as in 19", odoo.Odoo18: "as in 18"} {
		connectors.Provide(e.Registry, role, kind, func(w *connectors.Work) (string, error) {
			_, err := connectors.ClientOf[*odoo.Client](w)
			return what, err
		})
	}
	for version, want := range map[string]string{"18.0": "as in 18", "19.0": "as in 19", "20.0": "as in 19", "23.1": "as in 19"} {
		s := standin.New(standin.Options{Version: version, Key: secret})
		server := httptest.NewServer(s)
		defer server.Close()
		c := client(t, server.URL)
		for range 3 {
			w, err := c.Work(t.Context(), e)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := connectors.Component(w, role); err != nil || got != want {
				t.Errorf("%s: %q, %v", version, got, err)
			}
		}
		if n := s.Calls("/web/webclient/version_info"); n != 1 {
			t.Errorf("%s: asked for its version %d times", version, n)
		}
	}
}

func TestAnOlderOdooIsNamed(t *testing.T) {
	s := standin.New(standin.Options{Version: "17.0", Key: secret})
	server := httptest.NewServer(s)
	defer server.Close()
	_, err := client(t, server.URL).Work(t.Context(), &connectors.Environment{})
	if !errors.Is(err, odoo.ErrOldServer) || odoo.ClassOf(err) != odoo.Denied || err.Error() != "odoo: version_info: denied: this is Odoo 17.0: crema speaks with Odoo 18 and later" {
		t.Errorf("%v", err)
	}
}
