package coffee

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"crema/connectors"
	"crema/connectors/coffee/alarms"
	"crema/connectors/coffee/ledger"
	"crema/connectors/connectortest"
	"crema/device"
	"crema/queue"
	"crema/store"
)

// heardKind is the job of a listener: what it heard, durable as the fact itself.
var heardKind = queue.Kind[string]{Name: "test.heard", Describe: func(s string) string { return s }}

// note has each event of a topic noted as a job, in a text.
func note[E any](ev *connectors.Events, topic connectors.Topic[E], text func(connectors.Event[E]) string) {
	connectors.Listen(ev, topic, Coffee, "note", func(_ *store.Tx, e connectors.Event[E], out *connectors.Outbox) error {
		return connectors.Enqueue(out, heardKind, topic.String()+": "+text(e), queue.Options{})
	})
}

// heard is what was noted, in its order.
func (w *world) heard() (all []string) {
	w.t.Helper()
	w.view(func(tx *store.Tx) error {
		list, _, err := w.b.d.Queue.List(tx, queue.Filter{Kind: heardKind.Name, Limit: 10_000})
		for _, job := range list {
			all = append(all, job.Description)
		}
		return err
	})
	return all
}

// TestCupsArePublishedOnce: whenever the process is killed, each cup of the ledger was
// published once, in the order of the ledger, together with its own commit.
func TestCupsArePublishedOnce(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, w *world) {
		w.listen = func(ev *connectors.Events) {
			note(ev, CupMade, func(e connectors.Event[ledger.Cup]) string {
				if e.Origin != "kitchen" || e.Backend.Name != "kitchen" || !e.At.Equal(e.Data.Time) || e.Trust != e.Data.TimeTrust {
					t.Errorf("event %+v", e)
				}
				return e.Data.Key
			})
			connectors.Listen(ev, CupMade, nil, "bad", func(*store.Tx, connectors.Event[ledger.Cup], *connectors.Outbox) error { panic("bad") })
		}
		w.boot()
		w.open()
		for fuse := range 40 {
			w.m.Buy(fuse % 8)
			w.m.Buy(2)
			w.fuse.set(fuse % 15)
			if err := w.poll(); w.fuse.isBlown() && err == nil {
				t.Fatal("a dead process polls")
			}
			if w.fuse.isBlown() {
				w.boot()
			}
			w.clock.pass(1e10)
		}
		w.fuse.set(-1)
		w.work()
		var want []string
		for _, c := range w.cups() {
			want = append(want, "cup made: "+c.Key)
		}
		if got := w.heard(); len(want) != 80 || !slices.Equal(got, want) {
			t.Errorf("of %d cups these were published: %q", len(want), got)
		}
		if n := len(w.checkpoints(connectors.ReasonListenerFailed)); n != 1 {
			t.Errorf("%d checkpoints about the listener that panics, want 1", n)
		}
	})
}

// TestAlarmsArePublishedOnce: raised and cleared once each, over restarts of both sides,
// and a poll that finds nothing new writes nothing.
func TestAlarmsArePublishedOnce(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, w *world) {
		text := func(e connectors.Event[alarms.Alarm]) string {
			return fmt.Sprintf("%s/%s %d %s %s", e.Data.Model, e.Data.Serial, e.Data.Code, e.Data.Severity, e.Data.Text)
		}
		w.listen = func(ev *connectors.Events) {
			note(ev, AlarmRaised, text)
			note(ev, AlarmCleared, text)
		}
		w.boot()
		w.open()
		water := device.Alarm{Code: 3, Severity: device.SeverityFault, Text: "no water"}
		drip := device.Alarm{Code: 7, Severity: device.SeverityWarning, Text: "drip tray"}
		var want []string
		for _, step := range []struct {
			set  []device.Alarm
			want []string
		}{
			{[]device.Alarm{water}, []string{"machine alarm raised: %s 3 fault no water"}},
			{[]device.Alarm{water, drip, drip}, []string{"machine alarm raised: %s 7 warning drip tray"}},
			{[]device.Alarm{drip}, []string{"machine alarm cleared: %s 3 fault no water"}},
			{[]device.Alarm{water}, []string{"machine alarm cleared: %s 7 warning drip tray", "machine alarm raised: %s 3 fault no water"}},
			{nil, []string{"machine alarm cleared: %s 3 fault no water"}},
		} {
			w.m.alarms = step.set
			for fuse := range 30 { // killed anywhere, again and again
				w.fuse.set(fuse)
				w.poll()
				if w.fuse.isBlown() {
					w.boot()
				}
			}
			w.fuse.set(-1)
			w.work()
			for _, s := range step.want {
				want = append(want, fmt.Sprintf(s, w.m.model+"/"+w.m.serial))
			}
			if got := w.heard(); !slices.Equal(got, want) {
				t.Fatalf("published %q, want %q", got, want)
			}
			commits := w.store.Stats().Commits
			for range 10 {
				if err := w.poll(); err != nil {
					t.Fatal(err)
				}
			}
			if n := w.store.Stats().Commits; n != commits {
				t.Errorf("ten polls that found nothing new made %d commits", n-commits)
			}
		}
	})
}

// TestSlotsArePublishedWhenReadBack: what crema wrote comes from nobody, what was changed
// at the panel from the machine.
func TestSlotsArePublishedWhenReadBack(t *testing.T) {
	both(t, func(t *testing.T, w *world) {
		w.listen = func(ev *connectors.Events) {
			note(ev, SlotWritten, func(e connectors.Event[connectors.RecordEvent[Held]]) string {
				s := e.Data.Record.Slot
				return fmt.Sprintf("%s %q of %q: %q at %d", e.Data.ID, e.Data.Fields, e.Origin, s.Name, s.Price.Amount)
			})
		}
		w.boot()
		w.open()
		if got := w.heard(); len(got) > 0 {
			t.Fatalf("the first reading is published: %q", got)
		}
		w.want(2, 102, 250, true)
		for fuse := range 60 {
			w.fuse.set(fuse)
			w.write(2)
			if w.fuse.isBlown() {
				w.boot()
			}
		}
		w.fuse.set(-1)
		if err := w.write(2); err != nil {
			t.Fatal(err)
		}
		want := []string{`slot written: 2 ["price"] of "": "Drink 102" at 250`}
		if !w.m.is1900() { // the 1900's panel changes no slot
			w.m.Edit(5, func(s *device.Slot) {
				s.Name, s.Price.Amount, s.Recipe = "Tea", 90, &device.Recipe{Water: 200}
			})
			want = append(want, `slot written: 5 ["name" "price" "recipe"] of "kitchen": "Tea" at 90`)
		}
		w.work()
		w.boot()
		w.work()
		if got := w.heard(); !slices.Equal(got, want) {
			t.Errorf("published %q, want %q", got, want)
		}
	})
}

// TestDrinksArePublishedByTheCatalogue: created, written with the fields that changed,
// deleted when archived, created again; and a catalogue without news tells nothing.
func TestDrinksArePublishedByTheCatalogue(t *testing.T) {
	w := newWorld(t, "2900")
	text := func(e connectors.Event[connectors.RecordEvent[Drink]]) string {
		if e.Origin != "" {
			t.Errorf("a drink of Odoo comes from %q", e.Origin)
		}
		return fmt.Sprintf("%s %q %s", e.Data.ID, e.Data.Fields, e.Data.Record.Name)
	}
	w.listen = func(ev *connectors.Events) {
		note(ev, DrinkCreated, text)
		note(ev, DrinkWritten, text)
		note(ev, DrinkDeleted, text)
	}
	w.boot()
	tea := Drink{Product: 1, Name: "Tea", Fitted: "Tea", Active: true, TaxIDs: []int64{1}, Price: device.Money{Amount: 100, Currency: "EUR"}}
	milk, dearTea, gone := tea, tea, tea
	milk.Product, milk.Name, milk.Fitted = 2, "Milk", "Milk"
	dearTea.Price.Amount, dearTea.TaxIDs = 110, []int64{1, 2}
	gone.Active = false
	for _, list := range [][]Drink{{tea, milk}, {tea, milk}, {dearTea, milk}, {gone, milk}, {gone, milk}, {}, {tea}} {
		r := &reading{all: true, news: list, seen: map[int64]bool{}}
		for _, d := range list {
			r.seen[d.Product] = true
		}
		w.update(func(tx *store.Tx) error { return w.b.storeDrinks(tx, r) })
	}
	want := []string{
		"product.product created: 1 [] Tea", "product.product created: 2 [] Milk", `product.product written: 1 ["price" "tax_ids"] Tea`,
		"product.product deleted: 1 [] Tea", "product.product deleted: 2 [] Milk", "product.product created: 1 [] Tea",
	}
	if got := w.heard(); !slices.Equal(got, want) {
		t.Errorf("published\n%q, want\n%q", got, want)
	}
}

// TestBookedCupsArePublished: each cup once, with its order; and a listener that fails
// keeps no cup from being booked.
func TestBookedCupsArePublished(t *testing.T) {
	k := newBooks(t)
	booked := connectortest.Record(t, k.b.d.Events, CupBooked)
	connectors.Listen(k.b.d.Events, CupBooked, nil, "bad", func(*store.Tx, connectors.Event[ledger.Cup], *connectors.Outbox) error { return errors.New("bad") })
	k.make(120, k.products[0], eur(219))
	k.work(0)
	k.wantStates(0, 120, 0)
	got := booked.Got()
	orders := k.erp.Orders()
	if len(got) != 120 || len(orders) != 120 {
		t.Fatalf("%d events of %d orders, want 120", len(got), len(orders))
	}
	for i, e := range got {
		if e.Data.UUID != orders[i].UUID || e.Data.OdooID != orders[i].ID || e.Data.State != ledger.Booked || e.Origin != "kitchen" {
			t.Fatalf("event %d is %+v, the order %+v", i, e, orders[i])
		}
	}
	k.update(func(tx *store.Tx) error { return k.b.book(tx, got[0].Data.Seq, 99) }) // again
	if n := len(booked.Got()); n != 120 {
		t.Errorf("a cup that is booked already is published again: %d events", n)
	}
	if c, ok := k.open()[connectors.ReasonListenerFailed]; !ok || c.Record != "bad" || c.Backend != "kitchen" {
		t.Errorf("nobody is told of the listener that fails: %+v", k.open())
	}
}

// TestCupThatNobodyHearsOf: publishing costs it one look into a map: not a byte of
// memory, and no reading.
func TestCupThatNobodyHearsOf(t *testing.T) {
	w := newWorld(t, "2900")
	w.update(func(tx *store.Tx) error {
		in := &intake{b: w.b, tx: tx}
		c := ledger.Cup{Key: "key", State: ledger.Seen}
		if n := testing.AllocsPerRun(100, func() {
			if err := in.publish(c); err != nil {
				t.Error(err)
			}
		}); n != 0 {
			t.Errorf("it allocates %v times", n)
		}
		return nil
	})
}

// TestEventsHaveTheirBackend: the record as it is stored, with its state and language.
func TestEventsHaveTheirBackend(t *testing.T) {
	w := newWorld(t, "2900")
	alarms := connectortest.Record(t, w.b.d.Events, AlarmRaised)
	stored := recordOf("kitchen", "2900", nil)
	stored.Language, stored.State, stored.FromFile = "de_DE", connectors.Production, true
	w.update(func(tx *store.Tx) error { return connectors.Backends{}.Sync(tx, []connectors.Backend{stored}) })
	w.open()
	w.m.alarms = []device.Alarm{{Code: 1}}
	w.work()
	if got := alarms.Got(); len(got) != 1 || !reflect.DeepEqual(got[0].Backend, stored) || !got[0].At.Equal(w.clock.wall) || got[0].Trust != w.clock.trust || !got[0].Data.Since.Equal(w.clock.wall) {
		t.Errorf("published %+v", got)
	}
}
