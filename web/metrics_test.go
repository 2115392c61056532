package web_test

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"

	"crema/web/webtest"
)

// Metrics are for the board itself, and for whoever has the token.
func TestMetricsAreForTheBoard(t *testing.T) {
	for _, test := range []struct {
		from   string
		head   []string
		status int
	}{
		{"127.0.0.1:4711", nil, http.StatusOK},
		{"127.8.9.10:4711", nil, http.StatusOK},
		{"[::1]:4711", nil, http.StatusOK},
		{"[::ffff:127.0.0.1]:4711", nil, http.StatusOK},
		{"192.0.2.9:4711", nil, http.StatusSeeOther}, // to the login
		{"[2001:db8::1]:4711", nil, http.StatusSeeOther},
		{"not an address", nil, http.StatusSeeOther},
		{"127.0.0.1:4711", []string{"X-Forwarded-For", "192.0.2.9"}, http.StatusSeeOther},
		{"127.0.0.1:4711", []string{"Forwarded", "for=192.0.2.9"}, http.StatusSeeOther},
		{"192.0.2.9:4711", []string{"Authorization", "Bearer wrong"}, http.StatusUnauthorized},
		{"192.0.2.9:4711", []string{"Authorization", "Bearer " + webtest.Token}, http.StatusOK},
	} {
		s := newSite(t, webtest.Troubled())
		r := httptest.NewRequestWithContext(t.Context(), "GET", "http://192.0.2.7:8080/metrics", nil)
		r.RemoteAddr = test.from
		for i := 0; i < len(test.head); i += 2 {
			r.Header.Set(test.head[i], test.head[i+1])
		}
		w := httptest.NewRecorder()
		s.handler.ServeHTTP(w, r)
		if w.Code != test.status {
			t.Errorf("from %s with %v: %d, want %d", test.from, test.head, w.Code, test.status)
		}
		if body := w.Body.String(); w.Code == http.StatusOK && body != "crema_queue_jobs 5\n" {
			t.Errorf("from %s: %q", test.from, body)
		}
	}
	board := webtest.Sample()
	board.Err = errors.New("the store is broken")
	problem(t, newSite(t, board).api("GET", "/metrics", ""), http.StatusInternalServerError)
}
