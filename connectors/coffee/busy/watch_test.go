package busy

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"crema/connectors"
	"crema/connectors/coffee/ledger"
	"crema/connectors/odoo"
	"crema/queue/queuetest"
	"crema/store"
	"crema/store/storetest"
)

// world is the watch of a board on a real store, whose machine is what the test says.
type world struct {
	t           *testing.T
	store       *store.Store
	clock       *queuetest.Clock
	boot        string
	checkpoints *connectors.Checkpoints
	watch       *Watch

	poured   []time.Duration // board time of each cup that was asked for
	notReady string
	product  int64 // in slot 3; 0: no slot has the drink
	failed   bool  // the last cup is known not to be made
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, store: storetest.Open(t), clock: queuetest.NewClock(time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)), boot: "a",
		checkpoints: connectors.NewCheckpoints(), product: 103}
	w.watch = New(Deps{
		Settings: Settings{Enabled: true, Slower: 10 * time.Second, For: 5 * time.Minute, Drink: "ESPRESSO", Every: 30 * time.Minute},
		Backend:  "kitchen", Store: w.store, Checkpoints: w.checkpoints, Log: slog.New(slog.DiscardHandler),
		Now:      func() ledger.When { return ledger.When{Wall: w.clock.Now(), Board: w.clock.Board(), Boot: w.boot} },
		NotReady: func(*store.Tx) string { return w.notReady },
		Slot:     func(*store.Tx) (int, int64, error) { return 3, w.product, nil },
		Brew: func(_ *store.Tx, slot int, product int64) (string, error) {
			if slot != 3 || product != 103 {
				t.Errorf("slot %d and product %d were asked for", slot, product)
			}
			w.poured, w.failed = append(w.poured, w.clock.Board()), false
			return fmt.Sprint("token ", len(w.poured)), nil
		},
		NotMade: func(_ *store.Tx, token string) (bool, error) {
			return w.failed && token == fmt.Sprint("token ", len(w.poured)), nil
		},
	})
	return w
}

// looks is Odoo busy, or not, for so long.
func (w *world) looks(busy bool, d time.Duration) {
	w.t.Helper()
	for range d / lookEvery {
		w.clock.Advance(lookEvery)
		if err := w.watch.Look(w.t.Context(), busy); err != nil {
			w.t.Fatal(err)
		}
	}
}

func (w *world) want(cups int, when string) {
	w.t.Helper()
	if len(w.poured) != cups {
		w.t.Fatalf("%s: %d cups were asked for, want %d", when, len(w.poured), cups)
	}
}

func (w *world) view() (v *View) {
	w.t.Helper()
	if err := w.store.View(func(tx *store.Tx) (err error) {
		v, err = w.watch.View(tx)
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
	return v
}

func (w *world) update(f func(*store.Tx) error) {
	w.t.Helper()
	if err := w.store.Update(w.t.Context(), f); err != nil {
		w.t.Fatal(err)
	}
}

// A cup is asked for after the time, at most as often as is said, and not for what passes by.
func TestLook(t *testing.T) {
	w := newWorld(t)
	commits := w.store.Stats().Commits
	w.looks(false, time.Hour)
	if n := w.store.Stats().Commits - commits; n != 0 {
		t.Errorf("%d commits while nothing happens", n)
	}
	w.looks(true, 4*time.Minute)
	w.looks(false, lookEvery)
	w.looks(true, 5*time.Minute-lookEvery)
	w.want(0, "busy for less than 5 minutes at a time")
	w.looks(true, 2*lookEvery)
	w.want(1, "5 minutes")
	w.looks(true, 29*time.Minute)
	w.want(1, "not 30 minutes after")
	w.looks(true, 2*time.Minute)
	w.want(2, "30 minutes after")
	w.boot = "b"
	w.looks(false, time.Minute)
	w.looks(true, 40*time.Minute)
	w.want(3, "busy again")
	commits = w.store.Stats().Commits
	w.looks(true, 10*time.Minute)
	if n := w.store.Stats().Commits - commits; n > 11 {
		t.Errorf("%d commits in 10 minutes of waiting", n)
	}
}

// Over a reboot, and while nobody looked, it is not known whether Odoo was busy: the time begins anew.
func TestNobodyLooked(t *testing.T) {
	w := newWorld(t)
	w.looks(true, 4*time.Minute)
	w.boot = "b"
	w.looks(true, 5*time.Minute)
	w.want(0, "5 minutes after a reboot, less a look")
	w.clock.Advance(longestGap + time.Minute)
	w.looks(true, 5*time.Minute)
	w.want(0, "5 minutes after nobody looked, less a look")
	w.clock.Jump(240 * time.Hour)
	w.looks(true, 2*lookEvery)
	w.want(1, "busy for 5 minutes")
}

// A cup that the machine is known not to have made is followed by the next after the time that Odoo must be busy.
func TestNotMade(t *testing.T) {
	w := newWorld(t)
	w.looks(true, 6*time.Minute)
	w.want(1, "the first")
	w.failed = true
	w.looks(true, 6*time.Minute)
	w.want(2, "the one in its place")
	w.looks(true, 20*time.Minute)
	w.want(2, "that one was made")
}

// What keeps the cup from being poured is on the page; a drink that there isn't is a checkpoint, until there is.
func TestNotPoured(t *testing.T) {
	w := newWorld(t)
	w.notReady = "the machine is not connected"
	w.looks(true, 10*time.Minute)
	w.want(0, "not ready")
	if v := w.view(); !v.Busy || v.Wait != w.notReady || v.Since.IsZero() || !v.Poured.IsZero() || v.Next.Sub(v.Since) != 5*time.Minute {
		t.Errorf("the page has %+v", v)
	}
	w.notReady, w.product = "", 0
	w.looks(true, 10*time.Minute)
	w.want(0, "no such drink")
	open := func() bool {
		is := false
		w.update(func(tx *store.Tx) error {
			is = w.checkpoints.IsOpen(tx, "kitchen", connectors.ModelBackend, "kitchen", reasonDrink)
			return nil
		})
		return is
	}
	if v := w.view(); !open() || !strings.Contains(v.Wait, `"ESPRESSO"`) {
		t.Errorf("nobody is told of the drink: %v, %+v", open(), v)
	}
	w.product = 103
	w.looks(true, lookEvery)
	w.want(1, "there is one")
	if v := w.view(); open() || v.Wait != "" || v.Poured.IsZero() {
		t.Errorf("after the cup: %v, %+v", open(), v)
	}
}

// After an older snapshot the whole time passes first, and what is kept of a backend can be forgotten.
func TestPause(t *testing.T) {
	w := newWorld(t)
	w.looks(true, 4*time.Minute)
	w.update(func(tx *store.Tx) error { return Pause(tx, []string{"kitchen"}, w.clock.Board()) })
	w.looks(true, 29*time.Minute)
	w.want(0, "a cup may have been poured of late")
	w.looks(true, 2*time.Minute)
	w.want(1, "30 minutes after")
	w.update(func(tx *store.Tx) error {
		if is, err := w.watch.Still(tx); !is || err != nil {
			t.Errorf("it is busy: %v, %v", is, err)
		}
		return Forget(tx, "kitchen")
	})
	if v := w.view(); v.Busy || !v.Poured.IsZero() {
		t.Errorf("the page has %+v", v)
	}
}

// An Odoo that can't be reached is busy, is asked at a modest rate, and nobody asks where it is switched off.
func TestRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		dials := 0
		client, err := odoo.New(odoo.Config{URL: "http://odoo.example.com", Key: func() (string, error) { return "key", nil },
			Dial: func(context.Context, string, string) (net.Conn, error) { dials++; return nil, errors.New("no route") }})
		if err != nil {
			t.Fatal(err)
		}
		w.watch.d.Odoo = client
		var are []bool
		for _, s := range []odoo.Status{client.Status(), {State: odoo.StateUp, Latency: 10 * time.Second}, {State: odoo.StateRefused},
			{State: odoo.StateUp, Latency: 11 * time.Second}, {State: odoo.StateDown}} {
			are = append(are, w.watch.isBusy(s))
		}
		if !slices.Equal(are, []bool{false, false, false, true, true}) {
			t.Errorf("busy are %v", are)
		}
		for _, on := range []bool{false, true} {
			w.watch.d.Enabled = on
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan struct{})
			go func() { w.watch.Run(ctx); close(ended) }()
			time.Sleep(10 * time.Minute)
			cancel()
			<-ended
			if on != (dials > 0) || dials > 21 || on != (len(w.poured) == 1) {
				t.Errorf("on %v: asked %d times in 10 minutes, %d cups", on, dials, len(w.poured))
			}
		}
	})
}
