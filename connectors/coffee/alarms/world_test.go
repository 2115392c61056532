package alarms

import (
	"context"
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"crema/connectors"
	"crema/connectors/coffee/ledger"
	"crema/connectors/odoo"
	"crema/connectors/odoo/standin"
	"crema/device"
	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
	"crema/store/storetest"
)

const (
	botKey = "0123456789abcdef0123456789abcdef01234567"
	here   = "2900/29-1"
)

// tellKind is the job that tells Odoo.
var tellKind = queue.Kind[struct{}]{Name: "tell", Version: 1}

// world is a board that tells Odoo of one machine's alarms: a real queue on a real store, the
// real client and the stand-in. The machine is what the test says that it has set.
type world struct {
	t           *testing.T
	path        string
	clock       *queuetest.Clock
	erp         *standin.Server
	client      *odoo.Client
	store       *store.Store
	queue       *queuetest.Queue
	checkpoints *connectors.Checkpoints
	flow        *Flow
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, path: filepath.Join(storetest.Memory(t), "crema.db"), clock: queuetest.NewClock(time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC))}
	w.erp = standin.New(standin.Options{Key: botKey, Database: "prod", Now: w.clock.Now})
	server := httptest.NewServer(w.erp)
	t.Cleanup(server.Close)
	var err error
	if w.client, err = odoo.New(odoo.Config{URL: server.URL, Database: "prod", Key: func() (string, error) { return botKey, nil }, Timeout: 5 * time.Second}); err != nil {
		t.Fatal(err)
	}
	w.boot(nil)
	t.Cleanup(func() { w.store.Close() })
	return w
}

// boot starts the program on what the card has; stamp is in each commit.
func (w *world) boot(stamp func(*store.Tx) error) {
	w.t.Helper()
	var err error
	if w.store, err = store.Open(w.path, store.Options{Stamp: stamp}); err != nil {
		w.t.Fatal(err)
	}
	q, err := queue.New(w.store, w.clock, queue.Config{Channels: "root:1", Grace: time.Millisecond})
	if err != nil {
		w.t.Fatal(err)
	}
	w.queue, w.checkpoints = &queuetest.Queue{Queue: q, Clock: w.clock, Store: w.store}, connectors.NewCheckpoints()
	fact := func(*store.Tx, ledger.When, Alarm) error { return nil }
	ok := func(*store.Tx) error { return nil }
	w.flow = New(Deps{
		Backend: "kitchen", Store: w.store, Checkpoints: w.checkpoints, Odoo: w.client, Build: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
		Now: func() ledger.When {
			return ledger.When{Wall: w.clock.Now(), Trust: ledger.TimeTrusted, Board: w.clock.Board(), Boot: w.clock.BootID()}
		},
		Attached: func(*store.Tx) string { return here },
		Raised:   fact, Cleared: fact, Works: ok, Done: ok,
		Enqueue: func(tx *store.Tx, follows queue.ID, wait time.Duration) error {
			_, err := w.enqueue(tx, queue.Options{Follows: follows, Delay: wait})
			return err
		},
		KeyRefused: func(_ context.Context, _ Job, err error) error { return err },
	})
	queue.Register(q, tellKind, func(ctx context.Context, job *queue.Job[struct{}]) (queue.Done, error) {
		return w.flow.Tell(ctx, job.ID, job, func(context.Context) error { return queue.Snooze(device.ErrNotReady, time.Minute) })
	})
}

func (w *world) enqueue(tx *store.Tx, o queue.Options) (queue.ID, error) {
	o.IdentityKey = "alarms"
	return queue.Enqueue(tx, w.queue.Queue, tellKind, struct{}{}, o)
}

// start asks for Odoo to be told at once.
func (w *world) start() (id queue.ID) {
	w.t.Helper()
	w.queue.Update(w.t, func(tx *store.Tx) (err error) {
		id, err = w.enqueue(tx, queue.Options{PullForward: true})
		return err
	})
	return id
}

// set has the machine have these alarms set, as a poll finds them.
func (w *world) set(codes ...int) {
	w.t.Helper()
	if err := w.poll(codes...); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) poll(codes ...int) error {
	var alarms []device.Alarm
	for _, c := range codes {
		alarms = append(alarms, device.Alarm{Code: c, Severity: device.Severity(c % 3), Text: fmt.Sprintf("alarm <%d>", c)})
	}
	return w.flow.Keep(w.t.Context(), device.Identity{Model: "2900", Serial: "29-1"}, alarms)
}

// tell lets the jobs of some minutes run.
func (w *world) tell() {
	w.t.Helper()
	for range 3 {
		w.clock.Advance(2 * time.Minute)
		if err := w.queue.RunUntilIdle(w.t.Context()); err != nil {
			w.t.Fatal(err)
		}
	}
}

// open are the messages of the open checkpoints.
func (w *world) open() (messages []string) {
	w.t.Helper()
	if err := w.store.View(func(tx *store.Tx) error {
		messages = nil
		list, _, err := w.checkpoints.List(tx, connectors.CheckpointFilter{State: connectors.CheckpointOpen})
		for _, c := range list {
			messages = append(messages, c.Message)
		}
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
	return messages
}

// wantRequests compares what Odoo has: "code.number open" or "… done".
func (w *world) wantRequests(want ...string) {
	w.t.Helper()
	var got []string
	for _, r := range w.erp.Requests() {
		state := "open"
		if r.Done {
			state = "done"
		}
		got = append(got, strings.ReplaceAll(strings.TrimPrefix(r.External, "crema.alarm_2900_29-1_"), "_", ".")+" "+state)
	}
	if !slices.Equal(got, want) {
		w.t.Errorf("Odoo has %q, want %q; checkpoints %q", got, want, w.open())
	}
}
