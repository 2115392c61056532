package web

import (
	"net/http"
	"net/url"
	"slices"
)

// formView is the page of one backend, or of one that is to be made.
type formView struct {
	frame
	Title, What string
	State       *stateView // nil for one that is not made yet
	Action      string
	Error, Fix  string // of the form as a whole
	Groups      []formGroup
	Submit      string
	Others      []link // the same form for another version
	ReadOnly    string // why there is no form; then Facts are what it is told
	Facts       []cell
}

// stateView is how a backend is, and what can be done with it.
type stateView struct {
	State   plain
	Tested  *testedView
	Buttons []button
	Links   []link
}

// showBackend is the page of one backend: how it is, and its form.
func (s *Server) showBackend(w http.ResponseWriter, r *http.Request) {
	f, err := s.formOf(r)
	s.showForm(w, r, http.StatusOK, f, err)
}

// editBackend changes a backend to what the form says, or shows what is wrong with it.
func (s *Server) editBackend(w http.ResponseWriter, r *http.Request) {
	f, err := s.formOf(r)
	if err == nil && !f.backend.Editable {
		err = Conflict("the backend "+f.backend.Name+" can't be changed here", f.readOnly())
	}
	s.save(w, r, f, err)
}

// formOf is the form of a backend as it is, or as it would be with the version of the query.
func (s *Server) formOf(r *http.Request) (f backendForm, err error) {
	q, err := queryOf(r, "version")
	if err != nil {
		return f, err
	}
	b, err := s.deps.Backends.Get(r.Context(), param(r, "name"))
	if err != nil {
		return f, err
	}
	k, known := s.kind(b.Type)
	f = backendForm{version: b.Version, backend: b.whole(), unknown: !known}
	if version, other := q["version"]; other {
		if f.version = version[0]; !slices.Contains(versionsOf(k), f.version) {
			return f, NotFound("version", f.version, "see "+backendURL(b.Name))
		}
	}
	f.kind = k.of(f.version)
	f.kind.Name, f.kind.Versions = b.Type, k.Versions
	f.values = formValues(f.backend, f.kind)
	return f, nil
}

// showForm draws a form, or the error that there was instead of it.
func (s *Server) showForm(w http.ResponseWriter, r *http.Request, status int, f backendForm, err error) {
	var board Status
	if err == nil {
		board, err = s.deps.Status(r.Context())
	}
	if err != nil {
		s.fail(w, r, s.asProblem(r, err))
		return
	}
	v := f.view(clock{now: board.Time.Time, place: s.config.Location})
	v.frame = s.frameOf(r, board)
	s.showAs(w, r, status, "backend", v)
}

// view is the form in words.
func (f backendForm) view(c clock) formView {
	v := formView{Title: "Add a backend", What: kindText(f.kind, f.version), Action: addURL(f.kind, f.version), Submit: "Add it", Error: f.problem.Detail, Fix: f.problem.Fix}
	if f.fresh() {
		v.Groups = f.groups()
		return v
	}
	b := f.backend
	v.Title, v.Action, v.Submit = b.Name, backendURL(b.Name), "Save"
	v.State = &stateView{State: stateWords(b), Tested: testedViewOf(b.Tested, c), Buttons: stateButtons(b)}
	v.State.Buttons = append(v.State.Buttons, hookButtons(b)...)
	if b.State != "off" {
		v.State.Buttons = append(v.State.Buttons, stateButton(b, "Switch off", "off"))
	} else {
		v.State.Links = append(v.State.Links, link{"Delete …", backendURL(b.Name) + "/delete", "Delete " + b.Name})
	}
	if v.ReadOnly = f.readOnly(); v.ReadOnly != "" {
		v.Facts = f.facts()
		return v
	}
	v.Groups = f.groups()
	if f.version != b.Version {
		v.Action += "?version=" + url.QueryEscape(f.version)
	}
	for _, other := range f.kind.Versions {
		if other != f.version {
			v.Others = append(v.Others, link{versionText(other), backendURL(b.Name) + "?version=" + url.QueryEscape(other), "Make it a " + kindText(f.kind, other)})
		}
	}
	return v
}

// readOnly is why a backend can't be changed here; empty where it can.
func (f backendForm) readOnly() string {
	switch {
	case f.backend.FromFile:
		return "It stands in the configuration file: change it there, and restart crema."
	case f.unknown:
		return "This version of crema does not know the type " + f.backend.Type + ": it is kept as it is until one does."
	case !f.backend.Editable:
		return "It can’t be changed now."
	}
	return ""
}

// facts is what a backend is told, for who can't change it.
func (f backendForm) facts() []cell {
	b := f.backend
	all := []cell{{Label: "Location", Value: b.Location}, {Label: "Language", Value: b.Language}}
	for _, s := range f.kind.Settings {
		value := s.value(b)
		switch {
		case s.Type == settingSecret && b.Secrets[s.Name]:
			value = "sealed"
		case s.Type == settingMap:
			value = mapLines(value)
		case s.Type == settingBoolean && value == "true":
			value = "yes"
		case s.Type == settingBoolean:
			value = "no"
		}
		all = append(all, cell{Label: s.label(), Value: value})
	}
	for _, flow := range f.kind.Flows {
		spec := firstOf(flow.schedule(b), "by hand only")
		if flow.Needs != "" && b.Settings[flow.Needs] == "" {
			spec = "not without: " + f.kind.labelOf(flow.Needs)
		}
		if flow.Unscheduled == "" {
			all = append(all, cell{Label: flowText(flow), Value: spec})
		}
	}
	return slices.DeleteFunc(all, func(c cell) bool { return c.Value == "" })
}
