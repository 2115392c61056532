package connectors

import (
	"fmt"
	"log/slog"
	"strings"
	"time"
)

// Work is what a component needs to know about where it works. It is made for one
// task, passed to whoever takes part in it, and not kept.
type Work struct {
	Backend  Backend
	Registry *Registry
	// Language is that of the texts that go to the backend: "en_US".
	Language string
	Logger   *slog.Logger
	// Now is the wall clock, as far as the board knows it.
	Now func() time.Time
	// Client is a loan of whatever talks to the backend; [ClientOf] gives it its type.
	Client any
}

// NewWork makes the work for a backend, in the backend's own language, with a
// logger that discards and the system's clock; set the other fields as needed.
func NewWork(b Backend, r *Registry) *Work {
	return &Work{Backend: b, Registry: r, Language: b.Language, Logger: slog.New(slog.DiscardHandler), Now: time.Now}
}

// On returns the same work for another backend, with its language and its client;
// w is unchanged.
func (w *Work) On(b Backend, client any) *Work {
	other := *w
	other.Backend, other.Language, other.Client = b, b.Language, client
	return &other
}

// ClientOf returns the client of w as a C; the error names both types when it is
// none.
func ClientOf[C any](w *Work) (C, error) {
	c, ok := w.Client.(C)
	if !ok {
		want := strings.TrimPrefix(fmt.Sprintf("%T", new(C)), "*")
		return c, fmt.Errorf("backend %q: its client is a %T, a %s is needed", w.Backend.Name, w.Client, want)
	}
	return c, nil
}
