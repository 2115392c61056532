package busy

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"crema/connectors"
	"crema/connectors/coffee/ledger"
	"crema/connectors/odoo"
	"crema/store"
)

// How often is looked whether Odoo is busy, how often it is asked for that alone, how often is kept that it still is, and
// how long nobody may have looked before it is not known any more that it was all the time.
const (
	lookEvery  = 5 * time.Second
	probeEvery = 30 * time.Second
	keepEvery  = time.Minute
	longestGap = 2 * time.Minute
)

// Settings are those of a coffee when Odoo is busy.
type Settings struct {
	Enabled bool
	Slower  time.Duration // an answer that takes longer counts as busy
	For     time.Duration // how long it must last
	Drink   string        // default_code
	Every   time.Duration // between two cups
}

// state is what is kept of it, by board time: a wrong clock, and one that jumps, pour nothing.
type state struct {
	Busy  bool          `json:"busy,omitempty"`
	Since time.Duration `json:"since,omitempty"` // Odoo was first seen busy, and was at each look after that
	Seen  time.Duration `json:"seen,omitempty"`  // and seen so last, to keepEvery
	Boot  string        `json:"boot,omitempty"`  // the kernel's; over a reboot nobody looked
	// Paused tells that no cup is poured until Every has passed since Poured: it was the last cup, or an older snapshot
	// does not know of the last one.
	Paused bool          `json:"paused,omitempty"`
	Poured time.Duration `json:"poured,omitempty"`
	Token  string        `json:"token,omitempty"` // of the last cup
}

var states = store.NewBucket[string, state]("coffee.busy", store.StringKey())

// reasonDrink is the checkpoint of a coffee that can't be poured, as there is no such drink.
const reasonDrink = "busy_drink"

// Deps is whose watch it is, and what it stands on.
type Deps struct {
	Settings
	Backend     string // its name
	Store       *store.Store
	Checkpoints *connectors.Checkpoints
	Odoo        *odoo.Client
	Now         func() ledger.When
	Log         *slog.Logger

	// NotReady says why the machine can't be asked for a cup now; "" where it can.
	NotReady func(*store.Tx) string
	// Slot is the one that is switched on and holds the drink to pour, and the drink's product; 0:
	// there is none.
	Slot func(*store.Tx) (slot int, product int64, err error)
	// Brew asks for a cup in this commit, and NotMade tells whether it is known that the cup of a
	// token was not made.
	Brew    func(tx *store.Tx, slot int, product int64) (token string, err error)
	NotMade func(tx *store.Tx, token string) (bool, error)
}

// Watch looks whether Odoo is busy for one backend. Its methods are safe for concurrent use, but
// for Run and Look, of which one is under way at a time.
type Watch struct{ d Deps }

// New makes the watch of a backend. It does no I/O.
func New(d Deps) *Watch { return &Watch{d} }

// Run pours a coffee when Odoo is busy for too long, until ctx ends. It asks Odoo the cheapest question while
// nobody else does: what is not called is not known to be busy.
func (w *Watch) Run(ctx context.Context) {
	if !w.d.Enabled {
		return
	}
	var asking sync.WaitGroup
	defer asking.Wait()
	turn := make(chan struct{}, 1)
	turn <- struct{}{}
	look, probe := time.NewTicker(min(lookEvery, w.d.For)), time.NewTicker(max(min(probeEvery, w.d.For/2), lookEvery))
	defer look.Stop()
	defer probe.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-probe.C:
			select {
			case <-turn:
				asking.Go(func() {
					_, _ = w.d.Odoo.Whoami(ctx) // the client's status has what came of it
					turn <- struct{}{}
				})
			default: // it waits for its answer
			}
		case <-look.C:
			if err := w.Look(ctx, w.isBusy(w.d.Odoo.Status())); err != nil && ctx.Err() == nil {
				w.d.Log.Error("a coffee while Odoo is busy", "error", err)
			}
		}
	}
}

// isBusy tells whether Odoo is unreachable, or slower than is taken for normal.
func (w *Watch) isBusy(s odoo.Status) bool {
	return s.State == odoo.StateDown || s.Latency > w.d.Slower
}

// Look keeps whether Odoo is busy, and asks for a cup when it is time for one. Where nothing changed nothing is written.
// Run calls it every few seconds.
func (w *Watch) Look(ctx context.Context, busy bool) error {
	at := w.d.Now()
	var due func(*store.Tx) error
	err := w.d.Store.View(func(tx *store.Tx) (err error) {
		due, err = w.step(tx, busy, at)
		return err
	})
	if err != nil || due == nil {
		return err
	}
	return w.d.Store.Update(ctx, func(tx *store.Tx) error {
		due, err := w.step(tx, busy, at)
		if err != nil || due == nil {
			return err
		}
		return due(tx)
	})
}

// step is what a look at Odoo leads to; nil: nothing.
func (w *Watch) step(tx *store.Tx, busy bool, at ledger.When) (func(*store.Tx) error, error) {
	s, _, err := states.Get(tx, w.d.Backend)
	if err != nil || !busy && !s.Busy {
		return nil, err
	}
	keep := func(tx *store.Tx) error { return states.Put(tx, w.d.Backend, s) }
	if !busy {
		s.Busy = false
		return keep, nil
	}
	unbroken := s.Busy && s.Boot == at.Boot && at.Board-s.Seen <= longestGap && at.Board >= s.Seen
	if !unbroken {
		s.Busy, s.Boot, s.Since, s.Seen = true, at.Boot, at.Board, at.Board
		return keep, nil
	}
	late := at.Board-s.Seen >= keepEvery
	s.Seen = at.Board
	next, err := w.next(tx, s)
	if err != nil {
		return nil, err
	}
	if at.Board < next || w.d.NotReady(tx) != "" {
		if late {
			return keep, nil
		}
		return nil, nil
	}
	slot, product, err := w.d.Slot(tx)
	if err != nil {
		return nil, err
	}
	if product == 0 {
		if !late && w.d.Checkpoints.IsOpen(tx, w.d.Backend, connectors.ModelBackend, w.d.Backend, reasonDrink) {
			return nil, nil
		}
		return func(tx *store.Tx) error {
			return errors.Join(keep(tx), w.tellPerson(tx))
		}, nil
	}
	return func(tx *store.Tx) error {
		s.Paused, s.Poured = true, at.Board
		var err error
		if s.Token, err = w.d.Brew(tx, slot, product); err != nil {
			return err
		}
		return errors.Join(keep(tx), w.d.Checkpoints.ResolveCheckpoint(tx, w.d.Backend, connectors.ModelBackend, w.d.Backend, reasonDrink))
	}, nil
}

// tellPerson says that there is no such drink.
func (w *Watch) tellPerson(tx *store.Tx) error {
	_, err := w.d.Checkpoints.OpenCheckpoint(tx, connectors.Checkpoint{
		Backend: w.d.Backend, Model: connectors.ModelBackend, Record: w.d.Backend, Reason: reasonDrink,
		Message: fmt.Sprintf("Odoo is busy, and no coffee is poured: %s. Correct busy.drink, or sell the drink on the machine.", w.noDrink())})
	return err
}

func (w *Watch) noDrink() string {
	return fmt.Sprintf("no slot that is switched on holds a drink with the internal reference %q", w.d.Drink)
}

// next is the board time before which no cup is poured, if Odoo stays busy. After one that the machine is known not to have
// made the next may follow soon.
func (w *Watch) next(tx *store.Tx, s state) (time.Duration, error) {
	next, pause := s.Since+w.d.For, w.d.Every
	if !s.Paused {
		return next, nil
	}
	notMade, err := false, error(nil)
	if s.Token != "" {
		notMade, err = w.d.NotMade(tx, s.Token)
	}
	if notMade {
		pause = min(pause, max(w.d.For, keepEvery))
	}
	return max(next, s.Poured+pause), err
}

// Still tells whether Odoo was busy at the last look.
func (w *Watch) Still(tx *store.Tx) (bool, error) {
	s, _, err := states.Get(tx, w.d.Backend)
	return s.Busy, err
}

// Pause has every one of these backends wait for its whole time before it pours again: an older snapshot does not know
// when it did last. board is the board time now.
func Pause(tx *store.Tx, backends []string, board time.Duration) error {
	for _, name := range backends {
		if err := states.Put(tx, name, state{Paused: true, Poured: board}); err != nil {
			return err
		}
	}
	return nil
}

// Forget deletes what is kept of a backend.
func Forget(tx *store.Tx, backend string) error { return states.Delete(tx, backend) }
