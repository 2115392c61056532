package webhook_test

import (
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"

	"crema/connectors"
	"crema/connectors/connectortest"
	"crema/connectors/webhook"
)

// TestConnectorSuite is what the page, the commands and the queue count on.
func TestConnectorSuite(t *testing.T) {
	connectortest.Connector(t, func(t testing.TB) connectortest.Site {
		var away atomic.Bool
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			if !away.Load() {
				w.WriteHeader(http.StatusNoContent)
			} else if c, _, err := w.(http.Hijacker).Hijack(); err == nil {
				c.Close()
			}
		}))
		t.Cleanup(s.Close)
		return connectortest.Site{New: webhook.New, Backend: connectors.Backend{Name: "erp", Kind: webhook.Kind, Settings: map[string]string{"url": s.URL}},
			Secrets: map[string]string{"secret": sesame}, Away: func() func() { away.Store(true); return func() { away.Store(false) } }}
	})
}
