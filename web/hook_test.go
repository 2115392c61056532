package web_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"crema/web"
	"crema/web/webtest"
)

// odooSays is what Odoo's "Send Webhook Notification" posts.
const odooSays = `{"_action": "Tell the machines(#417)", "_id": 7, "_model": "product.product", "id": 7, "list_price": 2.5, "write_date": "2026-11-22 00:47:51.123456"}`

// hooked is a site whose kitchen has a hook.
func hooked(t testing.TB, log *bytes.Buffer) (s *site, path string) {
	t.Helper()
	s = newSite(t, webtest.Sample(), func(c *web.Config) {
		if log != nil {
			c.Logger = slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		}
	})
	w := s.api("POST", "/api/v1/backends/kitchen/hook", "")
	var made web.MadeHook
	if err := json.Unmarshal(w.Body.Bytes(), &made); err != nil || w.Code != http.StatusCreated || !strings.HasPrefix(made.Path, "/hook/kitchen/") {
		t.Fatalf("a hook is made: %d %s", w.Code, w.Body)
	}
	return s, made.Path
}

// Who knows the secret may tell what changed, without a token and by any name of the board's;
// nobody else learns anything.
func TestHook(t *testing.T) {
	s, path := hooked(t, nil)
	for _, head := range [][]string{{"Content-Type", "application/json"}, {}, {"Host", "board.behind.a.proxy"}, {"Origin", "https://odoo.example.com"}} {
		w := s.request("POST", path, odooSays, head...)
		if w.Code != http.StatusAccepted || !strings.Contains(w.Body.String(), `"job"`) {
			t.Errorf("%v: %d %s", head, w.Code, w.Body)
		}
	}
	if got, want := fmt.Sprint(s.board.Done()), "[hint kitchen product.product 7 hint kitchen product.product 7 hint kitchen product.product 7 hint kitchen product.product 7]"; got != want {
		t.Errorf("the board was told %s, want %s", got, want)
	}
	if w := s.request("POST", path, `{"_model":"maintenance.request","_id":1}`); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "maintenance.request") {
		t.Errorf("what is of no use is answered %d %s", w.Code, w.Body)
	}
	for _, wrong := range []string{"", "{oops", "[]", `"x"`, "{}", `{"_id":7}`, `{"_model":"product.product"}`, `{"_model":"product.product","_id":"7"}`, `{"_model":"product.product","_id":-1}`} {
		if p := problem(t, s.request("POST", path, wrong), http.StatusBadRequest); p.Fix == "" {
			t.Errorf("%q is refused without advice: %+v", wrong, p)
		}
	}
	problem(t, s.request("POST", path, strings.Repeat(" ", 1<<17)+odooSays), http.StatusRequestEntityTooLarge)
	problem(t, s.request("GET", path, ""), http.StatusMethodNotAllowed)
}

// An unknown backend, one without a hook and a wrong secret can't be told apart.
func TestHookOfAnother(t *testing.T) {
	s, path := hooked(t, nil)
	wrong := []string{"/hook/kitchen/secret-0", "/hook/lobby/secret-1", "/hook/attic/secret-1"}
	var said []string
	for _, p := range wrong {
		w := s.request("POST", p, odooSays)
		problem(t, w, http.StatusNotFound)
		said = append(said, w.Body.String())
	}
	if said[0] != said[1] || said[1] != said[2] {
		t.Errorf("the answers differ: %q", said)
	}
	for range 3 {
		s.request("POST", wrong[0], odooSays)
	}
	if w := s.request("POST", wrong[0], odooSays); w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") == "" {
		t.Errorf("who goes on guessing is answered %d", w.Code)
	}
	// Odoo may have an old rule beside the right one.
	if w := s.request("POST", path, odooSays); w.Code != http.StatusAccepted {
		t.Errorf("the right secret from the same address: %d", w.Code)
	}
	if w := s.api("POST", "/api/v1/backends/kitchen/hook", ""); w.Code != http.StatusCreated {
		t.Fatal(w.Code)
	}
	if w := s.request("POST", path, odooSays); w.Code == http.StatusAccepted {
		t.Error("the address before still works")
	}
	if w := s.api("DELETE", "/api/v1/backends/kitchen/hook", ""); w.Code != http.StatusNoContent {
		t.Fatal(w.Code)
	}
	if w := s.request("POST", "/hook/kitchen/secret-2", odooSays); w.Code == http.StatusAccepted {
		t.Error("a hook that was taken away still works")
	}
	if w := s.request("POST", "/api/v1/backends/kitchen/hook", ""); w.Code != http.StatusUnauthorized {
		t.Errorf("a hook is made without a token: %d", w.Code)
	}
}

// A storm is held back for its own backend alone.
func TestHookStorm(t *testing.T) {
	s, path := hooked(t, nil)
	taken := 0
	for range 1000 {
		if w := s.request("POST", path, odooSays); w.Code == http.StatusAccepted {
			taken++
		} else if w.Code != http.StatusTooManyRequests {
			t.Fatal(w.Code, w.Body)
		}
	}
	if taken < 100 || taken > 300 {
		t.Errorf("%d of 1,000 hints were taken", taken)
	}
}

// The secret stands in no log and on no page, but for the one time when it is made.
func TestHookSecretIsSaidOnce(t *testing.T) {
	var log bytes.Buffer
	s, path := hooked(t, &log)
	s.request("POST", path, odooSays)
	s.request("GET", path, "")
	s.request("POST", path+"/more", odooSays)
	s.request("POST", path, "{")
	cookie := s.login()
	button := []string{"Cookie", cookie, "Content-Type", form, "Sec-Fetch-Site", "same-origin"}
	if w := s.request("POST", "/do/backends/kitchen/hook", "", button...); w.Code != http.StatusSeeOther {
		t.Fatalf("the page's button: %d %s", w.Code, w.Body)
	}
	shown := s.request("GET", "/backends/kitchen", "", "Cookie", cookie).Body.String()
	if !strings.Contains(shown, "http://192.0.2.7:8080/hook/kitchen/secret-2") {
		t.Errorf("the page does not show the address when it is made:\n%s", shown)
	}
	s.request("POST", "/do/dismiss", "", button...)
	for _, page := range []string{"/backends/kitchen", "/", "/api/v1/backends/kitchen"} {
		if body := s.request("GET", page, "", "Cookie", cookie, "Authorization", "Bearer "+webtest.Token).Body.String(); strings.Contains(body, "secret-") {
			t.Errorf("%s shows the secret again", page)
		}
	}
	if strings.Contains(log.String(), "secret-") {
		t.Errorf("the log has the secret:\n%s", log.String())
	}
}
