package webhook_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"crema/connectors"
	"crema/connectors/coffee"
	"crema/connectors/coffee/ledger"
	"crema/connectors/webhook"
	"crema/device"
	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
	"crema/store/secret"
	"crema/store/storetest"
)

// The secret of all backends here, and its key, that of the vectors of Standard Webhooks.
const (
	sesame     = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	otherWords = "whsec_bm90IHRoZSBzZWNyZXQgdGhhdCBpdCB3YXM="
)

// board is a real store and queue with the connector on its host; it may be restarted.
type board struct {
	t      testing.TB
	dir    string
	keep   int
	clock  *queuetest.Clock
	log    syncBuffer
	store  *store.Store
	queue  *queue.Queue
	host   *connectors.Host
	vault  *secret.Vault
	stop   func()
	closed bool
}

func newBoard(t testing.TB) *board {
	b := &board{t: t, dir: storetest.Memory(t), keep: 100_000, clock: queuetest.NewClock(noon)}
	b.open()
	t.Cleanup(b.close)
	return b
}

var noon = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

func (b *board) open() {
	b.t.Helper()
	must := func(err error) {
		b.t.Helper()
		if err != nil {
			b.t.Fatal(err)
		}
	}
	var err error
	b.store, err = store.Open(filepath.Join(b.dir, "crema.db"), store.Options{MaxSize: 64 << 20})
	must(err)
	log := slog.New(slog.NewTextHandler(&b.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	b.queue, err = queue.New(b.store, b.clock, queue.Config{Channels: "root:4", Logger: log, Grace: time.Minute})
	must(err)
	keys, err := secret.KeyFiles{Path: filepath.Join(b.dir, "sealing.key")}.Open()
	must(err)
	b.vault = secret.NewVault(b.store, keys)
	points := connectors.NewCheckpoints()
	points.Now = b.clock.Now
	b.host = connectors.NewHost(&connectors.Environment{Store: b.store, Queue: b.queue, Registry: connectors.NewRegistry(), Checkpoints: points,
		Events: connectors.NewEvents(b.queue, points, log), Secrets: b.vault, Logger: log, Now: b.clock.Now})
	b.host.Add(webhook.NewKeeping(b.host, b.keep))
	must(b.host.Check())
	must(b.host.Sync(b.t.Context(), nil))
	b.stop = func() {}
	b.closed = false
}

func (b *board) close() {
	if b.closed {
		return
	}
	b.closed = true
	b.stop()
	if err := b.store.View(queue.Check); err != nil {
		b.t.Errorf("check of the queue: %v", err)
	}
	if err := b.store.Close(); err != nil {
		b.t.Error(err)
	}
}

// start runs the queue until stop, which waits for its end.
func (b *board) start() {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- b.queue.Run(ctx) }()
	b.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ended; err != nil {
			b.t.Errorf("Run = %v", err)
		}
	})
}

// drain does what can be done now.
func (b *board) drain() {
	b.t.Helper()
	if err := b.queue.Drain(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
}

// pass lets time go by, and does what can be done then.
func (b *board) pass(d time.Duration) {
	b.t.Helper()
	b.clock.Advance(d)
	b.drain()
}

func (b *board) update(f func(tx *store.Tx) error) {
	b.t.Helper()
	if err := b.store.Update(b.t.Context(), f); err != nil {
		b.t.Fatal(err)
	}
}

// put makes a draft with a secret.
func (b *board) put(name, url string, settings ...string) {
	b.t.Helper()
	values := map[string]string{"url": url, "timeout": "1s"}
	for i := 0; i < len(settings); i += 2 {
		values[settings[i]] = settings[i+1]
	}
	b.update(func(tx *store.Tx) error {
		return errors.Join(b.vault.Seal(tx, name, "secret", sesame),
			b.host.Backends().Put(tx, connectors.Backend{Name: name, Kind: webhook.Kind, Settings: values}))
	})
}

func (b *board) state(name string, to ...connectors.BackendState) {
	b.t.Helper()
	for _, to := range to {
		b.update(func(tx *store.Tx) error { return b.host.Backends().SetState(tx, name, to) })
	}
}

// production makes a backend and brings it to production.
func (b *board) production(name, url string, settings ...string) {
	b.t.Helper()
	b.put(name, url, settings...)
	b.state(name, connectors.Checked, connectors.Production)
}

// open lists the open checkpoints about a backend: reason → message.
func (b *board) points(backend string) map[string]string {
	b.t.Helper()
	found := map[string]string{}
	if err := b.store.View(func(tx *store.Tx) error {
		list, _, err := b.host.Checkpoints.List(tx, connectors.CheckpointFilter{Backend: backend, State: connectors.CheckpointOpen})
		for _, p := range list {
			found[p.Reason] = p.Message
		}
		return err
	}); err != nil {
		b.t.Fatal(err)
	}
	return found
}

// review reviews the only open checkpoint with a reason.
func (b *board) review(reason string) {
	b.t.Helper()
	n, err := b.host.Checkpoints.ReviewAll(b.t.Context(), b.store, connectors.CheckpointFilter{Reason: reason}, "Ann")
	if n != 1 || err != nil {
		b.t.Fatalf("review %s: %d, %v", reason, n, err)
	}
}

// jobs are those of a backend that have not ended, oldest first.
func (b *board) jobs(backend string) (open []queue.Info) {
	b.t.Helper()
	if err := b.store.View(func(tx *store.Tx) error {
		for f := (queue.Filter{Backend: backend, Limit: 1000}); ; {
			page, next, err := b.queue.List(tx, f)
			for _, i := range page {
				if !i.State.Terminal() {
					open = append(open, i)
				}
			}
			if f.After = next; next == 0 || err != nil {
				return err
			}
		}
	}); err != nil {
		b.t.Fatal(err)
	}
	return open
}

// cup is the n-th cup of a machine.
func cup(n int) ledger.Cup {
	key := fmt.Sprintf("crema/2900/29-1/%d", n)
	return ledger.Cup{Seq: uint64(n), Key: key, UUID: ledger.OrderUUID(key), Backend: "kitchen", Model: "2900", Serial: "29-1", Number: uint64(n),
		Slot: 3, Kind: device.CupSale, Product: 41, SlotName: "Espresso", Price: device.Money{Amount: 230, Currency: "EUR"}, Payment: device.PaymentBadge, Badge: "4711-badge",
		Time: noon.Add(time.Duration(n) * time.Second), TimeTrust: ledger.TimeTrusted, State: ledger.Seen}
}

var kitchen = connectors.Backend{Name: "kitchen", Kind: coffee.Coffee2900}

// made publishes the making of cups, in one commit.
func (b *board) made(numbers ...int) {
	b.t.Helper()
	b.update(func(tx *store.Tx) error {
		for _, n := range numbers {
			if err := publishCup(tx, b, coffee.CupMade, cup(n)); err != nil {
				return err
			}
		}
		return nil
	})
}

func publishCup(tx *store.Tx, b *board, topic connectors.Topic[ledger.Cup], c ledger.Cup) error {
	from := kitchen
	from.Name = c.Backend
	return connectors.PublishFact(tx, b.host.Events, topic, connectors.Event[ledger.Cup]{Backend: from, Origin: c.Backend, At: c.Time, Trust: c.TimeTrust, Data: c})
}

func idOf(n int) string { return cup(n).UUID + "-made" }

// syncBuffer is a bytes.Buffer for several goroutines.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
