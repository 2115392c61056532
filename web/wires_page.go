package web

import (
	"net/http"
	"strings"
)

// wireAction is what a wire can do that a person is asked about first.
type wireAction struct {
	path, label string
	wired       func(*Wires) bool
	setting     string
	pours       bool // it wants a cup there, and the door closed
	text        string
}

// wireActions are those that there are, in the order of their buttons.
var wireActions = []wireAction{
	{path: "press", label: "Make the drink chosen last", wired: func(w *Wires) bool { return w.Starts }, setting: "gpio_start", pours: true,
		text: "One cup of the drink that was chosen last on the machine’s panel is made, free of charge: it is hot, and comes whether or not you stand there. " +
			"It is refused unless the machine is ready, a cup stands under the spout and the door is closed."},
	{path: "restart", label: "Restart machine", wired: func(w *Wires) bool { return w.Resets }, setting: "gpio_reset",
		text: "The machine’s controller starts anew, as after a power cut, and sells nothing meanwhile. It is refused while a cup is being made; " +
			"a drink that somebody pays for at that very moment is lost."},
}

// words say what it does, and what keeps it from being done now.
func (a wireAction) words(w *Wires) string {
	is := func(b *bool, at bool) bool { return b != nil && *b == at }
	var now []string
	if is(w.Busy, true) {
		now = append(now, "a cup is being made")
	}
	if a.pours && is(w.Cup, false) {
		now = append(now, "no cup stands there")
	}
	if a.pours && is(w.Door, true) {
		now = append(now, "the door is open")
	}
	if len(now) == 0 {
		return a.text
	}
	return a.text + " Now " + strings.Join(now, ", ") + "."
}

// wireLinks lead to what the wires can do: each asks first.
func wireLinks(b Backend) (all []link) {
	if b.Wires == nil {
		return nil
	}
	for _, a := range wireActions {
		if a.wired(b.Wires) {
			all = append(all, link{a.label + " …", backendURL(b.Name) + "/" + a.path, a.label + ", " + b.Name})
		}
	}
	return all
}

// showWireAction asks whether it is to be done.
func (s *Server) showWireAction(a wireAction) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		b, err := s.deps.Backends.Get(r.Context(), param(r, "name"))
		if err == nil && (b.Wires == nil || !a.wired(b.Wires)) {
			err = Conflict(a.label+": that wire of "+b.Name+" is not connected", "connect it, and write its line as "+a.setting+" in the settings of "+b.Name)
		}
		var status Status
		if err == nil {
			status, err = s.deps.Status(r.Context())
		}
		if err != nil {
			s.fail(w, r, s.asProblem(r, err))
			return
		}
		about := a.label + ", " + b.Name
		s.show(w, r, "confirm", confirmView{frame: s.frameOf(r, status), Question: about + "?", Text: a.words(b.Wires), Back: "/",
			Do: button{Label: a.label, Path: "/do" + backendURL(b.Name) + "/" + a.path, Main: true, About: about}})
	}
}
