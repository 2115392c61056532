package connectors_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"crema/connectors"
)

// The loan ends exactly once on success, error, panic and cancel, and never where it did
// not begin (row "client() lifetime").
func TestClientLifetime(t *testing.T) {
	broken, stuck, no := errors.New("task"), errors.New("close"), errors.New("open")
	ctx, cancel := context.WithCancel(t.Context())
	for name, c := range map[string]struct {
		open, close error
		task        func(context.Context, *connectors.Work) error
		want        []error
		told        string
	}{
		"success":        {task: func(context.Context, *connectors.Work) error { return nil }, told: "open close"},
		"error":          {task: func(context.Context, *connectors.Work) error { return broken }, want: []error{broken}, told: "open close"},
		"panic":          {task: func(context.Context, *connectors.Work) error { panic("spilt") }, told: "open close panic"},
		"cancel":         {task: func(ctx context.Context, _ *connectors.Work) error { cancel(); <-ctx.Done(); return ctx.Err() }, want: []error{context.Canceled}, told: "open close"},
		"open failed":    {open: no, want: []error{no}, told: "open"},
		"close failed":   {close: stuck, task: func(context.Context, *connectors.Work) error { return nil }, want: []error{stuck}, told: "open close"},
		"both failed":    {close: stuck, task: func(context.Context, *connectors.Work) error { return broken }, want: []error{broken, stuck}, told: "open close"},
		"panic, no line": {close: stuck, task: func(context.Context, *connectors.Work) error { panic("spilt") }, told: "open close panic"},
	} {
		t.Run(name, func(t *testing.T) {
			var told []string
			h := newHosted(t, func(k *connectors.Connector) {
				k.Open = func(context.Context, *connectors.Work) (any, func() error, error) {
					told = append(told, "open")
					return 7, func() error { told = append(told, "close"); return c.close }, c.open
				}
			})
			h.put(probeAt("a"))
			err := func() (err error) {
				defer func() {
					if p := recover(); p == "spilt" {
						told = append(told, "panic")
					}
				}()
				return h.host.With(ctx, "a", func(ctx context.Context, w *connectors.Work) error {
					if n, err := connectors.ClientOf[int](w); n != 7 || err != nil {
						t.Errorf("client %d, %v", n, err)
					}
					return c.task(ctx, w)
				})
			}()
			if got := strings.Join(told, " "); got != c.told {
				t.Errorf("told %q, want %q", got, c.told)
			}
			for _, want := range c.want {
				if !errors.Is(err, want) {
					t.Errorf("With = %v, want %v in it", err, want)
				}
			}
			if len(c.want) == 0 && err != nil {
				t.Errorf("With = %v", err)
			}
		})
	}
}

func TestWithRefuses(t *testing.T) {
	h := newHosted(t, nil)
	task := func(context.Context, *connectors.Work) error { t.Error("the task was done"); return nil }
	if err := h.host.With(t.Context(), "none", task); !errors.Is(err, connectors.ErrNoBackend) {
		t.Errorf("With = %v", err)
	}
	h.put(probeAt("a"))
	h.setState("a", connectors.Off)
	if err := h.host.With(t.Context(), "a", task); !errors.Is(err, connectors.ErrInactive) {
		t.Errorf("With = %v", err)
	}
}
