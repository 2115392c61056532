package connectors_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"testing/synctest"

	"crema/connectors"
	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
	"crema/store/secret"
	"crema/store/storetest"
)

var probe = connectors.NewKind("probe")

var pollKind = queue.Kind[string]{Name: "probe.poll", Version: 1}

// hosted is a board with one connector, whose backends tell what runs of them.
type hosted struct {
	t     testing.TB
	store *store.Store
	queue *queuetest.Queue
	host  *connectors.Host

	mu     sync.Mutex
	events []string
}

// connector declares a flow and settings, and does nothing but tell.
func (h *hosted) connector() connectors.Connector {
	return connectors.Connector{
		Kind: probe, Versions: []*connectors.Kind{probe.Version("1"), probe.Version("2")}, Text: "Probe",
		Settings: []connectors.Setting{
			{Name: "port", Type: connectors.SettingPath, Required: true, Unique: "port", Example: "/dev/ttyACM0"},
			{Name: "poll", Type: connectors.SettingDuration, Default: "2s", Min: "200ms", Max: "1h"},
			{Name: "two", Type: connectors.SettingText, Versions: []string{"2"}},
			{Name: "password", Type: connectors.SettingSecret},
		},
		Flows: []connectors.Flow{
			{Name: "poll", Text: "read it", Schedule: "*/5 * * * *", Start: func(tx *store.Tx, b connectors.Backend, byHand bool) (queue.ID, error) {
				return queue.Enqueue(tx, h.queue.Queue, pollKind, b.Name, queue.Options{Backend: b.Name, PullForward: byHand})
			}},
			{Name: "two", Text: "what needs a setting", Schedule: "0 * * * *", Needs: "two", Versions: []string{"2"}, Start: func(tx *store.Tx, b connectors.Backend, byHand bool) (queue.ID, error) {
				return queue.Enqueue(tx, h.queue.Queue, pollKind, b.Name, queue.Options{Backend: b.Name, PullForward: byHand})
			}},
			{Name: "push", Unscheduled: "it starts by itself", Start: func(*store.Tx, connectors.Backend, bool) (queue.ID, error) { return 0, errors.New("no") }},
		},
		Run: func(ctx context.Context, w *connectors.Work) error {
			h.tell("begin", w.Backend.Name, w.Backend.Text("poll"))
			<-ctx.Done()
			h.tell("end", w.Backend.Name)
			return ctx.Err()
		},
	}
}

// newHosted opens a board; change makes its connector another one.
func newHosted(t testing.TB, change func(*connectors.Connector)) *hosted {
	t.Helper()
	h := &hosted{t: t, store: storetest.Open(t)}
	h.queue = queuetest.New(t, h.store)
	h.host = connectors.NewHost(&connectors.Environment{Store: h.store, Queue: h.queue.Queue, Registry: connectors.NewRegistry(),
		Checkpoints: connectors.NewCheckpoints(), Secrets: vault(t, h.store), Now: h.queue.Clock.Now})
	c := h.connector()
	if change != nil {
		change(&c)
	}
	h.host.Add(c)
	if err := h.host.Check(); err != nil {
		t.Fatal(err)
	}
	return h
}

// vault seals with a key of its own.
func vault(t testing.TB, s *store.Store) *secret.Vault {
	t.Helper()
	keys, err := secret.KeyFiles{Path: filepath.Join(t.TempDir(), "sealing.key")}.Open()
	if err != nil {
		t.Fatal(err)
	}
	return secret.NewVault(s, keys)
}

// run runs the host, until the test ends or it is stopped.
func (h *hosted) run() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := h.host.Run(ctx); !errors.Is(err, context.Canceled) {
			h.t.Errorf("Run = %v", err)
		}
	}()
	stop = sync.OnceFunc(func() { cancel(); <-done })
	h.t.Cleanup(stop)
	return stop
}

func (h *hosted) tell(words ...any) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.events = append(h.events, fmt.Sprintln(words...))
}

// want waits until all is still, and compares what was told since the last time.
func (h *hosted) want(events ...string) {
	h.t.Helper()
	synctest.Wait()
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range events {
		events[i] += "\n"
	}
	if !slices.Equal(h.events, events) {
		h.t.Errorf("told %q, want %q", h.events, events)
	}
	h.events = nil
}

func (h *hosted) change(f func(tx *store.Tx, l connectors.Backends) error) {
	h.t.Helper()
	update(h.t, h.store, func(tx *store.Tx) error { return f(tx, h.host.Backends()) })
}

func (h *hosted) put(b connectors.Backend) {
	h.t.Helper()
	h.change(func(tx *store.Tx, l connectors.Backends) error { return l.Put(tx, b) })
}

func (h *hosted) setState(name string, to ...connectors.BackendState) {
	h.t.Helper()
	for _, to := range to {
		h.change(func(tx *store.Tx, l connectors.Backends) error { return l.SetState(tx, name, to) })
	}
}

// started is when the flows of a backend were started last.
func (h *hosted) started(name string) (started map[string]connectors.Started) {
	h.t.Helper()
	view(h.t, h.store, func(tx *store.Tx) (err error) {
		started, err = h.host.Backends().Started(tx, name)
		return err
	})
	return started
}

// production makes a backend and brings it to production.
func (h *hosted) production(name string) {
	h.t.Helper()
	h.put(probeAt(name))
	h.setState(name, connectors.Checked, connectors.Production)
}

func probeAt(name string) connectors.Backend {
	return connectors.Backend{Name: name, Kind: probe.Version("1"), Settings: map[string]string{"port": "/dev/" + name}}
}

// open lists the open checkpoints about a backend: reason → message.
func (h *hosted) open(backend string) map[string]string {
	h.t.Helper()
	found := map[string]string{}
	view(h.t, h.store, func(tx *store.Tx) error {
		list, _, err := h.host.Checkpoints.List(tx, connectors.CheckpointFilter{State: connectors.CheckpointOpen, Limit: 100})
		for _, p := range list {
			if p.Backend == backend && p.Model == connectors.ModelBackend && p.Record == backend {
				found[p.Reason] = p.Message
			}
		}
		return err
	})
	return found
}

// in runs f with false time.
func in(t *testing.T, f func(t *testing.T)) { t.Helper(); synctest.Test(t, f) }
