package coffee

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"crema/connectors"
	"crema/connectors/coffee/alarms"
	"crema/connectors/coffee/busy"
	"crema/connectors/coffee/ledger"
	"crema/connectors/coffee/stock"
	"crema/device"
	"crema/store"
)

// Backend is the running side of one machine: its configuration, the link that owns
// its line, and what the page shows of it without asking the machine.
type Backend struct {
	cfg     config
	record  connectors.Backend // what it was made for
	d       *deps
	machine device.Machine // its methods that talk are the link's alone
	link    *device.Link
	wires   device.Wires // nil: it has none
	log     *slog.Logger

	mu    sync.Mutex
	snap  Snapshot
	water waterWatch

	// tested tells that a test was good since the program started.
	tested atomic.Bool

	alarms *alarms.Flow
	stock  *stock.Flow
	busy   *busy.Watch

	// What the link's goroutine remembers of this connection. Lost, it is read again.
	id           device.Identity
	connected    ledger.When // when it was
	unsettled    bool        // something may have been begun and not ended: see settle
	clockSet     bool        // the machine's clock was set, or was right
	untested     bool        // nobody was asked yet to test the backend with it
	lastCounters ledger.When // the last good reading of the counters, new or not
	levelsAt     time.Time
	lockedAt     time.Time

	// What the Odoo side remembers between two bookings; all of it can be read again.
	shopMu    sync.Mutex
	shopCache *shop
	sessionID int64
	sessionOf string    // the machine that its note names
	closedFor time.Time // the closing time that was dealt with last
}

// Snapshot is what is known of a machine without asking it.
type Snapshot struct {
	Health   device.LinkHealth
	Status   device.Status
	Levels   []device.Level
	StatusAt time.Time // of the last good poll; zero before the first
	CupsAt   time.Time // when the cups were last read without an error
}

// attached is which machine a backend's line led to last.
type attached struct {
	Model  string `json:"model"`
	Serial string `json:"serial"`
}

var attachments = store.NewBucket[string, attached]("coffee.attached", store.StringKey())

// newBackend makes the running side of a backend. It does no I/O.
func newBackend(d *deps, w *connectors.Work, m device.Machine) *Backend {
	b := &Backend{cfg: configOf(w.Backend), record: w.Backend, d: d, machine: m, wires: wiresOf(m), log: w.Logger}
	b.alarms, b.stock, b.busy = b.newAlarms(), b.newStock(), busy.New(b.busyDeps())
	b.link = device.NewLink(m, device.LinkOptions{
		Poll: b.cfg.Poll, OnConnect: b.onConnect, OnPoll: b.onPoll, OnEvent: b.onEvent, Alive: d.alive(w.Backend.Name), Logger: b.log})
	return b
}

// run owns the machine's line and its wires, and watches Odoo where that is asked for, until ctx ends.
func (b *Backend) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	b.dropCalibration(ctx)
	var watch sync.WaitGroup
	watch.Go(func() { b.busy.Run(ctx) })
	watch.Go(func() { b.watchSilence(ctx) })
	watch.Go(func() { b.awaitTrust(ctx) })
	if b.wires != nil {
		watch.Go(func() { b.runWires(ctx) })
	}
	defer watch.Wait()
	defer cancel()
	return b.link.Run(ctx)
}

// identity is the machine that the backend's line led to last; false before the
// first connection ever.
func (b *Backend) identity(tx *store.Tx) (model, serial string, ok bool) {
	a, ok, err := attachments.Get(tx, b.cfg.Name)
	return a.Model, a.Serial, ok && err == nil
}

// binder is that of the drinks in this backend's slots.
func (b *Backend) binder() connectors.Binder { return slotBinder(b.cfg.Name) }

func slotBinder(backend string) connectors.Binder {
	return connectors.NewBinder(backend, ModelProduct)
}

// boundDrink is the product bound to a slot, 0 for none.
func boundDrink(tx *store.Tx, backend string, slot int) (int64, error) {
	id, _, err := slotBinder(backend).ToOdoo(tx, strconv.Itoa(slot))
	if err != nil {
		return 0, fmt.Errorf("read the binding of slot %d of %s: %w", slot, backend, err)
	}
	return id, nil
}

// Snapshot is what was known at the last poll. It asks nobody and is safe for
// concurrent use.
func (b *Backend) Snapshot() Snapshot {
	b.mu.Lock()
	defer b.mu.Unlock()
	s := b.snap
	s.Health = b.link.Health()
	return s
}
