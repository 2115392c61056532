package coffee

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"crema/connectors"
	"crema/connectors/coffee/ledger"
	"crema/connectors/odoo"
	"crema/device"
	"crema/queue"
	"crema/store"
	"crema/store/storetest"
)

// small bounds a store that is opened, copied and broken often: the room that it takes ahead
// goes by that.
const small = 32 << 20

// errDead is what everything answers after the fuse has blown: the process is gone.
var errDead = errors.New("the process was killed")

// world is a board with one machine, in one goroutine, whose process can be killed
// between any two things that it does: before and after each call to the machine,
// before and after each commit. What the machine did stays done, what was committed
// stays committed, all else is gone.
type world struct {
	t        testing.TB
	path     string
	store    *store.Store
	b        *Backend
	machines *Machines
	m        *fakeMachine
	clock    *testClock
	version  string

	fuse    fuse
	listen  func(*connectors.Events) // each boot; may be nil
	meddle  func()                   // customers and others, before each call to the machine
	onLine  bool                     // connected
	pouring bool                     // crema is about to start a cup

	client   *odoo.Client // nil: there is no Odoo
	language string

	disk         atomic.Pointer[error] // of every commit; nil: it works
	restorations int                   // how often the store was found to be an older one
}

// A fuse blows after so many events, and the process is dead from then on. The store has
// events of its own, on its own goroutine: it moves its log.
type fuse struct {
	mu    sync.Mutex
	left  int // events until it blows, the one at which it does among them; 0: it never does
	blown bool
}

// set has the fuse blow at the event after n more, and never if n is -1.
func (f *fuse) set(n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.left = n + 1
}

// renew puts in a new one, that never blows.
func (f *fuse) renew() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.left, f.blown = 0, false
}

// never says that the fuse was set to that.
func (f *fuse) never() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.left == 0
}

func (f *fuse) blow() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.blown = true
}

func (f *fuse) isBlown() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.blown
}

// event is a moment at which the process can die.
func (f *fuse) event() error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.left == 1 {
		f.blown = true
	} else if f.left > 1 {
		f.left--
	}
	if f.blown {
		return errDead
	}
	return nil
}

func newWorld(t testing.TB, version string) *world {
	w := &world{t: t, path: filepath.Join(storetest.Memory(t), "crema.db"), version: version,
		clock: &testClock{wall: time.Date(2026, 5, 4, 8, 0, 0, 0, time.UTC), board: time.Hour, trust: ledger.TimeTrusted, boot: "boot-1"}}
	w.m = newFakeMachine(w, version)
	w.boot()
	t.Cleanup(func() { w.store.Close() })
	return w
}

// breakDisk has each commit from now on fail with err, or none if that is nil.
func (w *world) breakDisk(err error) {
	if err == nil {
		w.disk.Store(nil)
		return
	}
	w.disk.Store(&err)
}

func (w *world) diskError() error {
	if err := w.disk.Load(); err != nil {
		return *err
	}
	return nil
}

// boot starts the process on what the disk has.
func (w *world) boot() {
	w.t.Helper()
	if w.store != nil {
		w.store.Close() // its last commit is refused; as after a kill, nothing depends on it
	}
	w.fuse.renew()
	w.onLine = false
	s, err := store.OpenOrRestore(w.path, store.Options{Snapshots: w.path + ".snapshots", MaxSize: small, Stamp: func(*store.Tx) error { return errors.Join(w.diskError(), w.fuse.event()) }})
	if err != nil {
		w.t.Fatalf("open the store after a kill: %v", err)
	}
	w.store = s
	q, err := queue.New(s, w.clock, queue.Config{Channels: "root:4"})
	if err != nil {
		w.t.Fatal(err)
	}
	checkpoints := connectors.NewCheckpoints()
	events := connectors.NewEvents(q, checkpoints, nil)
	if w.listen != nil {
		w.listen(events)
	}
	w.view(func(tx *store.Tx) error {
		_, pending, err := store.PendingRestoration(tx)
		if pending {
			w.restorations++
		}
		return err
	})
	record := recordOf("kitchen", w.version, map[string]string{"pos": "Kitchen", "pos_category": "Coffee"})
	record.Language = w.language
	w.machines = newMachines(w.t, connectors.Environment{Store: s, Queue: q, Checkpoints: checkpoints, Events: events},
		Deps{
			Clock: w.clock, Odoo: w.client, Build: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
			Open: func(*connectors.Work) (device.Machine, error) { return w.m.driver(), nil },
		}, record)
	w.b = w.machines.backend(w.t, "kitchen")
}

// connect does what the link does after it has reached the machine.
func (w *world) connect() error {
	if w.onLine {
		return nil
	}
	id, err := w.m.Connect(w.t.Context())
	if err == nil {
		err = w.b.onConnect(w.t.Context(), w.m.driver(), id)
	}
	if w.onLine = err == nil; errors.Is(err, device.ErrRestarted) {
		w.b.onEvent(device.Event{Kind: device.EventRestarted})
	}
	return err
}

// on runs f on the connected machine, as the link's Do: a lost line ends the
// connection.
func (w *world) on(f func(context.Context, device.Machine) error) error {
	if err := w.connect(); err != nil {
		return err
	}
	err := f(w.t.Context(), w.m.driver())
	if away(err) || errors.Is(err, errDead) {
		w.onLine = false
	}
	if errors.Is(err, device.ErrRestarted) {
		w.b.onEvent(device.Event{Kind: device.EventRestarted})
	}
	return err
}

func (w *world) poll() error { return w.on(w.b.onPoll) }

// work polls until it goes well, through restarts of the machine and of the process.
func (w *world) work() {
	w.t.Helper()
	meddle := w.meddle
	w.meddle = nil
	defer func() { w.meddle = meddle }()
	for range 20 {
		if w.fuse.isBlown() {
			w.boot()
		}
		if w.poll() == nil && !w.b.unsettled {
			return
		}
	}
	w.t.Fatalf("no poll goes well: %v", w.poll())
}

func (w *world) update(f func(*store.Tx) error) {
	w.t.Helper()
	if err := w.store.Update(w.t.Context(), f); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) view(f func(*store.Tx) error) {
	w.t.Helper()
	if err := w.store.View(f); err != nil {
		w.t.Fatal(err)
	}
}

// open is the shop as Odoo has it: a drink in each slot, by the name that the slot
// bears, and the machine seen for the first time.
func (w *world) open() {
	w.t.Helper()
	w.work()
	w.update(func(tx *store.Tx) error {
		if err := shops.Put(tx, "kitchen", storedShop{"EUR", 2}); err != nil {
			return err
		}
		for s, slot := range w.m.slots {
			if err := w.addDrink(tx, int64(100+s), slot.Name); err != nil {
				return err
			}
			if err := w.b.binder().Bind(tx, connectors.Binding{OdooID: int64(100 + s), External: fmt.Sprint(s)}); err != nil {
				return err
			}
		}
		m, _, err := ledger.GetMachine(tx, w.m.model, w.m.serial)
		if err != nil {
			return err
		}
		return adoptFirstSight(tx, w.b, m)
	})
	w.work()
}

func (w *world) addDrink(tx *store.Tx, product int64, name string) error {
	return drinks.Put(tx, drinkKey{A: "kitchen", B: product}, Drink{Product: product, Name: name, Fitted: name, Active: true})
}

// want has the catalogue want a slot to hold a drink, bound to it.
func (w *world) want(slot int, product int64, price int64, enabled bool) {
	w.t.Helper()
	w.update(func(tx *store.Tx) error {
		d, _, err := drinks.Get(tx, drinkKey{A: "kitchen", B: product})
		if err != nil {
			return err
		}
		bound, err := boundDrink(tx, "kitchen", slot)
		if err != nil {
			return err
		}
		if bound != product {
			if bound != 0 {
				if err := w.b.binder().Unbind(tx, bound); err != nil {
					return err
				}
			}
			if err := w.b.binder().Unbind(tx, product); err != nil {
				return err
			}
			if err := w.b.binder().Bind(tx, connectors.Binding{OdooID: product, External: fmt.Sprint(slot)}); err != nil {
				return err
			}
		}
		return wants.Put(tx, slotKeyOf("kitchen", slot), Want{Product: product, Name: d.Fitted, Price: device.Money{Amount: price, Currency: "EUR"}, Enabled: enabled})
	})
}

// write is the slot's job.
func (w *world) write(slot int) error {
	return w.on(func(ctx context.Context, m device.Machine) error {
		_, err := w.b.makeSlot(ctx, m, slot, w.store.Update)
		return err
	})
}

// cups are the ledger's.
func (w *world) cups() (all []ledger.Cup) {
	w.t.Helper()
	w.view(func(tx *store.Tx) error {
		var err error
		all, _, err = ledger.List(tx, ledger.Filter{Limit: 1 << 30})
		return err
	})
	return all
}

func (w *world) checkpoints(reason string) (found []connectors.Checkpoint) {
	w.t.Helper()
	w.view(func(tx *store.Tx) error {
		all, _, err := w.b.d.Checkpoints.List(tx, connectors.CheckpointFilter{Reason: reason, Limit: 1 << 20})
		found = all
		return err
	})
	return found
}

// testClock is a clock that tests move.
type testClock struct {
	wall  time.Time
	board time.Duration
	trust string
	boot  string
}

func (c *testClock) Now() time.Time           { return c.wall }
func (c *testClock) Board() time.Duration     { return c.board }
func (c *testClock) Trusted() bool            { return c.trust != ledger.TimeUntrusted }
func (c *testClock) TrustName() string        { return c.trust }
func (c *testClock) BootID() string           { return c.boot }
func (c *testClock) Changed() <-chan struct{} { return nil }
func (c *testClock) pass(d time.Duration)     { c.wall, c.board = c.wall.Add(d), c.board+d }

// chance is a random number generator whose seed is told when a test fails.
func chance(t testing.TB, seed uint64) *rand.Rand {
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("seed %d: run again with CREMA_SEED=%d", seed, seed)
		}
	})
	return rand.New(rand.NewPCG(seed, 1900))
}
