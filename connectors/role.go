package connectors

// Role is a task that somebody must do for a backend: a usage ("importer") on a
// model ("coffee.cup"), with the Go type C of whoever does it. It is a value,
// declared once as a package variable and shared by those who provide it and those
// who look it up.
type Role[C any] struct {
	model, usage string
}

// AnyRole is a Role of any type, for lists of them.
type AnyRole interface {
	Model() string
	Usage() string
	String() string
	role()
}

// NewRole makes a role. It panics when model or usage is empty.
func NewRole[C any](model, usage string) Role[C] {
	if model == "" || usage == "" {
		panic("connectors: a role needs a model and a usage")
	}
	return Role[C]{model: model, usage: usage}
}

// Model returns what the role works on: "coffee.cup".
func (r Role[C]) Model() string { return r.model }

// Usage returns what the role does with it: "importer".
func (r Role[C]) Usage() string { return r.usage }

// String returns "coffee.cup importer".
func (r Role[C]) String() string { return r.model + " " + r.usage }

func (Role[C]) role() {}
