package connectors

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
)

// BackendState is how far a backend has come.
type BackendState string

// The states of a backend.
const (
	Draft      BackendState = "draft"      // never tested, or changed since
	Checked    BackendState = "checked"    // a test was good
	Production BackendState = "production" // records are synchronised
	Off        BackendState = "off"        // switched off, and kept
)

// Backend is one external system that records are synchronised with.
type Backend struct {
	// Name tells it from all others; it never changes.
	Name string
	// Kind is what it is; never nil in a stored backend.
	Kind *Kind
	// Location says to people where it stands.
	Location string
	// Language is that of the texts sent to it: "en_US".
	Language string
	State    BackendState
	// FromFile is a backend of the configuration file: only the file changes it.
	FromFile bool
	// Settings are the connector's own, by name, as texts ([SettingType]); never a secret.
	Settings map[string]string
	// Schedule is when its flows start by themselves, as cron expressions: "" by hand only;
	// of a flow that is not here it is the flow's own.
	Schedule map[string]string

	renewed int // how often its secrets were entered anew: what runs begins anew then
}

// What is refused about a backend.
var (
	// ErrNoBackend means that no backend has that name.
	ErrNoBackend = errors.New("there is no such backend")
	// ErrFromFile means that a backend is changed in the configuration file only.
	ErrFromFile = errors.New("this backend comes from the configuration file: change it there")
)

// StateError is a step that a backend can't take from where it is.
type StateError struct {
	Backend  string
	From, To BackendState
	// Fix says what to do first.
	Fix string
}

func (e *StateError) Error() string {
	return fmt.Sprintf("backend %q is %s and can't be %s: %s", e.Backend, e.From, e.To, e.Fix)
}

// backendJSON is a backend at rest and in the API.
type backendJSON struct {
	Name     string            `json:"name"`
	Type     string            `json:"type"`
	Version  string            `json:"version"`
	State    BackendState      `json:"state"`
	Location string            `json:"location,omitempty"`
	Language string            `json:"language,omitempty"`
	FromFile bool              `json:"from_file"`
	Settings map[string]string `json:"settings,omitempty"`
	Schedule map[string]string `json:"schedule,omitempty"`
	Renewed  int               `json:"renewed,omitempty"`
}

// MarshalJSON writes the kind as "type" and "version".
func (b Backend) MarshalJSON() ([]byte, error) {
	j := backendJSON{Name: b.Name, State: b.State, Location: b.Location, Language: b.Language, FromFile: b.FromFile, Settings: b.Settings, Schedule: b.Schedule, Renewed: b.renewed}
	if b.Kind != nil {
		j.Type, j.Version = b.Kind.Name(), b.Kind.VersionName()
	}
	return json.Marshal(j)
}

// UnmarshalJSON is the inverse of MarshalJSON. A kind that this program does not
// know is kept as it is: a lookup for it finds nobody.
func (b *Backend) UnmarshalJSON(data []byte) error {
	var j backendJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	if j.Type == "" {
		return fmt.Errorf("backend %q has no type", j.Name)
	}
	*b = Backend{Name: j.Name, Kind: NewKind(j.Type).Version(j.Version), State: j.State, Location: j.Location, Language: j.Language, FromFile: j.FromFile, Settings: j.Settings, Schedule: j.Schedule, renewed: j.Renewed}
	return nil
}

func sameKind(a, b *Kind) bool { return a.Is(b) && b.Is(a) }

func sameSettings(a, b Backend) bool { return maps.Equal(a.Settings, b.Settings) }

func sameBackend(a, b Backend) bool {
	return a.Name == b.Name && sameKind(a.Kind, b.Kind) && a.Location == b.Location && a.Language == b.Language &&
		a.State == b.State && a.FromFile == b.FromFile && sameSettings(a, b) && maps.Equal(a.Schedule, b.Schedule)
}
