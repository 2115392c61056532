package connectors

import (
	"slices"
	"sync"
)

// opened are the secrets of a work, which remember what its task was given.
type opened struct {
	Secrets
	mu    sync.Mutex
	given []string
}

// newOpened is that of another task where s is one's already.
func newOpened(s Secrets) *opened {
	if o, ok := s.(*opened); ok {
		s = o.Secrets
	}
	return &opened{Secrets: s}
}

func (o *opened) Secret(backend, setting string) (string, error) {
	value, err := o.Secrets.Secret(backend, setting)
	if err != nil {
		return "", err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if !slices.Contains(o.given, value) {
		o.given = append(o.given, value)
	}
	return value, nil
}

// String and GoString show nothing of them.
func (o *opened) String() string { return "the secrets of a task" }

func (o *opened) GoString() string { return o.String() }

// Opened are the secrets that the task has asked for so far, for [Hide]: what another system says may
// repeat them. A [Host] hides them in the errors and findings of its tasks; what an adapter logs, or writes into a
// checkpoint, is its own to hide. It is safe for concurrent use.
func (w *Work) Opened() []string {
	o, ok := w.Secrets.(*opened)
	if !ok {
		return nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.given)
}
