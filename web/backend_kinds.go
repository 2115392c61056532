package web

import (
	"net/http"
	"slices"
)

// Kind is a type of external system that backends can be made for, and what they are told.
type Kind struct {
	Name     string    `json:"name"` // "coffee", a backend's "type"
	Text     string    `json:"text"` // for people: "Coffee machine"
	Versions []string  `json:"versions"`
	Settings []Setting `json:"settings"`
	Flows    []Flow    `json:"flows"`
}

// Setting is one thing that the backends of a kind are told. Every value is a text, "" is none.
type Setting struct {
	Name  string `json:"name"`
	Label string `json:"label"`
	Help  string `json:"help"`
	// Type is "text", "name", "integer", "boolean", "duration", "time", "choice", "path", "url",
	// "map" (a JSON object of texts) or "secret" (which is never answered).
	Type      string   `json:"type"`
	Versions  []string `json:"versions"` // those that have it; none: all
	Required  bool     `json:"required"`
	Default   string   `json:"default"` // what holds where it is left out; "" in its place is none
	Example   string   `json:"example"`
	Choices   []string `json:"choices"` // of a choice, or the keys of a map; none: any
	Min       string   `json:"min"`
	Max       string   `json:"max"`
	Multiline bool     `json:"multiline"` // it may have line ends
	Unique    bool     `json:"unique"`    // no two backends of the kind may have the same
}

// The types of settings that the page draws in a way of their own.
const (
	settingInteger  = "integer"
	settingBoolean  = "boolean"
	settingDuration = "duration"
	settingTime     = "time"
	settingChoice   = "choice"
	settingURL      = "url"
	settingMap      = "map"
	settingSecret   = "secret"
)

// always tells whether a setting with a default can't be none: then nothing is its default.
func (s Setting) always() bool {
	return slices.Contains([]string{settingInteger, settingBoolean, settingDuration, settingChoice}, s.Type)
}

// value is what holds of a setting for a backend.
func (s Setting) value(b Backend) string {
	v, said := b.Settings[s.Name]
	if !said || v == "" && s.always() {
		return s.Default
	}
	return v
}

// label is the setting's name for people.
func (s Setting) label() string { return firstOf(s.Label, wordy(s.Name)) }

// schedule is when a flow of a backend starts by itself.
func (f Flow) schedule(b Backend) string {
	if spec, said := b.Schedule[f.Name]; said {
		return spec
	}
	return f.Schedule
}

// Flow is a direction in which records go between a backend and Odoo.
type Flow struct {
	Name        string   `json:"name"`
	Text        string   `json:"text"`        // for people: what it does
	Versions    []string `json:"versions"`    // those that have it; none: all
	Schedule    string   `json:"schedule"`    // the cron expression where the backend has none; "": by hand only
	Needs       string   `json:"needs"`       // the setting without which it has nothing to do; "": none
	Unscheduled string   `json:"unscheduled"` // why it can't have a schedule; "": it can
}

// kind is a kind by name; false where this program has none.
func (s *Server) kind(name string) (Kind, bool) {
	all := s.deps.Backends.Kinds()
	i := slices.IndexFunc(all, func(k Kind) bool { return k.Name == name })
	if i < 0 {
		return Kind{}, false
	}
	return all[i], true
}

// of is what a backend of one version has of the kind.
func (k Kind) of(version string) Kind {
	has := func(versions []string) bool { return len(versions) == 0 || slices.Contains(versions, version) }
	k.Settings = slices.DeleteFunc(slices.Clone(k.Settings), func(s Setting) bool { return !has(s.Versions) })
	k.Flows = slices.DeleteFunc(slices.Clone(k.Flows), func(f Flow) bool { return !has(f.Versions) })
	return k
}

// labelOf is what a setting is called.
func (k Kind) labelOf(setting string) string {
	for _, s := range k.Settings {
		if s.Name == setting {
			return s.label()
		}
	}
	return setting
}

// flow is a flow by name; one that the kind does not have is its name alone.
func (k Kind) flow(name string) Flow {
	for _, f := range k.Flows {
		if f.Name == name {
			return f
		}
	}
	return Flow{Name: name}
}

func (s *Server) listKinds(w http.ResponseWriter, r *http.Request) error {
	if _, err := queryOf(r); err != nil {
		return err
	}
	var page Page[Kind]
	for _, k := range s.deps.Backends.Kinds() {
		k.Versions, k.Flows, k.Settings = some(k.Versions), some(slices.Clone(k.Flows)), some(slices.Clone(k.Settings))
		for i := range k.Settings {
			k.Settings[i].Versions, k.Settings[i].Choices = some(k.Settings[i].Versions), some(k.Settings[i].Choices)
		}
		for i := range k.Flows {
			k.Flows[i].Versions = some(k.Flows[i].Versions)
		}
		page.Items = append(page.Items, k)
	}
	return list(w, page, nil)
}
