package board

import "slices"

// Kind is a type of backend, and what a [[backend]] of that type may say.
type Kind struct {
	// Name is its type: "coffee".
	Name string
	// Versions are those that there are; none: such a backend has no version.
	Versions []string
	Settings []Setting
	Flows    []Flow
	// Check says what is wrong with a backend as a whole, each setting by itself being
	// right. May be nil.
	Check func(Backend) []Fault
}

// Setting is a key of a backend that its kind declares.
type Setting struct {
	// Name is the key, "port"; "busy.enabled" is the key enabled of [backend.busy].
	Name string
	// Type says how the value is written: "integer" and "boolean" are those of TOML, "map"
	// is a table of texts, "name" a text or a whole number, "path" a text relative to the
	// file, "secret" the path of a file, whose key is Name with "_file". "duration", "time",
	// "choice" and any other is a text.
	Type string
	// Versions are those that have it; none: all.
	Versions []string
	// Required must be there, Multiline may have line ends.
	Required, Multiline bool
	// Unique says what a value is that must not be twice: "port"; two settings with the same word
	// must not share one. Same returns one text for all values that mean the same; nil: the value.
	Unique string
	Same   func(value string) string
	// Default is what holds where nothing is written; where there is one, "" is written
	// to have none.
	Default string
	// Example is a value as Parse returns it; "" for one of the type.
	Example string
	// Choices are the values of a choice, or the keys of a map; none: any.
	Choices []string
	// Parse returns the text that is kept of a value; a map is given, and returned, as a
	// JSON object. nil keeps what is written.
	Parse func(text string) (string, []Fault)
}

// Flow is what [backend.schedule] may start.
type Flow struct {
	// Name is the key: "catalogue".
	Name string
	// Versions are those that have it; none: all.
	Versions []string
	// Unscheduled is why it can't have a schedule; "": it can.
	Unscheduled string
}

// Fault is what another package finds wrong with a backend.
type Fault struct {
	// Setting is which, and Entry which key of a map; "" where the whole is meant.
	Setting, Entry string
	// Wrong says what is wrong, Fix what to do about it; "": whoever knows the type says.
	Wrong, Fix string
}

// kind returns the kind of that name; nil for none.
func (c Checks) kind(name string) *Kind {
	i := slices.IndexFunc(c.Kinds, func(k Kind) bool { return k.Name == name })
	if i < 0 {
		return nil
	}
	return &c.Kinds[i]
}

func (c Checks) kindNames() []string {
	names := make([]string, len(c.Kinds))
	for i, k := range c.Kinds {
		names[i] = k.Name
	}
	return names
}
