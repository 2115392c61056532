package source

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"crema/connectors"
	"crema/connectors/coffee"
	"crema/device"
	"crema/queue"
	"crema/store"
	"crema/web"
)

// wiredMachine is a machine that is away, and its wires.
type wiredMachine struct {
	device.Machine
	w *fakeWires
}

func (m wiredMachine) Wires() device.Wires { return m.w }

type fakeWires struct {
	s      device.Signals
	err    error // of Reset
	resets int
	inTx   string // where they were asked in a transaction
}

func (f *fakeWires) Run(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
func (f *fakeWires) Signals() device.Signals {
	if stack := string(debug.Stack()); strings.Contains(stack, "store.(*Store).View(") || strings.Contains(stack, "store.(*Store).Update(") {
		f.inTx = stack
	}
	return f.s
}
func (f *fakeWires) Hold(bool) error { return nil }
func (f *fakeWires) Press() error    { return nil }
func (f *fakeWires) Reset() error    { f.resets++; return f.err }

// wiredParts is a board with two machines: lobby has wires, kitchen has none.
func wiredParts(t *testing.T, w *fakeWires) (*Parts, http.Handler) {
	t.Helper()
	p, page := newPartsWith(t, queue.Config{}, func(work *connectors.Work) (device.Machine, error) {
		if work.Backend.Name == "lobby" {
			return wiredMachine{w: w}, nil
		}
		return struct{ device.Machine }{}, nil
	})
	p.Host.Add(p.Machines.Connector())
	record := func(name string) connectors.Backend {
		return connectors.Backend{Name: name, Kind: coffee.Coffee1900, Settings: map[string]string{"port": "/dev/" + name}}
	}
	if err := p.Host.Sync(t.Context(), []connectors.Backend{record("lobby"), record("kitchen")}); err != nil {
		t.Fatal(err)
	}
	return p, page
}

func isTrue() *bool  { b := true; return &b }
func isFalse() *bool { b := false; return &b }

// dose is water that ran a minute ago.
func dose(pulses uint64, busy *bool) device.Dose {
	end := time.Now().Add(-time.Minute)
	return device.Dose{Start: end.Add(-10 * time.Second), End: end, Pulses: pulses, Busy: busy}
}

// TestWiresOnTheWire: what the lines say is what the API and the metrics say; a machine without
// them has none, and is in no metric.
func TestWiresOnTheWire(t *testing.T) {
	since := time.Now().Add(-26 * time.Hour)
	w := &fakeWires{s: device.Signals{Busy: isFalse(), Cup: isTrue(), Held: true, Holds: true, Resets: true,
		Errs: []*device.WireError{{Wire: "door", Err: errors.New("there is no line")}},
		Flow: &device.Flow{Since: since, Pulses: 300, Missed: 7, Rejected: 5, Runs: true, Doses: []device.Dose{dose(80, isTrue()), dose(200, isTrue()), dose(20, isFalse())}}}}
	_, page := wiredParts(t, w)
	list := get[web.Page[web.Backend]](t, page, "/api/v1/backends").Items
	if len(list) != 2 || list[1].Wires != nil {
		t.Fatalf("%+v", list)
	}
	told := list[0].Wires.Water.Since
	if d := told.Sub(since).Abs(); d > time.Second {
		t.Errorf("it counts since %s, want %s", told, since)
	}
	want := &web.Wires{Faults: []string{"door: there is no line"}, Busy: isFalse(), Cup: isTrue(), Inhibited: true, Resets: true, Water: &web.Water{
		Since: told, Pulses: 300, Missed: 7, Rejected: 5, Runs: true, PerPulse: "0.5",
		Hour: web.Poured{Cups: 2, Rinses: 1, ML: 150}, Day: web.Poured{Cups: 2, Rinses: 1, ML: 150}}}
	if diff := cmp.Diff(want, list[0].Wires); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	get[web.Backend](t, page, "/api/v1/backends/lobby")
	families := scrape(t, page)
	for name, value := range map[string]float64{"crema_flow_pulses_total": 300, "crema_flow_missed_total": 7, "crema_flow_rejected_total": 5, "crema_wire_faults": 1} {
		if got := sum(families[name], "backend", "lobby"); got != value || len(families[name].GetMetric()) != 1 {
			t.Errorf("%s is %v in %d samples, want %v in one", name, got, len(families[name].GetMetric()), value)
		}
	}
	if w.inTx != "" {
		t.Errorf("a transaction waits for the wires:\n%s", w.inTx)
	}
}

func TestPerPulse(t *testing.T) {
	for n, want := range map[int64]string{5_000: "0.5", 4_800: "0.48", 100: "0.01", 200_000: "20", 10_001: "1.0001", 12_340: "1.234"} {
		if got := perPulse(n); got != want {
			t.Errorf("%d is %s, want %s", n, got, want)
		}
	}
}

// TestRestartByTheAPI: it reaches the wire once, and what keeps it from that is told with what to do.
func TestRestartByTheAPI(t *testing.T) {
	for _, x := range []struct {
		backend string
		resets  bool
		err     error
		status  int
		says    []string
		want    int // how often it was asked for
	}{
		{"lobby", true, nil, 200, []string{`"name":"lobby"`}, 1},
		{"lobby", true, fmt.Errorf("RESET: %w", device.ErrBusy), 409, []string{"makes a cup", "wait until it is done"}, 1},
		{"lobby", true, fmt.Errorf("RESET: BUSY: %w", device.ErrWires), 409, []string{"can't be read", "test lobby"}, 1},
		{"lobby", true, fmt.Errorf("RESET: BUSY: %w", device.ErrUnsupported), 409, []string{"test lobby"}, 1},
		{"lobby", true, fmt.Errorf("RESET: %w", errors.Join(device.ErrOutcomeUnknown, device.ErrWires)), 409, []string{"outcome is unknown", "look at the machine of lobby first"}, 1},
		{"lobby", true, errors.New("the wire is cut"), 500, nil, 1},
		{"lobby", false, nil, 409, []string{"gpio_reset", "settings of lobby"}, 0},
		{"kitchen", true, nil, 409, []string{"gpio_reset", "settings of kitchen"}, 0},
		{"nowhere", true, nil, 404, []string{"nowhere"}, 0},
	} {
		w := &fakeWires{s: device.Signals{Resets: x.resets}, err: x.err}
		_, page := wiredParts(t, w)
		answer := ask(t, page, "POST", "/api/v1/backends/"+x.backend+"/restart", nil)
		if answer.Code != x.status || w.resets != x.want {
			t.Errorf("%s, %v: %d, %d resets: %s", x.backend, x.err, answer.Code, w.resets, answer.Body)
		}
		for _, part := range x.says {
			if !strings.Contains(answer.Body.String(), part) {
				t.Errorf("%s, %v: %s does not say %q", x.backend, x.err, answer.Body, part)
			}
		}
	}
}

// TestCalibrateByTheAPI: what ran last is so many ml from then on, also for the next program; where
// that can't be, it is said why, and nothing is kept.
func TestCalibrateByTheAPI(t *testing.T) {
	old := dose(200, isTrue())
	old.End = old.End.Add(-time.Hour)
	for _, x := range []struct {
		name   string
		flow   *device.Flow
		ml     int
		status int
		says   string
	}{
		{"a drink", &device.Flow{Doses: []device.Dose{dose(80, nil), dose(200, nil)}}, 96, 200, `"ml_per_pulse":"0.48"`},
		{"nothing ran", &device.Flow{}, 96, 409, "no water ran"},
		{"long ago", &device.Flow{Doses: []device.Dose{old}}, 96, 409, "no water ran"},
		{"too little", &device.Flow{Doses: []device.Dose{dose(39, nil)}}, 20, 409, "less than 40 pulses"},
		{"it runs", &device.Flow{Runs: true, Doses: []device.Dose{dose(200, nil)}}, 96, 409, "still runs"},
		{"no flow meter", nil, 96, 409, "gpio_flow"},
		{"no such pulse", &device.Flow{Doses: []device.Dose{dose(200, nil)}}, 5000, 409, "0.01 to 20 ml"},
		{"none", &device.Flow{Doses: []device.Dose{dose(200, nil)}}, 0, 400, "ml"},
	} {
		w := &fakeWires{s: device.Signals{Flow: x.flow}}
		p, page := wiredParts(t, w)
		answer := ask(t, page, "POST", "/api/v1/backends/lobby/calibrate", map[string]int{"ml": x.ml})
		if answer.Code != x.status || !strings.Contains(answer.Body.String(), x.says) {
			t.Errorf("%s: %d %s", x.name, answer.Code, answer.Body)
		}
		var v coffee.View
		if err := p.Store.View(func(tx *store.Tx) error {
			b, err := p.Machines.Backend(tx, "lobby")
			if err == nil {
				v, err = b.View(tx)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
		if kept := v.Wires.Calibrated != nil; kept != (x.status == 200) {
			t.Errorf("%s: it is kept: %t", x.name, kept)
		}
	}
}

func TestComparedWater(t *testing.T) {
	from := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	v := &coffee.WiresView{Signals: device.Signals{Flow: new(device.Flow)}}
	if got := wiresOf(v).Water.Compared; got != nil {
		t.Errorf("before the first comparison: %+v", got)
	}
	v.Compared = coffee.ComparedWater{From: from, To: from.Add(time.Hour), Doses: 43, Cups: 42}
	if diff := cmp.Diff(&web.Compared{From: web.At(from), To: web.At(from.Add(time.Hour)), Poured: 43, Counted: 42}, wiresOf(v).Water.Compared); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
