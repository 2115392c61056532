package coffee

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"crema/connectors"
	"crema/connectors/coffee/ledger"
	"crema/connectors/odoo/standin"
	"crema/device"
	"crema/queue"
	"crema/store"
)

// reconciled compares the books by the flow and returns what it said.
func (k *books) reconciled() string {
	k.t.Helper()
	id := k.start("reconcile")
	if err := k.queue.RunUntilIdle(k.t.Context()); err != nil {
		k.t.Fatal(err)
	}
	i := k.queue.Info(k.t, id)
	if i.State != queue.StateDone {
		k.t.Fatalf("the comparison is %s: %s", i.State, i.Error)
	}
	return i.Result
}

func (k *books) accept(reason string) {
	k.t.Helper()
	c, is := k.open()[reason]
	if !is {
		k.t.Fatalf("no checkpoint %q is open", reason)
	}
	k.update(func(tx *store.Tx) error {
		return k.b.d.Checkpoints.Review(tx, c.ID, "anna")
	})
}

// While Odoo is away no books are gone through: the job waits, and compares when Odoo is back.
func TestReconcileWaitsForOdoo(t *testing.T) {
	k := newBooks(t)
	k.make(3, k.products[0], eur(219))
	k.work(0)
	k.erp.Fail(standin.Rule{Fault: standin.DatabaseDown})
	calls := k.erp.Calls("pos.order/search_read")
	id := k.start("reconcile")
	k.work(3)
	if i := k.queue.Info(t, id); i.State != queue.StatePending || i.Attempt != 0 || k.erp.Calls("pos.order/search_read") != calls {
		t.Errorf("with Odoo away: %+v, asked for orders %d times", i, k.erp.Calls("pos.order/search_read")-calls)
	}
	k.erp.Heal()
	k.work(1)
	if i := k.queue.Info(t, id); i.State != queue.StateDone || !strings.Contains(i.Result, "3 cups compared") {
		t.Errorf("with Odoo back: %+v", i)
	}
}

// What somebody deletes or cancels in Odoo is found, by drink, until it is there again or
// taken as it is; what was never booked is no difference. A night without news is one call
// about orders.
func TestReconcileWithOdoo(t *testing.T) {
	k := newBooks(t)
	k.make(30, k.products[0], eur(219))
	k.work(0)
	calls := k.erp.Calls("pos.order/search_read")
	if said := k.reconciled(); !strings.Contains(said, "30 cups compared") || !strings.Contains(said, "all agree") {
		t.Errorf("books that agree: %s", said)
	}
	if n := k.erp.Calls("pos.order/search_read") - calls; n != 1 {
		t.Errorf("a comparison made %d calls, want 1", n)
	}

	orders := k.erp.Orders()
	k.erp.Set("pos.order", orders[3].ID, standin.Values{"state": "cancel"})
	k.erp.Delete("pos.order", orders[7].ID)
	k.reconciled()
	if m := k.open()[reasonReconcile].Message; !strings.Contains(m, `: 2 cups that were booked are not in Odoo any more, made from 2026-06-01`) {
		t.Errorf("two that are gone are told as %q", m)
	}
	k.erp.Set("pos.order", orders[3].ID, standin.Values{"state": "paid"})
	k.reconciled()
	if m := k.open()[reasonReconcile].Message; !strings.Contains(m, `: 1 cup that was booked is not in Odoo any more, made at 2026-`) {
		t.Errorf("one that is gone is told as %q", m)
	}
	k.accept(reasonReconcile)
	k.reconciled()
	if c, is := k.open()[reasonReconcile]; is {
		t.Errorf("what was taken as it is is told again: %s", c.Message)
	}

	// Long after, only what is new is asked about, and what was gone and nobody looked at.
	k.erp.Delete("pos.order", orders[9].ID)
	k.reconciled()
	k.queue.Clock.Advance(7 * 24 * time.Hour)
	if said := k.reconciled(); !strings.Contains(said, "29 cups compared") && !strings.Contains(said, "30 cups compared") {
		t.Errorf("the last look at the old ones: %s", said)
	}
	k.make(2, k.products[1], eur(190))
	k.work(0)
	if said := k.reconciled(); !strings.Contains(said, "3 cups compared") {
		t.Errorf("a week later: %s", said)
	}
	k.accept(reasonReconcile)
	if said := k.reconciled(); !strings.Contains(said, "2 cups compared") || !strings.Contains(said, "all agree") {
		t.Errorf("after the review: %s", said)
	}

	// A cup that waits for long is asked about when it is booked.
	heal := k.erp.Fail(standin.Rule{Fault: standin.Refuse, Call: "pos.order/sync_from_ui"})
	k.make(1, k.products[2], eur(150))
	k.work(3)
	k.queue.Clock.Advance(7 * 24 * time.Hour)
	if said := k.reconciled(); !strings.Contains(said, "1 waits to be booked") || !strings.Contains(said, "all agree") {
		t.Errorf("a cup that waits: %s", said)
	}
	heal()
	k.accept(ledger.ReasonRefused)
	k.work(3)
	k.erp.Delete("pos.order", k.erp.Orders()[len(k.erp.Orders())-1].ID)
	k.reconciled()
	if m := k.open()[reasonReconcile].Message; !strings.Contains(m, `: 1 cup that was booked is not in Odoo any more, made at 2026-`) {
		t.Errorf("a cup booked late and gone is told as %q", m)
	}
}

// count is the machine's side of a comparison, as the job does it.
func (w *world) countBooks() map[int]int64 {
	w.t.Helper()
	var now counted
	if err := w.on(func(ctx context.Context, m device.Machine) (err error) {
		now, err = w.b.countAll(ctx, m)
		return err
	}); err != nil {
		w.t.Fatal(err)
	}
	var more map[int]int64
	w.update(func(tx *store.Tx) error {
		m, err := w.b.attachedMachine(tx)
		if err != nil {
			return err
		}
		r, _, err := reconciledMachines.Get(tx, m.Model+"/"+m.Serial)
		if err != nil {
			return err
		}
		r = r.clone()
		if err := r.count(tx, m, now); err != nil {
			return err
		}
		more = r.More
		return reconciledMachines.Put(tx, m.Model+"/"+m.Serial, r)
	})
	return more
}

// The machine's counters are held against what was read, through resets and rounds of the
// counters; a cup that the ledger lacks is found, in its slot.
func TestReconcileWithTheMachine(t *testing.T) {
	for _, version := range []string{"1900", "2900"} {
		t.Run(version, func(t *testing.T) {
			w := newWorld(t, version)
			w.open()
			if more := w.countBooks(); len(more) > 0 {
				t.Fatalf("at the beginning: %v", more)
			}
			rng := rand.New(rand.NewPCG(1, 2))
			for range 30 {
				for range rng.IntN(8) {
					w.m.Buy(rng.IntN(len(w.m.slots)))
				}
				w.clock.pass(time.Hour)
				if more := w.countBooks(); len(more) > 0 {
					t.Fatalf("cups that were all read: %v", more)
				}
			}
			// More than anybody can believe, and more than the journal holds.
			want := "map[3:20000]"
			if version == "1900" {
				w.m.n[3] += 20_000
			} else {
				want = "map[3:44]"
				for range 300 {
					w.m.Buy(3)
				}
			}
			if more := fmt.Sprint(w.countBooks()); more != want {
				t.Errorf("cups that were not read are %s, want %s", more, want)
			}
			name := w.m.model + "/" + w.m.serial
			w.update(func(tx *store.Tx) error {
				return w.b.acceptBooks(tx, connectors.Checkpoint{Backend: "kitchen", Model: ModelMachine, Record: name})
			})
			if more := w.countBooks(); len(more) > 0 {
				t.Errorf("after it was accepted: %v", more)
			}
		})
	}
}

// Counters that go round are compared all the same.
func TestCountersGoRound(t *testing.T) {
	for _, c := range []struct {
		now, from, cups, modulus uint64
		want                     int64
	}{{5, 65530, 11, 1 << 16, 0}, {5, 65530, 10, 1 << 16, 1}, {5, 65530, 12, 1 << 16, -1}, {3, 1<<32 - 2, 5, 1 << 32, 0}, {100, 100, 1 << 16, 1 << 16, 0}} {
		if got := signed(c.now-c.from-c.cups, c.modulus); got != c.want {
			t.Errorf("%+v: %d", c, got)
		}
	}
}

// A cup that is read after the counters were is none of theirs, be it the first comparison.
func TestReconcileAtOneMoment(t *testing.T) {
	w := newWorld(t, "2900")
	w.open()
	for range 2 {
		var now counted
		if err := w.on(func(ctx context.Context, m device.Machine) (err error) {
			now, err = w.b.countAll(ctx, m)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		w.m.Buy(2)
		w.clock.pass(time.Hour)
		w.work()
		w.update(func(tx *store.Tx) error {
			m, err := w.b.attachedMachine(tx)
			if err != nil {
				return err
			}
			name := m.Model + "/" + m.Serial
			r, _, err := reconciledMachines.Get(tx, name)
			r = r.clone()
			if err == nil {
				err = r.count(tx, m, now)
			}
			if len(r.More) > 0 {
				t.Errorf("counted %v more", r.More)
			}
			return errors.Join(err, reconciledMachines.Put(tx, name, r))
		})
	}
	if more := w.countBooks(); len(more) > 0 {
		t.Errorf("in the end: %v", more)
	}
}
