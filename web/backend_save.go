package web

import (
	"fmt"
	"net/http"
	"strings"
)

// maxBackendForm is the most that a backend's form may have, in bytes.
const maxBackendForm = 64 << 10

// save makes or changes the backend of a form. What is wrong is drawn beside what was typed;
// err is why there is no form.
func (s *Server) save(w http.ResponseWriter, r *http.Request, f backendForm, err error) {
	if err == nil {
		r.Body = http.MaxBytesReader(w, r.Body, maxBackendForm)
		err = badForm(r.ParseForm())
	}
	if err != nil {
		s.fail(w, r, s.asProblem(r, err))
		return
	}
	f.values = typedValues(r)
	in := f.input(r)
	if f.fresh() {
		err = s.deps.Backends.Create(r.Context(), in)
	} else {
		err = s.deps.Backends.Change(r.Context(), in)
	}
	if err == nil {
		s.saved(r, in.Name)
		http.Redirect(w, r, backendURL(in.Name), http.StatusSeeOther)
		return
	}
	f.problem = *s.asProblem(r, err)
	status := f.problem.Status
	if n := f.shown(); n > 0 && n == f.problem.fields() {
		f.problem.Detail, f.problem.Fix = fmt.Sprintf("Not saved: %s to correct.", counted(n, "field is", "fields are")), ""
	}
	if len(in.Secrets) > 0 {
		f.problem.Fix = strings.TrimSpace(f.problem.Fix + " Enter the secrets again: they are not shown.")
	}
	s.showForm(w, r, status, f, nil)
}

// saved tells this browser that a backend was saved, and what comes next.
func (s *Server) saved(r *http.Request, name string) {
	n := &notice{Title: "Saved: " + name, Text: "The new settings hold from now on.", Tone: toneGood}
	if b, err := s.deps.Backends.Get(r.Context(), name); err == nil && b.State == "draft" {
		n.Text, n.Fix = "Nothing is done with it yet.", stateWords(b).Fix
	}
	sessionOf(r).setNotice(n)
}

// badForm is the problem of a form that can't be read.
func badForm(err error) error {
	if err == nil || isTooLarge(err) {
		return err
	}
	return Invalid("the form can't be read: "+err.Error(), "reload the page and try again")
}

// fields counts the fields that something is wrong with.
func (p *Problem) fields() int {
	names := map[string]bool{}
	for _, w := range p.Fields {
		names[w.Field] = true
	}
	return len(names)
}

// shown counts the problem's fields that have an input which says so.
func (f backendForm) shown() (n int) {
	for _, g := range f.groups() {
		for _, in := range g.Fields {
			if in.Error != "" {
				n++
			}
		}
	}
	return n
}
