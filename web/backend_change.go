package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// BackendInput is what a backend is made of, or changed to: all of it but for the secrets,
// of which those that are not named stay as they are.
type BackendInput struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Version  string `json:"version"` // "" where the kind has none
	Location string `json:"location"`
	Language string `json:"language"` // as Odoo writes it: "en_US"
	// Settings are by name; one that is missing has its default, "" is none.
	Settings Texts `json:"settings"`
	// Schedule is a cron expression by flow, "" for by hand only; a flow that is missing has its default.
	Schedule Texts `json:"schedule"`
	// Secrets are by the name of their setting: they are sealed at once, and never answered. ""
	// takes the sealed one away.
	Secrets map[string]Secret `json:"secrets"`
	// Wrong is what was wrong when this was read. It is told with all else that is, and nothing is stored.
	Wrong []FieldError `json:"-"`
}

// Texts are texts by name.
type Texts map[string]string

// UnmarshalJSON names what is no text: the decoder itself does not.
func (t *Texts) UnmarshalJSON(b []byte) error {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(b, &raw); err != nil {
		return err
	}
	*t = Texts{}
	for name, value := range raw {
		var text string
		if err := json.Unmarshal(value, &text); err != nil {
			return Invalid(fmt.Sprintf("%q is %.40s, which is no text", name, value), "write every value in quotes")
		}
		(*t)[name] = text
	}
	return nil
}

// Secret is a text that is never printed, logged or answered.
type Secret string

// String hides the text.
func (Secret) String() string { return "…" }

// GoString hides the text.
func (Secret) GoString() string { return "…" }

// MarshalText hides the text.
func (Secret) MarshalText() ([]byte, error) { return []byte("…"), nil }

// FieldError is what is wrong with one field of a body, by its path: "settings.port".
type FieldError struct {
	Field  string `json:"field"`
	Detail string `json:"detail"`
	Fix    string `json:"fix"` // what to do
}

// InvalidFields is a 400 that names each field that is wrong; there is at least one.
func InvalidFields(all ...FieldError) *Problem {
	var said []string
	for _, f := range all {
		said = append(said, f.Field+": "+f.Detail)
	}
	p := Invalid(strings.Join(said, "; "), all[0].Fix)
	p.Fields = all
	return p
}

// States that a person can put a backend into.
var backendStates = []string{"draft", "production", "off"}

// createBackend makes a backend, which begins as a draft.
func (s *Server) createBackend(w http.ResponseWriter, r *http.Request) error {
	var in BackendInput
	if err := bodyOf(w, r, &in); err != nil {
		return err
	}
	if err := s.deps.Backends.Create(r.Context(), in); err != nil {
		return err
	}
	w.Header().Set("Location", "/api/v1/backends/"+url.PathEscape(in.Name))
	return s.answerBackend(w, r, http.StatusCreated, in.Name)
}

func (s *Server) changeBackend(w http.ResponseWriter, r *http.Request) error {
	var in BackendInput
	if err := bodyOf(w, r, &in); err != nil {
		return err
	}
	name := param(r, "name")
	if in.Name != "" && in.Name != name {
		return InvalidFields(FieldError{"name", "a backend keeps its name", "leave it out, or make another backend"})
	}
	in.Name = name
	if err := s.deps.Backends.Change(r.Context(), in); err != nil {
		return err
	}
	return s.answerBackend(w, r, http.StatusOK, name)
}

func (s *Server) deleteBackend(w http.ResponseWriter, r *http.Request) error {
	if err := noBody(w, r); err != nil {
		return err
	}
	if err := s.deps.Backends.Delete(r.Context(), param(r, "name")); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (s *Server) setBackendState(w http.ResponseWriter, r *http.Request) error {
	var body struct {
		State string `json:"state"`
	}
	if err := bodyOf(w, r, &body); err != nil {
		return err
	}
	name := param(r, "name")
	if err := s.setState(r, name, body.State); err != nil {
		return err
	}
	return s.answerBackend(w, r, http.StatusOK, name)
}

func (s *Server) setState(r *http.Request, name, state string) error {
	if !slices.Contains(backendStates, state) {
		return InvalidFields(FieldError{"state", fmt.Sprintf("%q is no state to choose", state), `send "draft", "production" or "off"; a good test makes it "checked"`})
	}
	return s.deps.Backends.SetState(r.Context(), name, state)
}

// answerBackend answers with a backend as it is now.
func (s *Server) answerBackend(w http.ResponseWriter, r *http.Request, status int, name string) error {
	b, err := s.deps.Backends.Get(r.Context(), name)
	if err != nil {
		return err
	}
	return respond(w, status, b.whole())
}
