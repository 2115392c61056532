package web_test

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"crema/web"
	"crema/web/webtest"
)

const form = "application/x-www-form-urlencoded"

func TestOneTimeLink(t *testing.T) {
	s := newSite(t, webtest.Sample())
	link := s.srv.LoginPath()
	if other := s.srv.LoginPath(); other == link || len(link) < 30 {
		t.Fatalf("links %q and %q", link, other)
	}
	// Who only looks ahead does not use it up.
	s.request("HEAD", link, "")
	s.request("GET", link, "", "Sec-Purpose", "prefetch;prerender")
	w := s.request("GET", link, "")
	if w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/" {
		t.Fatalf("the link answers %d to %q, want 303 to /", w.Code, w.Header().Get("Location"))
	}
	cookie := w.Result().Cookies()[0]
	if !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode || cookie.Path != "/" || cookie.Secure || len(cookie.Value) < 26 {
		t.Errorf("cookie %+v: want HttpOnly, SameSite=Strict, Path=/, 128 bits or more", cookie)
	}
	session := cookie.Name + "=" + cookie.Value
	if w := s.request("GET", "/", "", "Cookie", session); w.Code != http.StatusOK {
		t.Errorf("the page answers %d to the session", w.Code)
	}
	if w := s.request("GET", link, "", "Cookie", session); w.Code != http.StatusSeeOther {
		t.Errorf("the link opened again by the same browser answers %d, want 303 to the page", w.Code)
	}
	for _, used := range []string{link, "/login?once=", "/login?once=guess"} {
		w := s.request("GET", used, "")
		if len(w.Result().Cookies()) > 0 || w.Code == http.StatusSeeOther {
			t.Errorf("%s logs somebody in again", used)
		}
	}
	r := httptest.NewRequest("GET", "https://192.0.2.7"+s.srv.LoginPath(), nil)
	r.TLS = &tls.ConnectionState{}
	secure := httptest.NewRecorder()
	s.handler.ServeHTTP(secure, r)
	if !secure.Result().Cookies()[0].Secure {
		t.Error("over TLS the cookie is not Secure")
	}
}

func TestLoginAndLogout(t *testing.T) {
	s := newSite(t, webtest.Sample())
	if w := s.request("GET", "/", ""); w.Code != http.StatusSeeOther || w.Header().Get("Location") != "/login" {
		t.Errorf("the page answers a stranger %d to %q, want 303 to /login", w.Code, w.Header().Get("Location"))
	}
	if w := s.request("GET", "/login", ""); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `name="token"`) {
		t.Errorf("login page: %d", w.Code)
	}
	if w := s.request("POST", "/login", "token=wrong", "Content-Type", form); w.Code != http.StatusForbidden || len(w.Result().Cookies()) > 0 || strings.Contains(w.Body.String(), "wrong") {
		t.Errorf("a wrong token: %d with %d cookies", w.Code, len(w.Result().Cookies()))
	}
	if w := s.request("POST", "/login", "token="+strings.Repeat("x", 10_000), "Content-Type", form); w.Code != http.StatusBadRequest {
		t.Errorf("a form of 10 kB: %d", w.Code)
	}
	w := s.request("POST", "/login", url.Values{"token": {" " + webtest.Token + "\n"}}.Encode(), "Content-Type", form)
	if w.Code != http.StatusSeeOther {
		t.Fatalf("the right token: %d", w.Code)
	}
	cookie := w.Result().Cookies()[0]
	session := cookie.Name + "=" + cookie.Value
	if w := s.request("GET", "/api/v1/status", "", "Cookie", session); w.Code != http.StatusOK {
		t.Errorf("the API with the session: %d", w.Code)
	}
	if w := s.request("GET", "/login", "", "Cookie", session); w.Code != http.StatusSeeOther {
		t.Errorf("the login page for who is logged in: %d", w.Code)
	}
	w = s.request("POST", "/logout", "", "Cookie", session)
	if w.Code != http.StatusSeeOther || w.Result().Cookies()[0].MaxAge >= 0 {
		t.Errorf("logout: %d, %v", w.Code, w.Result().Cookies())
	}
	if w := s.request("GET", "/api/v1/status", "", "Cookie", session); w.Code != http.StatusUnauthorized {
		t.Errorf("after the logout: %d", w.Code)
	}
}

func TestSessionsEnd(t *testing.T) { synctest.Test(t, testSessionsEnd) }

func testSessionsEnd(t *testing.T) {
	s := newSite(t, webtest.Sample())
	session := s.login()
	alive := func() bool { return s.request("GET", "/api/v1/status", "", "Cookie", session).Code == http.StatusOK }
	for range 6 { // used every 13 days it lives, and still not for ever
		time.Sleep(13 * 24 * time.Hour)
		if !alive() {
			t.Fatal("a session in use ended early")
		}
	}
	time.Sleep(13 * 24 * time.Hour)
	if alive() {
		t.Error("a session of 91 days is alive")
	}
	session = s.login()
	time.Sleep(14*24*time.Hour + time.Second)
	if alive() {
		t.Error("a session unused for 14 days is alive")
	}
	session = s.login()
	for range 64 {
		time.Sleep(time.Second)
		s.login()
	}
	if alive() {
		t.Error("there are more than 64 sessions")
	}
}

// TestCrossSite holds that no other site can make a logged-in browser do something.
func TestCrossSite(t *testing.T) {
	for _, test := range []struct {
		name    string
		head    []string
		allowed bool
	}{
		{"the page itself", []string{"Sec-Fetch-Site", "same-origin"}, true},
		{"typed by the user", []string{"Sec-Fetch-Site", "none"}, true},
		{"the page over plain HTTP", []string{"Origin", "http://192.0.2.7:8080"}, true},
		{"another site", []string{"Sec-Fetch-Site", "cross-site"}, false},
		{"another port or name", []string{"Sec-Fetch-Site", "same-site"}, false},
		{"another site, old browser", []string{"Origin", "http://evil.example"}, false},
		{"another port, plain HTTP", []string{"Origin", "http://192.0.2.7:9090"}, false},
		{"a sandboxed frame", []string{"Origin", "null"}, false},
	} {
		for _, route := range routes {
			if route.method != "POST" {
				continue
			}
			s := newSite(t, webtest.Troubled())
			head := append([]string{"Cookie", s.login(), "Content-Type", "application/json"}, test.head...)
			w := s.request("POST", "/api/v1"+route.path, route.body, head...)
			if route.path == "/jobs/test" && test.allowed {
				continue // takes the token alone: TestTestJobsTakeTheToken
			}
			if ok := w.Code == route.status; ok != test.allowed {
				t.Errorf("%s: POST %s answers %d", test.name, route.path, w.Code)
			}
			if !test.allowed {
				problem(t, w, http.StatusForbidden)
				if asked := s.board.Done(); len(asked) > 0 {
					t.Errorf("%s made the board %v", test.name, asked)
				}
			}
		}
		s := newSite(t, webtest.Troubled())
		session := s.login()
		for _, path := range []string{"/do/check", "/logout", "/do/backends/kitchen/lock"} {
			w := s.request("POST", path, "", append([]string{"Cookie", session}, test.head...)...)
			if ok := w.Code == http.StatusSeeOther; ok != test.allowed {
				t.Errorf("%s: POST %s answers %d", test.name, path, w.Code)
			}
			if test.allowed && path == "/logout" {
				session = s.login()
			}
		}
		w := s.request("POST", "/login", "token="+webtest.Token, append([]string{"Content-Type", form}, test.head...)...)
		if ok := len(w.Result().Cookies()) == 1; ok != test.allowed {
			t.Errorf("%s: the login form answers %d", test.name, w.Code)
		}
		// With the token it does not matter where a request comes from.
		if w := s.api("POST", "/api/v1/check", "", test.head...); w.Code != http.StatusOK {
			t.Errorf("%s with the token: %d", test.name, w.Code)
		}
	}
}

func TestLoginIsSlowedDown(t *testing.T) { synctest.Test(t, testLoginIsSlowedDown) }

func testLoginIsSlowedDown(t *testing.T) {
	s := newSite(t, webtest.Sample())
	try := func(token, from string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("POST", "http://192.0.2.7/login", strings.NewReader("token="+token))
		r.Header.Set("Content-Type", form)
		r.RemoteAddr = from
		w := httptest.NewRecorder()
		s.handler.ServeHTTP(w, r)
		return w
	}
	const here = "198.51.100.9:1234"
	for i := range 5 {
		if w := try("wrong", here); w.Code != http.StatusForbidden {
			t.Fatalf("try %d: %d, want 403", i+1, w.Code)
		}
	}
	// From here on even the right token waits: 1 s, 2 s, 4 s …, 5 min at most.
	for i, wait := range []time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300} {
		wait *= time.Second
		w := try(webtest.Token, here)
		if got := w.Header().Get("Retry-After"); w.Code != http.StatusTooManyRequests || got != fmt.Sprint(wait.Seconds()) {
			t.Fatalf("after %d wrong tokens: %d, Retry-After %q, want 429 and %v", 5+i, w.Code, got, wait.Seconds())
		}
		time.Sleep(wait)
		if w := try("wrong", here); w.Code != http.StatusForbidden {
			t.Fatalf("after %v: %d, want 403", wait, w.Code)
		}
	}
	if w := try(webtest.Token, "198.51.100.10:1"); w.Code != http.StatusSeeOther {
		t.Errorf("another address waits too: %d", w.Code)
	}
	time.Sleep(5 * time.Minute)
	if w := try(webtest.Token, here); w.Code != http.StatusSeeOther {
		t.Errorf("the right token after the wait: %d", w.Code)
	}
	for i := range 5 {
		if w := try("wrong", here); w.Code != http.StatusForbidden {
			t.Errorf("try %d after a good one: %d, want 403: the count begins anew", i+1, w.Code)
		}
	}
	// One subscriber's IPv6 addresses are one.
	for i := range 5 {
		try("wrong", fmt.Sprintf("[2001:db8:1:2::%x]:1", i))
	}
	if w := try("wrong", "[2001:db8:1:2:ffff::1]:1"); w.Code != http.StatusTooManyRequests {
		t.Errorf("the next address of the same IPv6 network: %d", w.Code)
	}
	if w := try("wrong", "[2001:db8:1:3::1]:1"); w.Code != http.StatusForbidden {
		t.Errorf("another IPv6 network: %d", w.Code)
	}
}

func TestHostHeader(t *testing.T) {
	s := newSite(t, webtest.Sample())
	for host, good := range map[string]bool{
		"192.0.2.7:8080": true, "192.0.2.7": true, "[2001:db8::7]:8080": true, "[fe80::1%25eth0]": true, "localhost:8080": true, "LOCALHOST": true,
		"coffee-board": true, "Coffee-Board:80": true, "coffee-board.local": true, "x.local:8080": true, "coffee-board.local.": true,
		"kaffee.example.com": true, "kaffee.example.com:443": true, "crema.localhost": true,
		"evil.example": false, "evil.example:8080": false, "kaffee.example.com.evil.example": false, "local": false, "evillocal": false,
		"192.0.2.7.evil.example": false, "localhost.evil.example": false, "coffee-board.evil.example": false, "1.2.3": false, "\x00": false,
	} {
		w := s.api("GET", "/api/v1/status", "", "Host", host)
		if ok := w.Code == http.StatusOK; ok != good {
			t.Errorf("Host %q: %d", host, w.Code)
		}
		if !good {
			problem(t, w, http.StatusMisdirectedRequest)
			for _, path := range []string{"/healthz", "/login", "/assets/crema.css"} {
				if w := s.request("GET", path, "", "Host", host); w.Code != http.StatusMisdirectedRequest {
					t.Errorf("Host %q: %s answers %d", host, path, w.Code)
				}
			}
		}
	}
}

func TestHeaders(t *testing.T) {
	s := newSite(t, webtest.Sample())
	session := s.login()
	for _, path := range []string{"/", "/login", "/nowhere", "/assets/crema.css", "/assets/none.css", "/healthz", "/api/v1/status", "/api/v1/none"} {
		w := s.request("GET", path, "", "Cookie", session)
		for name, want := range map[string]string{
			"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin",
		} {
			if got := w.Header().Get(name); got != want {
				t.Errorf("%s: %s %q, want %q", path, name, got, want)
			}
		}
		policy := w.Header().Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'"} {
			if !strings.Contains(policy, want) || strings.Contains(policy, "unsafe") {
				t.Errorf("%s: policy %q, want %s and nothing unsafe", path, policy, want)
			}
		}
		if w.Header().Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s may be read by other sites", path)
		}
		if w.Header().Get("Content-Type") == "" && w.Code == http.StatusOK {
			t.Errorf("%s: no Content-Type", path)
		}
	}
	if got := s.request("GET", "/", "", "Cookie", session).Header().Get("Cache-Control"); got != "no-store" {
		t.Errorf("the page: Cache-Control %q, want no-store", got)
	}
}

// TestNoSecretsInLogs logs in in every way and looks for what must not be written down.
func TestNoSecretsInLogs(t *testing.T) {
	var log bytes.Buffer
	s := newSite(t, webtest.Sample(), func(c *web.Config) {
		c.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	link := s.srv.LoginPath()
	cookie := s.request("GET", link, "").Result().Cookies()[0]
	s.request("GET", "/", "", "Cookie", cookie.Name+"="+cookie.Value)
	s.request("GET", link, "")
	s.request("POST", "/login", "token=sesame-wrong", "Content-Type", form)
	s.request("POST", "/login", "token="+webtest.Token, "Content-Type", form)
	s.request("GET", "/api/v1/status", "", "Authorization", "Bearer sesame-wrong")
	s.api("GET", "/api/v1/status", "")
	_, code, _ := strings.Cut(link, "=")
	for _, secret := range []string{webtest.Token, "sesame", code, cookie.Value} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("the log has %q:\n%s", secret, log.String())
		}
	}
	if !strings.Contains(log.String(), "login refused") || !strings.Contains(log.String(), "path=/api/v1/status") {
		t.Errorf("the log lacks what an operator looks for:\n%s", log.String())
	}
}
