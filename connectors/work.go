package connectors

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"crema/store"
)

// Work is the environment of one task for one backend: what a component needs to know
// about where it works. It is made for the task, passed to whoever takes part in it,
// and not kept.
type Work struct {
	*Environment
	Backend Backend
	// Language is that of the texts that go to the backend: "en_US".
	Language string
	// Logger names the backend, and the job where there is one.
	Logger *slog.Logger
	// Client is a loan of whatever talks to the backend; [ClientOf] gives it its type.
	Client any
	// Commit commits on the way: the Step of the job that the task is, else an Update of
	// the store. The function may run more than once and touches nothing but its Tx.
	Commit func(context.Context, func(*store.Tx) error) error
	// Trace is told of each step of a synchronizer as it begins: "import kitchen/product/7:
	// read". nil: nobody is.
	Trace func(step string)
}

// NewWork makes the work for a backend, in the backend's own language. What the
// environment leaves out is filled in: a logger that discards, the system's clock.
func NewWork(e *Environment, b Backend) *Work {
	filled := *e
	if filled.Logger == nil {
		filled.Logger = slog.New(slog.DiscardHandler)
	}
	if filled.Now == nil {
		filled.Now = time.Now
	}
	if filled.Secrets != nil {
		filled.Secrets = newOpened(filled.Secrets)
	}
	w := &Work{Environment: &filled, Backend: b, Language: b.Language, Logger: filled.Logger.With("backend", b.Name)}
	if e.Store != nil {
		w.Commit = e.Store.Update
	}
	return w
}

// On returns the same work for a backend, with its language and a client; w is unchanged.
// The log of another backend than that of w names that one, and no job.
func (w *Work) On(b Backend, client any) *Work {
	other := *w
	other.Backend, other.Language, other.Client = b, b.Language, client
	if b.Name != w.Backend.Name {
		other.Logger = w.Environment.Logger.With("backend", b.Name)
	}
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
