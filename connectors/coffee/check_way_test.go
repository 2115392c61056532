package coffee

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"crema/connectors/odoo"
	"crema/connectors/remote"
)

// The set-up test tells a technician why nobody at Odoo's address is believed, or reached, and what to do; nobody
// is told the key meanwhile.
func TestTheWayToOdooIsChecked(t *testing.T) {
	k := newBooks(t)
	asked := 0
	count := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		http.Error(w, "no", http.StatusProxyAuthRequired)
	})
	secure, proxy := httptest.NewUnstartedServer(count), httptest.NewServer(count)
	defer proxy.Close()
	secure.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, 0)
	secure.StartTLS()
	defer secure.Close()
	at := secure.Listener.Addr().String()
	shown := remote.OfCertificate(secure.Certificate())
	other, err := remote.ParseTLSFingerprint(strings.Repeat("AB", 32))
	if err != nil {
		t.Fatal(err)
	}
	roots := secure.Client().Transport.(*http.Transport).TLSClientConfig.RootCAs
	for name, tt := range map[string]struct {
		config odoo.Config
		code   string
		says   []string
		told   int
	}{
		"unknown authority": {odoo.Config{URL: secure.URL}, "odoo_tls", []string{"Nobody whom the board trusts", shown.String(), "told nothing", "`ca_file`", "`fingerprint`"}, 0},
		"another name":      {odoo.Config{URL: "https://odoo.example.net", Host: at, RootCAs: roots}, "odoo_tls", []string{"odoo.example.net", "Correct `url`", "`host`"}, 0},
		"another pin":       {odoo.Config{URL: secure.URL, Fingerprint: other}, "odoo_tls", []string{"another server than expected", shown.String(), other.String(), "somebody stands in between"}, 0},
		"tunnel refused":    {odoo.Config{URL: "https://odoo.example.com", Proxy: odoo.Proxy("jo:pa55word@" + strings.TrimPrefix(proxy.URL, "http://"))}, "odoo_proxy", []string{"user and password", "`proxy`"}, 1},
		"proxy refuses":     {odoo.Config{URL: "http://odoo.example.com", Proxy: odoo.Proxy("jo:pa55word@" + proxy.URL[len("http://"):])}, "odoo_proxy", []string{"user and password", "`proxy`"}, 1},
		"no proxy there":    {odoo.Config{URL: "https://odoo.example.com", Proxy: "127.0.0.1:1"}, "odoo_proxy", []string{"did not let it pass", "127.0.0.1:1", "Look whether the proxy runs"}, 0},
	} {
		asked = 0
		tt.config.Key = func() (string, error) { return botKey, nil }
		client, err := odoo.New(tt.config)
		if err != nil {
			t.Fatal(err)
		}
		k.machines.d.Odoo = client
		found, err := k.b.testOdoo(t.Context())
		if err != nil || len(found) != 1 || found[0].Code != tt.code || found[0].Warning {
			t.Errorf("%s: %+v, %v", name, found, err)
			continue
		}
		text := found[0].Text + found[0].Fix
		for _, want := range tt.says {
			if !strings.Contains(text, want) {
				t.Errorf("%s: nothing of %q in %q", name, want, text)
			}
		}
		if strings.Contains(text, "pa55word") || asked != tt.told {
			t.Errorf("%s: asked %d times, want %d: %s", name, asked, tt.told, text)
		}
	}
}
