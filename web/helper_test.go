package web_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the tests' place must be known on every machine

	"crema/web"
	"crema/web/webtest"
)

func zurich(t testing.TB) *time.Location {
	t.Helper()
	place, err := time.LoadLocation("Europe/Zurich")
	if err != nil {
		t.Fatal(err)
	}
	return place
}

// site is the server on a board, without a network: requests go to its handler.
type site struct {
	t       testing.TB
	board   *webtest.Board
	srv     *web.Server
	handler http.Handler
}

func newSite(t testing.TB, board *webtest.Board, change ...func(*web.Config)) *site {
	t.Helper()
	c := web.Config{Hostname: "coffee-board", Hosts: []string{"kaffee.example.com"}, Location: zurich(t), Now: webtest.Now}
	for _, f := range change {
		f(&c)
	}
	srv := web.New(c, board.Deps())
	return &site{t: t, board: board, srv: srv, handler: srv.Handler()}
}

// request is one request; head is names and values by turns. The host is the board's
// IP address unless head has a Host.
func (s *site) request(method, target, body string, head ...string) *httptest.ResponseRecorder {
	s.t.Helper()
	r := httptest.NewRequestWithContext(s.t.Context(), method, "http://192.0.2.7:8080"+target, strings.NewReader(body))
	for i := 0; i < len(head); i += 2 {
		if head[i] == "Host" {
			r.Host = head[i+1]
		} else {
			r.Header.Set(head[i], head[i+1])
		}
	}
	w := httptest.NewRecorder()
	s.handler.ServeHTTP(w, r)
	return w
}

// api is a request with the token, and with a JSON body if there is one.
func (s *site) api(method, target, body string, head ...string) *httptest.ResponseRecorder {
	s.t.Helper()
	head = append([]string{"Authorization", "Bearer " + webtest.Token}, head...)
	if body != "" {
		head = append([]string{"Content-Type", "application/json"}, head...)
	}
	return s.request(method, target, body, head...)
}

// login is a session's cookie.
func (s *site) login() string {
	s.t.Helper()
	w := s.request("GET", s.srv.LoginPath(), "")
	cookies := w.Result().Cookies()
	if w.Code != http.StatusSeeOther || len(cookies) != 1 {
		s.t.Fatalf("the one-time link answers %d with %d cookies, want 303 with 1", w.Code, len(cookies))
	}
	return cookies[0].Name + "=" + cookies[0].Value
}

// problem reads a problem body and checks what all of them have.
func problem(t testing.TB, w *httptest.ResponseRecorder, status int) web.Problem {
	t.Helper()
	var p web.Problem
	if got := w.Header().Get("Content-Type"); got != "application/problem+json" {
		t.Fatalf("%d %s: Content-Type %q, want application/problem+json", w.Code, w.Body, got)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatalf("problem %q: %v", w.Body, err)
	}
	if w.Code != status || p.Status != status {
		t.Errorf("status %d with status %d in the body, want %d: %s", w.Code, p.Status, status, w.Body)
	}
	if !strings.HasPrefix(p.Type, "urn:crema:problem:") || p.Title == "" || p.Detail == "" || p.Fix == "" {
		t.Errorf("problem %+v lacks type, title, detail or what to do", p)
	}
	return p
}
