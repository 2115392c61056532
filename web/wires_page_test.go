package web_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"crema/web"
	"crema/web/webtest"
)

func lobby(b *webtest.Board) *web.Backend {
	return &b.Machines[slices.IndexFunc(b.Machines, func(m web.Backend) bool { return m.Name == "lobby" })]
}

// What the wires can do asks first: what it does, and what keeps it from being done now. Nothing is done by asking.
func TestWireQuestions(t *testing.T) {
	s := newSite(t, webtest.Sample())
	session := s.login()
	page := see(s, "/", http.StatusOK)
	says(t, page, `href="/backends/lobby/press"`, "Make the drink chosen last …", `href="/backends/lobby/restart"`, "Restart machine …")
	for _, not := range []string{`action="/do/backends/lobby/press"`, `action="/do/backends/lobby/restart"`, "/backends/kitchen/restart"} {
		if strings.Contains(page, not) {
			t.Errorf("the page has %s", not)
		}
	}
	yes, no := true, false
	for _, x := range []struct {
		busy, cup, door *bool
		press, restart  string // behind what it does
	}{
		{&no, &yes, &no, "the door is closed.</p>", "is lost.</p>"},
		{nil, nil, nil, "the door is closed.</p>", "is lost.</p>"},
		{&yes, &no, &yes, "closed. Now a cup is being made, no cup stands there, the door is open.</p>", "lost. Now a cup is being made.</p>"},
		{&no, &no, &yes, "closed. Now no cup stands there, the door is open.</p>", "is lost.</p>"},
	} {
		s.board.Change(func(b *webtest.Board) {
			w := lobby(b).Wires
			w.Busy, w.Cup, w.Door = x.busy, x.cup, x.door
		})
		says(t, see(s, "/backends/lobby/press", http.StatusOK), "Make the drink chosen last, lobby?", "free of charge", x.press, `action="/do/backends/lobby/press"`, `href="/"`)
		says(t, see(s, "/backends/lobby/restart", http.StatusOK), "Restart machine, lobby?", "sells nothing meanwhile", x.restart, `action="/do/backends/lobby/restart"`)
	}
	if done := s.board.Done(); len(done) > 0 {
		t.Errorf("to be asked has done %q", done)
	}
	for _, path := range []string{"/backends/kitchen/restart", "/backends/kitchen/press"} { // not wired
		says(t, see(s, path, http.StatusConflict), "of kitchen is not connected")
	}
	see(s, "/backends/nowhere/restart", http.StatusNotFound)

	// Whoever answers is not asked again.
	for path, want := range map[string]string{"press": "Drink chosen last, lobby", "restart": "is restarted by its wire"} {
		w := s.request("POST", "/do/backends/lobby/"+path, "", "Cookie", session, "Referer", "http://192.0.2.7:8080/backends/lobby/"+path)
		if at := w.Header().Get("Location"); at != "/" {
			t.Errorf("%s leads to %q", path, at)
		}
		says(t, s.request("GET", "/", "", "Cookie", session).Body.String(), want)
	}

	// Without the wire there is no way to ask.
	s.board.Change(func(b *webtest.Board) { lobby(b).Wires = &web.Wires{Faults: []string{}} })
	if page := see(s, "/", http.StatusOK); strings.Contains(page, "/backends/lobby/press") || strings.Contains(page, "/backends/lobby/restart") {
		t.Error("the page offers what is not wired")
	}
}

// An answer leads to the first page, whatever the backend is called.
func TestWireAnswers(t *testing.T) {
	s := newSite(t, webtest.Sample())
	session := s.login()
	for from, want := range map[string]string{"/backends/restart": "/backends/restart", "/backends/restart/restart": "/", "/backends/lobby": "/backends/lobby", "/backends/delete/delete": "/"} {
		w := s.request("POST", "/do/backends/lobby/restart", "", "Cookie", session, "Referer", "http://192.0.2.7:8080"+from)
		if diff := cmp.Diff(want, w.Header().Get("Location")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", from, diff)
		}
	}
}
