package devicetest

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"testing"
	"time"

	"crema/device"
	"crema/device/sim"
)

// Open makes a driver that is not connected, and the simulated machine at the far end
// of its line as a [Wire]. faults and seed are for NewWire.
type Open func(t testing.TB, faults float64, seed int64) (device.Machine, sim.Machine)

// Main runs the tests of a driver, eight at once where -parallel does not say otherwise: they
// wait for lines, mostly, whatever the processors are. It is for TestMain, and gives the exit
// code.
func Main(m *testing.M) int {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given {
		if err := flag.Set("test.parallel", "8"); err != nil {
			panic(err)
		}
	}
	return m.Run()
}

// Test runs the conformance suite, each part on a new machine.
func Test(t *testing.T, open Open) {
	for _, part := range []struct {
		name string
		run  func(r *rig)
	}{
		{"identity", identity},
		{"another model", anotherModel},
		{"status", status},
		{"slots read", slotsRead},
		{"slots written", slotsWritten},
		{"slots refused", slotsRefused},
		{"slots edited meanwhile", slotsEdited},
		{"counters", counters},
		{"brew", brew},
		{"brew refused", brewRefused},
		{"brew token", brewToken},
		{"lock", lock},
		{"alarms", alarms},
		{"levels", levels},
		{"journal", journal},
		{"journal overrun", journalOverrun},
		{"clock", clock},
		{"restart", restart},
		{"restart while brewing", restartWhileBrewing},
		{"cable", cable},
		{"silence", silence},
		{"cancel", cancel},
	} {
		t.Run(part.name, func(t *testing.T) {
			t.Parallel()
			part.run(start(t, open))
		})
	}
	now := time.Now().UnixNano()
	for n := range int64(badLines) {
		t.Run(fmt.Sprint("bad line ", n), func(t *testing.T) {
			t.Parallel()
			badLine(t, open, 1+n)
		})
		t.Run(fmt.Sprint("bad line at random ", n), func(t *testing.T) {
			t.Parallel()
			badLine(t, open, now+n)
		})
	}
}

// patience is what no single call may take, whatever the line does.
const patience = 20 * time.Second

// rig is one driver at one simulated machine.
type rig struct {
	*testing.T
	m    device.Machine
	wire *Wire
	id   device.Identity
}

func newRig(t *testing.T, open Open, faults float64, seed int64) *rig {
	t.Helper()
	m, s := open(t, faults, seed)
	wire, ok := s.(*Wire)
	if !ok {
		t.Fatalf("the simulated machine is a %T, want a *Wire", s)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil && !errors.Is(err, device.ErrLineLost) {
			t.Errorf("Close = %v", err)
		}
	})
	return &rig{T: t, m: m, wire: wire}
}

// start is a rig that is connected over a clean line.
func start(t *testing.T, open Open) *rig {
	t.Helper()
	r := newRig(t, open, 0, 0)
	r.connect()
	return r
}

func (r *rig) connect() {
	r.Helper()
	id, err := r.m.Connect(r.ctx())
	if err != nil {
		r.Fatalf("Connect = %v", err)
	}
	r.id = id
}

// ctx bounds one call.
func (r *rig) ctx() context.Context {
	ctx, cancel := context.WithTimeout(r.Context(), patience)
	r.Cleanup(cancel)
	return ctx
}

func (r *rig) must(err error) {
	r.Helper()
	if err != nil {
		r.Fatal(err)
	}
}

func (r *rig) wants(what string, err, want error) {
	r.Helper()
	if !errors.Is(err, want) {
		r.Errorf("%s = %v, want %v", what, err, want)
	}
}

// slot is the truth of one slot.
func (r *rig) slot(n int) device.Slot {
	r.Helper()
	for _, s := range r.wire.Truth().Slots {
		if s.Number == n {
			return s
		}
	}
	r.Fatalf("the simulated machine has no slot %d", n)
	return device.Slot{}
}

// on are the slots that sell.
func (r *rig) on() []int {
	r.Helper()
	var on []int
	for _, s := range r.wire.Truth().Slots {
		if s.Enabled {
			on = append(on, s.Number)
		}
	}
	if len(on) < 2 {
		r.Fatalf("the simulated machine has %d slots that sell, the suite needs two", len(on))
	}
	return on
}

// buy is a customer, who fills up first what is empty.
func (r *rig) buy(o sim.Order) sim.Cup {
	r.Helper()
	cup, err := r.wire.Buy(o)
	if errors.Is(err, device.ErrIngredientEmpty) {
		r.fillUp()
		cup, err = r.wire.Buy(o)
	}
	if err != nil {
		r.Fatalf("Buy(%+v) = %v", o, err)
	}
	return cup
}

// fillUp is the caretaker, where the simulated machine has tanks.
func (r *rig) fillUp() {
	r.Helper()
	tanks, ok := r.wire.Machine.(interface {
		SetLevel(id int, level int64) error
	})
	if !ok {
		r.Fatal("the machine is empty and can't be filled up")
	}
	levels, err := r.m.Levels(r.ctx())
	r.must(err)
	for _, l := range levels {
		r.must(tanks.SetLevel(l.ID, l.Capacity))
	}
}

// alike compares what a driver read with the truth.
func (r *rig) alike(got, truth device.Slot) bool {
	limits := r.m.Limits()
	if !limits.Currency {
		truth.Price.Currency = ""
	}
	if !limits.Revisions {
		truth.Rev = 0
	}
	same := got.Recipe == nil && truth.Recipe == nil || got.Recipe != nil && truth.Recipe != nil && *got.Recipe == *truth.Recipe
	got.Recipe, truth.Recipe = nil, nil
	return same && got == truth
}

// held compares the slots of the machine with what they were.
func held(a, b []device.Slot) bool {
	return slices.EqualFunc(a, b, func(x, y device.Slot) bool {
		if (x.Recipe == nil) != (y.Recipe == nil) || x.Recipe != nil && *x.Recipe != *y.Recipe {
			return false
		}
		x.Recipe, y.Recipe = nil, nil
		return x == y
	})
}
