package connectortest_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"crema/connectors"
	"crema/connectors/connectortest"
	"crema/queue"
	"crema/store"
)

// signShop is a connector of signs in memory, with what can be broken about it.
type signShop struct {
	*signs
	host *connectors.Host
	open atomic.Int64 // clients
	// change breaks the connector, work its flow.
	change func(*signShop, *connectors.Connector)
	work   func(context.Context, *connectors.Work) error
}

var countKind = queue.Kind[string]{Name: "signs.count", Version: 1}

const token = "tk-8f3b1c77"

// client talks to the signs.
type client struct {
	*signs
	token string
}

func (client) String() string { return "client" }

// GoString is for %#v.
func (client) GoString() string { return "client" }

func (s *signShop) New(h *connectors.Host) connectors.Connector {
	s.host = h
	connectors.Handle(h, countKind, func(backend string) string { return backend }, func(ctx context.Context, w *connectors.Work, job *queue.Job[string]) (queue.Done, error) {
		return nil, s.work(ctx, w)
	})
	c := connectors.Connector{Kind: kitchen.Kind, Text: "Signs",
		Settings: []connectors.Setting{
			{Name: "port", Label: "Port", Type: connectors.SettingPath, Required: true},
			{Name: "token", Label: "Token", Type: connectors.SettingSecret, Required: true},
		},
		Flows: []connectors.Flow{{Name: "count", Text: "count the signs", Start: func(tx *store.Tx, b connectors.Backend, byHand bool) (queue.ID, error) {
			return queue.Enqueue(tx, h.Queue, countKind, b.Name, queue.Options{Backend: b.Name, IdentityKey: "count/" + b.Name, PullForward: byHand})
		}}},
		Open: func(ctx context.Context, w *connectors.Work) (any, func() error, error) {
			token, err := w.Secrets.Secret(w.Backend.Name, "token")
			if err != nil {
				return nil, nil, err
			}
			if _, err := s.Search(ctx, time.Time{}); err != nil {
				return nil, nil, err
			}
			s.open.Add(1)
			return &client{s.signs, token}, func() error { s.open.Add(-1); return nil }, nil
		},
	}
	if s.change != nil {
		s.change(s, &c)
	}
	return c
}

func (s *signShop) site() connectortest.Site {
	b := kitchen
	b.Settings = map[string]string{"port": "/dev/signs"}
	return connectortest.Site{New: s.New, Backend: b, Secrets: map[string]string{"token": token}, Away: s.signs.Away,
		Opened: func() int { return int(s.open.Load()) }}
}

func newSignShop() *signShop {
	return &signShop{signs: newSigns(), work: func(ctx context.Context, w *connectors.Work) error {
		c, err := connectors.ClientOf[*client](w)
		if err != nil {
			return err
		}
		_, err = c.Search(ctx, time.Time{})
		return err
	}}
}

func TestConnectorSuite(t *testing.T) {
	connectortest.Connector(t, func(testing.TB) connectortest.Site { return newSignShop().site() })
}

// TestConnectorCatches is what is broken about a connector, with the part of the suite that
// must say so, and its words.
func TestConnectorCatches(t *testing.T) {
	for _, c := range []struct {
		name        string
		change      func(*signShop, *connectors.Connector)
		part, words string
	}{
		{"no words", func(_ *signShop, c *connectors.Connector) { c.Text = "" }, "declared", "no Text"},
		{"no label", func(_ *signShop, c *connectors.Connector) { c.Settings[0].Label = "" }, "declared", `"port" has no Label`},
		{"no words for a flow", func(_ *signShop, c *connectors.Connector) { c.Flows[0].Text = "" }, "declared", `"count" has no Text`},
		{"a bad flow", func(_ *signShop, c *connectors.Connector) { c.Flows[0].Start = nil }, "declared", "nothing starts it"},
		{"a check that names nothing", func(_ *signShop, c *connectors.Connector) {
			c.Settings[0].Required = false
			c.Check = func(b connectors.Backend) error {
				if b.Text("port") == "" {
					return errors.New("something is missing")
				}
				return nil
			}
		}, "settings", "shall name the setting"},
		{"a test that is never good", func(_ *signShop, c *connectors.Connector) {
			c.Test = func(context.Context, *connectors.Work) ([]connectors.Finding, error) {
				return []connectors.Finding{{Code: "no", Text: "No.", Fix: "None."}}, nil
			}
		}, "test", "the test of a backend whose system is there finds"},
		{"a test that is good once", func(_ *signShop, c *connectors.Connector) {
			n := 0
			c.Test = func(context.Context, *connectors.Work) ([]connectors.Finding, error) {
				if n++; n > 1 {
					return nil, errors.New("no")
				}
				return nil, nil
			}
		}, "test", "in production finds"},
		{"a test that sees nothing", func(_ *signShop, c *connectors.Connector) {
			c.Test = func(context.Context, *connectors.Work) ([]connectors.Finding, error) { return nil, nil }
		}, "test without a system", "it is good"},
		{"a test that panics", func(s *signShop, c *connectors.Connector) {
			c.Test = func(ctx context.Context, _ *connectors.Work) ([]connectors.Finding, error) {
				if _, err := s.Search(ctx, time.Time{}); err != nil {
					panic(err)
				}
				return nil, nil
			}
		}, "test without a system", "panic"},
		{"a test that fails", func(s *signShop, c *connectors.Connector) {
			c.Test = func(ctx context.Context, _ *connectors.Work) ([]connectors.Finding, error) {
				_, err := s.Search(ctx, time.Time{})
				return nil, err
			}
		}, "test without a system", "is a Finding"},
		{"a finding without help", func(s *signShop, c *connectors.Connector) {
			c.Test = func(ctx context.Context, _ *connectors.Work) ([]connectors.Finding, error) {
				if _, err := s.Search(ctx, time.Time{}); err != nil {
					return []connectors.Finding{{Code: "away", Text: err.Error()}}, nil
				}
				return nil, nil
			}
		}, "test without a system", "a Fix for people"},
		{"a secret that it can't be without", func(s *signShop, c *connectors.Connector) {
			c.Test = func(ctx context.Context, w *connectors.Work) ([]connectors.Finding, error) {
				_, err := w.Secrets.Secret(w.Backend.Name, "token")
				return nil, err
			}
		}, "test without settings", "is a Finding"},
		{"a flow that fails", func(s *signShop, _ *connectors.Connector) {
			s.work = func(context.Context, *connectors.Work) error { return queue.Permanent(errors.New("no")) }
		}, "flows", "its job is failed: no"},
		{"a flow that never ends", func(s *signShop, _ *connectors.Connector) {
			s.work = func(context.Context, *connectors.Work) error { return queue.Snooze(errors.New("later"), time.Hour) }
		}, "flows", "its job is pending"},
		{"a flow whose child never ends", func(s *signShop, c *connectors.Connector) {
			c.Flows[0].Start = func(tx *store.Tx, b connectors.Backend, _ bool) (queue.ID, error) {
				id, err := queue.Enqueue(tx, s.host.Queue, countKind, b.Name, queue.Options{Backend: b.Name})
				if err == nil {
					_, err = queue.Enqueue(tx, s.host.Queue, countKind, b.Name, queue.Options{Backend: b.Name, Parent: id, Delay: time.Hour})
				}
				return id, err
			}
		}, "flows", "its job is started: it waits for job 2 (signs.count), which is pending"},
		{"a flow of nobody", func(s *signShop, c *connectors.Connector) {
			c.Flows[0].Start = func(tx *store.Tx, b connectors.Backend, byHand bool) (queue.ID, error) {
				return queue.Enqueue(tx, s.host.Queue, countKind, b.Name, queue.Options{IdentityKey: "count/" + b.Name, PullForward: byHand})
			}
		}, "flows", "set queue.Options.Backend"},
		{"a flow that is doubled", func(s *signShop, c *connectors.Connector) {
			c.Flows[0].Start = func(tx *store.Tx, b connectors.Backend, _ bool) (queue.ID, error) {
				return queue.Enqueue(tx, s.host.Queue, countKind, b.Name, queue.Options{Backend: b.Name})
			}
		}, "flows without a system", "give both one IdentityKey"},
		{"a flow that gives up", func(s *signShop, c *connectors.Connector) {
			c.Open = nil
			s.work = func(ctx context.Context, _ *connectors.Work) error {
				if _, err := s.Search(ctx, time.Time{}); err != nil {
					return queue.Permanent(err)
				}
				return nil
			}
		}, "flows without a system", "its job is failed"},
		{"a flow that uses attempts", func(s *signShop, c *connectors.Connector) {
			c.Open = nil
			s.work = func(ctx context.Context, _ *connectors.Work) error {
				if _, err := s.Search(ctx, time.Time{}); err != nil {
					return errors.New("it did not work")
				}
				return nil
			}
		}, "flows without a system", "1 attempts used"},
		{"an open that leaks", func(s *signShop, c *connectors.Connector) {
			open := c.Open
			c.Open = func(ctx context.Context, w *connectors.Work) (any, func() error, error) {
				s.open.Add(1)
				return open(ctx, w)
			}
		}, "open and close", "are still there"},
		{"an open that leaks where it fails", func(s *signShop, c *connectors.Connector) {
			open := c.Open
			c.Open = func(ctx context.Context, w *connectors.Work) (any, func() error, error) {
				cl, end, err := open(ctx, w)
				if err != nil {
					s.open.Add(1)
				}
				return cl, end, err
			}
		}, "open and close", "while the system was away are still there"},
		{"an open that gives a close nobody calls", func(s *signShop, c *connectors.Connector) {
			open := c.Open
			c.Open = func(ctx context.Context, w *connectors.Work) (any, func() error, error) {
				cl, _, err := open(ctx, w)
				return cl, func() error { return nil }, err
			}
		}, "open and close", "nobody calls it"},
		{"a run that does not end", func(_ *signShop, c *connectors.Connector) {
			c.Run = func(context.Context, *connectors.Work) error { time.Sleep(time.Minute); return nil }
		}, "run", "does not return"},
		{"a delete that refuses", func(_ *signShop, c *connectors.Connector) {
			c.Deleted = func(*store.Tx, connectors.Backend) error { return errors.New("no") }
		}, "delete", "can't be deleted"},
		{"a secret in the log", func(s *signShop, _ *connectors.Connector) {
			s.work = func(_ context.Context, w *connectors.Work) error {
				w.Logger.Debug("logged in", "token", w.Client.(*client).token)
				return nil
			}
		}, "secrets", "shown by the log"},
		{"a secret in an error", func(s *signShop, _ *connectors.Connector) {
			s.work = func(_ context.Context, w *connectors.Work) error {
				return fmt.Errorf("with %s: no", w.Client.(*client).token)
			}
		}, "secrets", "shown by a job"},
		{"a secret in the client", func(_ *signShop, c *connectors.Connector) {
			open := c.Open
			c.Open = func(ctx context.Context, w *connectors.Work) (any, func() error, error) {
				cl, end, err := open(ctx, w)
				if err != nil {
					return nil, nil, err
				}
				return struct{ Token string }{cl.(*client).token}, end, nil
			}
		}, "secrets", "shown by the client"},
		{"a secret in a finding", func(_ *signShop, c *connectors.Connector) {
			c.Test = func(ctx context.Context, w *connectors.Work) ([]connectors.Finding, error) {
				token, err := w.Secrets.Secret(w.Backend.Name, "token")
				return []connectors.Finding{{Code: "hm", Text: "It is " + token, Fix: "None.", Warning: true}}, err
			}
		}, "secrets", "shown by a test"},
		{"a secret in the store", func(s *signShop, _ *connectors.Connector) {
			s.work = func(ctx context.Context, w *connectors.Work) error {
				return w.Commit(ctx, func(tx *store.Tx) error {
					return tokens.Put(tx, w.Backend.Name, w.Client.(*client).token)
				})
			}
		}, "secrets", "shown by the store"},
	} {
		t.Run(c.name, func(t *testing.T) {
			in(t, func(t *testing.T) {
				s := &spy{TB: t, part: c.part}
				connectortest.Connector(s, func(testing.TB) connectortest.Site {
					shop := newSignShop()
					shop.change = c.change
					return shop.site()
				})
				s.caught(c.words)
			})
		})
	}
}

var tokens = store.NewBucket[string, string]("test.tokens", store.StringKey())
