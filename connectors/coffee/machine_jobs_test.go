package coffee

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"crema/connectors"
	"crema/connectors/coffee/ledger"
	"crema/device"
	"crema/device/sim"
	sim1900 "crema/device/sim/coffee1900"
	sim2900 "crema/device/sim/coffee2900"
	"crema/queue"
	"crema/store"
)

// jobs runs the queue of a rig until the test ends.
func (r *rig) jobs() {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { r.b.d.Queue.Run(ctx) })
	r.t.Cleanup(func() { cancel(); wg.Wait() })
}

// do enqueues a job and waits for its end.
func do[A any](r *rig, k queue.Kind[A], args A) queue.Info {
	r.t.Helper()
	var id queue.ID
	r.update(func(tx *store.Tx) (err error) {
		id, err = queue.Enqueue(tx, r.b.d.Queue, k, args, queue.Options{Backend: "kitchen"})
		return err
	})
	ctx, cancel := context.WithTimeout(r.t.Context(), 20*time.Second)
	defer cancel()
	info, err := r.b.d.Queue.Wait(ctx, id)
	if err != nil {
		r.t.Fatalf("job %s: %v (%+v)", id, err, info)
	}
	return info
}

// TestMachineJobs runs the jobs of a machine in a real queue on simulated machines.
func TestMachineJobs(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"1900", "2900"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			var m sim.Machine = sim1900.New(sim1900.Options{Brew: 30 * time.Millisecond})
			if version == "2900" {
				m = sim2900.New(sim2900.Options{Brew: 30 * time.Millisecond})
			}
			r := newRig(t, version, m, 0, 0)
			slots := m.Truth().Slots
			names := map[string]int64{slots[0].Name: 100, slots[1].Name: 101}
			r.adopt(names)
			r.update(func(tx *store.Tx) error {
				if err := r.b.binder().Bind(tx, connectors.Binding{OdooID: 101, External: "1"}); err != nil {
					return err
				}
				return wants.Put(tx, slotKeyOf("kitchen", 1), Want{Product: 101, Name: slots[1].Name, Price: device.Money{Amount: 333, Currency: "EUR"}, Enabled: true})
			})
			r.jobs()

			if _, err := m.Buy(sim.Order{Slot: 1, Payment: device.PaymentCard}); err != nil {
				t.Fatal(err)
			}
			if info := do(r, SlotKind, SlotArgs{Backend: "kitchen", Slot: 1}); info.State != queue.StateDone {
				t.Errorf("slot: %+v", info)
			}
			if got := m.Truth().Slots[1].Price.Amount; got != 333 {
				t.Errorf("the price is %d", got)
			}
			r.update(func(tx *store.Tx) error {
				bound, _, err := r.b.binder().Get(tx, 101)
				if bound.Fingerprint == "" || bound.Synced.IsZero() {
					t.Errorf("binding %+v", bound)
				}
				return err
			})
			made := len(m.Truth().Cups)
			if info := do(r, BrewKind, BrewArgs{Backend: "kitchen", Slot: 0, Token: "0123456789abcdef"}); info.State != queue.StateDone {
				t.Errorf("brew: %+v", info)
			}
			if info := do(r, BrewKind, BrewArgs{Backend: "kitchen", Slot: 0, Token: "0123456789abcdef"}); info.State != queue.StateDone {
				t.Errorf("the same cup again: %+v", info)
			}
			if n := len(m.Truth().Cups) - made; n != 1 {
				t.Errorf("%d cups were made, want 1", n)
			}
			if info := do(r, BrewKind, BrewArgs{Backend: "kitchen", Slot: 99, Token: "00000000000000aa"}); info.State != queue.StateFailed {
				t.Errorf("brew of no slot: %+v", info)
			}
			if m.Truth().Locked {
				t.Error("the panel is locked")
			}
			if info := do(r, ClockKind, FlowArgs{"kitchen"}); info.State != queue.StateDone || strings.Contains(info.Result, "is set") != (version == "2900") {
				t.Errorf("clock: %+v", info)
			}
			r.read()
			sure, doubtful := r.ledger(names)
			want := tally{fmt.Sprintf("%s at %d", slots[1].Name, slots[1].Price.Amount): 1, fmt.Sprintf("%s at 0", slots[0].Name): 1}
			if fmt.Sprint(sure) != fmt.Sprint(want) || doubtful != 0 {
				t.Errorf("the ledger has %v (%d in doubt), want %v", sure, doubtful, want)
			}
		})
	}
}

// TestBrewIsNotMadeLate: nobody waits for a cup that was asked for long ago, or before
// a crash.
func TestBrewIsNotMadeLate(t *testing.T) {
	for _, version := range []string{"1900", "2900"} {
		w := newWorld(t, version)
		w.open()
		job := &queue.Job[BrewArgs]{Args: BrewArgs{Backend: "kitchen", Slot: 1, Token: "0123456789abcdef"}}
		for _, c := range []struct {
			made  time.Time
			broke int
			want  string
		}{
			{w.clock.wall.Add(-time.Hour), 0, "too long ago"},
			{w.clock.wall, 1, "interrupted"},
			{w.clock.wall, 0, "away"}, // the link does not run
		} {
			job.Created, job.Interruptions = c.made, c.broke
			if _, err := w.b.brewJob(t.Context(), job); !queue.IsPermanent(err) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: brew = %v, want a permanent error about %q", version, err, c.want)
			}
		}
		job.Args.Token = "short"
		if _, err := w.b.brewJob(t.Context(), job); !queue.IsPermanent(err) {
			t.Errorf("a bad token: %v", err)
		}
	}
}

// TestTimes: entries without a time get one, and how far it can be trusted.
func TestTimes(t *testing.T) {
	day := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	at := ledger.When{Wall: day, Trust: ledger.TimeTrusted}
	entry := func(uptime time.Duration, when time.Time) device.Entry {
		return device.Entry{Uptime: uptime, Time: when}
	}
	hour := day.Add(-time.Hour)
	for _, c := range []struct {
		name    string
		entries []device.Entry
		at      ledger.When
		clock   string
		want    []string
	}{
		{"the machine's own, set by crema", []device.Entry{entry(9, hour)}, at, ledger.TimeTrusted, []string{"11:00:00 trusted"}},
		{"the machine's own, set by somebody", []device.Entry{entry(9, hour)}, at, "", []string{"11:00:00 estimated"}},
		{"none", []device.Entry{entry(9, time.Time{})}, at, ledger.TimeTrusted, []string{"12:00:00 estimated"}},
		{"none, and no time here", []device.Entry{entry(9, time.Time{})}, ledger.When{Wall: day, Trust: ledger.TimeUntrusted}, "", []string{"12:00:00 untrusted"}},
		{"by the next of the same boot", []device.Entry{entry(10*time.Second, time.Time{}), entry(70*time.Second, hour)}, at, ledger.TimeTrusted,
			[]string{"10:59:00 estimated", "11:00:00 trusted"}},
		{"not over a restart", []device.Entry{entry(80*time.Second, time.Time{}), entry(70*time.Second, hour)}, at, ledger.TimeTrusted,
			[]string{"12:00:00 estimated", "11:00:00 trusted"}},
		{"by the one before", []device.Entry{entry(10*time.Second, hour), entry(70*time.Second, time.Time{})}, at, ledger.TimeTrusted,
			[]string{"11:00:00 trusted", "11:01:00 estimated"}},
		{"from the future", []device.Entry{entry(9, day.AddDate(1, 0, 0))}, at, ledger.TimeTrusted, []string{"12:00:00 estimated"}},
	} {
		var got []string
		for _, e := range withTimes(c.entries, c.at, c.clock) {
			got = append(got, e.Time.Format(time.TimeOnly)+" "+e.trust)
		}
		if fmt.Sprint(got) != fmt.Sprint(c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}
