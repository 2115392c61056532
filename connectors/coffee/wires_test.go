package coffee

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"crema/connectors"
	"crema/device"
	"crema/device/devicetest"
	"crema/device/driver/coffee1900"
	"crema/device/gpio/gpiotest"
	"crema/device/sim"
	sim1900 "crema/device/sim/coffee1900"
	"crema/queue"
	"crema/store"
	"crema/store/storetest"
)

func TestWireSettings(t *testing.T) {
	for _, x := range []struct {
		settings map[string]string
		want     []string // parts of the errors
	}{
		{map[string]string{"gpio_flow": "GPIO17", "ml_per_pulse": "0.48"}, nil},
		{map[string]string{"gpio_busy": "pinctrl-rp1/17", "gpio_flow": "9030000.pl061/2"}, nil},
		{map[string]string{"gpio_flow": "gpiochip0/17"}, []string{"gpio_flow", "number of a chip", "pinctrl-rp1/17"}},
		{map[string]string{"gpio_flow": "/dev/gpiochip4"}, []string{"gpio_flow", "number of a chip"}},
		{map[string]string{"gpio_flow": "GPIO 17"}, []string{"gpio_flow", "no line"}},
		{map[string]string{"gpio_start": "GPIO5", "gpio_busy": "GPIO6"}, []string{"gpio_cup", "gpio_door", "gpio_start needs it"}},
		{map[string]string{"gpio_reset": "GPIO5"}, []string{"gpio_busy", "gpio_reset needs it"}},
		{map[string]string{"reset_after": "10m"}, []string{"gpio_reset", "reset_after needs it"}},
		{map[string]string{"gpio_flow": "GPIO17", "ml_per_pulse": "0,5"}, []string{"ml_per_pulse", "0.01"}},
		{map[string]string{"gpio_flow": "GPIO17", "ml_per_pulse": "0.009"}, []string{"ml_per_pulse"}},
		{map[string]string{"gpio_flow": "GPIO17", "ml_per_pulse": "20.1"}, []string{"ml_per_pulse"}},
	} {
		var errs []error
		for _, s := range new(Machines).settings() {
			if v := x.settings[s.Name]; v != "" {
				_, err := s.Parse(v)
				errs = append(errs, err)
			}
		}
		errs = append(errs, checkSettings(connectors.Backend{Settings: x.settings}))
		err := errors.Join(errs...)
		if (err == nil) != (x.want == nil) {
			t.Errorf("%v: %v", x.settings, err)
			continue
		}
		for _, part := range x.want {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%v: %q does not say %q", x.settings, err, part)
			}
		}
	}
}

// TestLineIsOneWiresAlone: a line that two machines name, or one machine twice, is refused when it is
// written, by whichever of its names.
func TestLineIsOneWiresAlone(t *testing.T) {
	s := storetest.Open(t)
	clock := fastClock{time.Now(), 1000}
	q, err := queue.New(s, clock, queue.Config{Channels: "root:4"})
	if err != nil {
		t.Fatal(err)
	}
	line := func(name string) string { return strings.Replace(name, "pinctrl-rp1/", "GPIO", 1) }
	m := newMachines(t, connectors.Environment{Store: s, Queue: q}, Deps{Clock: clock, Line: line},
		recordOf("kitchen", "1900", map[string]string{"gpio_busy": "GPIO17", "gpio_reset": "pinctrl-rp1/4"}))
	for _, x := range []struct {
		settings map[string]string
		want     string
	}{
		{map[string]string{"gpio_busy": "GPIO18", "gpio_flow": "expander/17"}, ""},
		{map[string]string{"gpio_busy": "GPIO17"}, `gpio_busy: "GPIO17" is the GPIO line of backend "kitchen"`},
		{map[string]string{"gpio_flow": "GPIO17"}, `gpio_flow: "GPIO17" is the GPIO line of gpio_busy of backend "kitchen"`},
		{map[string]string{"gpio_cup": "GPIO4"}, `gpio_cup: "GPIO4" is the GPIO line "pinctrl-rp1/4" of gpio_reset of backend "kitchen"`},
		{map[string]string{"gpio_cup": "GPIO5", "gpio_door": "GPIO5"}, `gpio_door: "GPIO5" is the GPIO line of gpio_cup`},
		{map[string]string{"gpio_cup": "GPIO5", "gpio_door": "pinctrl-rp1/5"}, `gpio_door: "pinctrl-rp1/5" is the GPIO line "GPIO5" of gpio_cup`},
	} {
		err := s.Update(t.Context(), func(tx *store.Tx) error { return m.d.Backends().Put(tx, recordOf("lobby", "1900", x.settings)) })
		if (err == nil) != (x.want == "") || err != nil && !strings.Contains(err.Error(), x.want) {
			t.Errorf("%v: %v, want %q", x.settings, err, x.want)
		}
	}
}

// j7 is a board wired to a simulated 1900's header.
type j7 struct {
	lines   *gpiotest.Board
	sim     *sim1900.Header
	machine *sim1900.Machine
}

func newJ7(t *testing.T, m *sim1900.Machine) *j7 {
	names := map[sim1900.Pin]string{sim1900.Busy: "BUSY", sim1900.Flow: "FLOW", sim1900.Cup: "CUP", sim1900.Door: "DOOR",
		sim1900.Start: "START", sim1900.Inhibit: "INHIBIT", sim1900.Reset: "RESET"}
	j := &j7{lines: gpiotest.New("BUSY", "FLOW", "CUP", "DOOR", "START", "INHIBIT", "RESET"), machine: m}
	j.sim = m.Header(sim1900.HeaderOptions{Rate: 120, Out: func(p sim1900.Pin, high bool) { j.lines.Drive(names[p], high) }})
	j.lines.OnOutput = func(name string, high bool) {
		for p, n := range names {
			if n == name {
				j.sim.Drive(p, high)
			}
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { j.sim.Run(ctx); close(done) }()
	t.Cleanup(func() { cancel(); <-done })
	return j
}

func (j *j7) header() *coffee1900.Header {
	return coffee1900.NewHeader(j.lines, coffee1900.Wiring{Busy: "BUSY", Flow: "FLOW", Cup: "CUP", Door: "DOOR", Start: "START", Inhibit: "INHIBIT", Reset: "RESET"}, coffee1900.HeaderOptions{})
}

// wiredRig is a rig whose machine has its header wired.
func wiredRig(t *testing.T) (*rig, *j7) {
	j := newJ7(t, sim1900.New(sim1900.Options{Slots: []device.Slot{
		{Name: "Ristretto", Price: device.Money{Amount: 120}, Enabled: true, Volume: 25}, {Name: "Lungo", Price: device.Money{Amount: 130}, Enabled: true, Volume: 30}}}))
	r := &rig{t: t, clock: fastClock{time.Now(), 1}, version: "1900", path: filepath.Join(t.TempDir(), "crema.db"), wires: j.header}
	r.wire = devicetest.NewWire(t, j.machine, 0, 1)
	r.boot()
	t.Cleanup(r.kill)
	r.adopt(map[string]int64{"Ristretto": 100, "Lungo": 101})
	r.jobs()
	return r, j
}

// eventually waits for what other goroutines do.
func eventually(t *testing.T, what string, is func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !is(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("not within 20 s: " + what)
		}
	}
}

// TestPress: START makes one free cup of what was chosen last, told from a customer's, and none
// where it may not.
func TestPress(t *testing.T) {
	t.Parallel()
	r, j := wiredRig(t)
	press := func() queue.Info {
		t.Helper()
		id, err := r.b.Press(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		info, err := r.b.d.Queue.Wait(ctx, id)
		if err != nil {
			t.Fatal(err)
		}
		return info
	}
	if info := press(); info.State != queue.StateFailed || !strings.Contains(info.Error, device.ErrNoCup.Error()) {
		t.Errorf("without a cup: %+v", info)
	}
	if _, err := j.machine.Buy(sim.Order{Slot: 1}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the customer's cup is made", func() bool { return len(j.machine.Truth().Cups) == 1 })
	r.read()
	j.sim.PutCup(true)
	eventually(t, "the cup is seen", func() bool { cup := r.b.wires.Signals().Cup; return cup != nil && *cup })
	if info := press(); info.State != queue.StateDone || info.Result != "one cup of slot 1 was made" {
		t.Errorf("START: %+v", info)
	}
	r.read()
	sure, doubtful := r.ledger(map[string]int64{"Ristretto": 100, "Lungo": 101})
	if sure["Lungo at 130"] != 1 || sure["Lungo at 0"] != 1 || doubtful != 0 || len(j.machine.Truth().Cups) != 2 {
		t.Errorf("the ledger has %v (%d in doubt)", sure, doubtful)
	}
	j.sim.OpenDoor(true)
	if info := press(); info.State != queue.StateFailed {
		t.Errorf("with the door open: %+v", info)
	}
	if j.machine.Truth().Locked {
		t.Error("the panel stays locked")
	}
}

// TestStartThatActsLate: the machine begins seconds after START, without an answer. The cup is crema's own, free, and not a
// customer's; the panel stays locked until it is known that there is none.
func TestStartThatActsLate(t *testing.T) {
	w := newWorld(t, "1900")
	w.open()
	pressed := false
	w.b.wires = starting{press: func() { pressed = true }}
	token := "00112233445566aa"
	press := func() {
		t.Helper()
		key, err := parseToken(token)
		if err != nil {
			t.Fatal(err)
		}
		pressed = false
		if err := w.on(func(ctx context.Context, m device.Machine) error {
			return w.b.startPour(ctx, m, BrewArgs{Backend: "kitchen", Slot: lastChosen, Token: token}, key, w.store.Update)
		}); err != nil || !pressed {
			t.Fatalf("START: %v, pressed %t", err, pressed)
		}
	}
	state := func() pourState {
		t.Helper()
		if err := w.poll(); err != nil {
			t.Fatal(err)
		}
		p, _, err := w.b.pourOf(token)
		if err != nil {
			t.Fatal(err)
		}
		if (p.State == pourPending) != w.m.locked {
			t.Errorf("it is %s, and the panel is locked: %t", p.State, w.m.locked)
		}
		return p.State
	}
	press()
	for range 9 {
		if got := state(); got != pourPending {
			t.Fatalf("too early it is %s", got)
		}
		w.clock.pass(time.Second)
	}
	if w.m.Buy(2) {
		t.Error("a customer buys a cup meanwhile")
	}
	w.m.start(3, device.CupRemote, 2)
	w.clock.pass(5 * time.Second)
	if got := state(); got != pourPending {
		t.Errorf("while the cup is made it is %s", got)
	}
	if got := state(); got != pourMade {
		t.Errorf("then it is %s", got)
	}
	if n := w.compare(); n != 0 || len(w.cups()) != 1 || w.cups()[0].Kind != device.CupRemote {
		t.Errorf("%d in doubt of %+v", n, w.cups())
	}
	token = "00112233445566bb"
	press()
	w.clock.pass(startLate)
	if got := state(); got != pourNotMade {
		t.Errorf("where the machine does nothing it is %s", got)
	}
}

// starting is wires that can start a cup.
type starting struct {
	device.Wires
	press func()
}

func (s starting) Signals() device.Signals { return device.Signals{Presses: true} }
func (s starting) Hold(bool) error         { return nil }
func (s starting) Press() error            { s.press(); return nil }

// TestLockByWire: a locked panel is locked by its wire as well, while the machine is away too,
// and free when crema ends.
func TestLockByWire(t *testing.T) {
	t.Parallel()
	r, j := wiredRig(t)
	r.wire.Cut()
	eventually(t, "the machine is away", func() bool { return r.b.link.Health().State == device.LinkAway })
	if err := r.b.SetLock(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	if _, err := j.machine.Buy(sim.Order{}); !errors.Is(err, sim.ErrPanelLocked) {
		t.Errorf("the panel sells: %v", err)
	}
	if err := r.b.SetLock(t.Context(), false); err != nil || !j.lines.High("INHIBIT") {
		t.Errorf("unlock while it is away: %v, INHIBIT high %t", err, j.lines.High("INHIBIT"))
	}
	j.lines.Fail(func(c gpiotest.Call, line string) error {
		if c == gpiotest.SetLow && line == "INHIBIT" {
			return syscall.EIO
		}
		return nil
	})
	if err := r.b.SetLock(t.Context(), true); !errors.Is(err, device.ErrWires) || !strings.Contains(err.Error(), "not locked yet") || !strings.Contains(err.Error(), syscall.EIO.Error()) {
		t.Errorf("it is away, and its wire can't lock it: %v", err)
	}
	if _, err := j.machine.Buy(sim.Order{}); err != nil {
		t.Errorf("the panel: %v", err)
	}
	j.lines.Fail(nil)
	r.kill()
	if !j.lines.High("INHIBIT") {
		t.Error("INHIBIT is low after the end of crema")
	}
	r.boot()
	eventually(t, "the lock is set again", func() bool { return !j.lines.High("INHIBIT") })
	if err := r.b.SetLock(t.Context(), false); err != nil || !j.lines.High("INHIBIT") {
		t.Errorf("unlock: %v, INHIBIT high %t", err, j.lines.High("INHIBIT"))
	}
}

// TestRestartByWire: not while a cup is made; after it crema finds the machine again.
func TestRestartByWire(t *testing.T) {
	t.Parallel()
	r, j := wiredRig(t)
	if _, err := j.machine.Buy(sim.Order{Slot: 1, Brew: 700 * time.Millisecond}); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the machine brews", func() bool { busy := r.b.wires.Signals().Busy; return busy != nil && *busy })
	if err := r.b.Restart(t.Context()); !errors.Is(err, device.ErrBusy) || j.machine.Restarts() != 0 {
		t.Errorf("while a cup is made: %v, restarted %d times", err, j.machine.Restarts())
	}
	eventually(t, "the cup is made", func() bool { return len(j.machine.Truth().Cups) == 1 && !*r.b.wires.Signals().Busy })
	restart := func(what string, n int) {
		t.Helper()
		if err := r.b.Restart(t.Context()); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		eventually(t, what+" is restarted", func() bool { return j.machine.Restarts() == n })
	}
	restart("a machine that is ready", 1)
	r.read()
	if _, err := j.machine.Buy(sim.Order{Slot: 1}); err != nil {
		t.Errorf("it sells nothing after it: %v", err)
	}
	eventually(t, "another cup is made", func() bool { return len(j.machine.Truth().Cups) == 2 && !*r.b.wires.Signals().Busy })
	r.garbled.Store(true)
	restart("a machine that answers garbage", 2)
	r.garbled.Store(false)
	r.wire.Cut()
	eventually(t, "the machine is away", func() bool { return r.b.link.Health().State == device.LinkAway })
	restart("a machine that is away", 3)
}

// TestCalibrateAndCompare: what a person measured counts; water without a cup is told.
func TestCalibrateAndCompare(t *testing.T) {
	t.Parallel()
	r, j := wiredRig(t)
	if _, err := r.b.Calibrate(t.Context(), 25); !errors.Is(err, errNoWater) {
		t.Errorf("without water: %v", err)
	}
	mark := func(doses uint64) {
		t.Helper()
		eventually(t, "all is quiet", func() bool {
			r.b.mu.Lock()
			defer r.b.mu.Unlock()
			return r.b.water.now.doses >= doses && !r.b.wires.Signals().Flow.Runs
		})
	}
	eventually(t, "the first mark", func() bool { r.b.mu.Lock(); defer r.b.mu.Unlock(); return r.b.water.now.number > 0 })
	if _, err := j.machine.Buy(sim.Order{}); err != nil {
		t.Fatal(err)
	}
	mark(1)
	r.read()
	lately := func(at time.Time) bool { // by the board's time, which is not the program's
		ago := r.clock.Now().Sub(at)
		return ago >= 0 && ago < 24*time.Hour
	}
	if per, err := r.b.Calibrate(t.Context(), 30); err != nil || per.PerPulse != 6000 || per.Pulses != 50 || per.Millilitres != 30 || !lately(per.Ended) {
		t.Errorf("50 pulses for 30 ml are %+v: %v", per, err)
	}
	if _, err := r.b.Calibrate(t.Context(), 9000); !errors.Is(err, errWaterAmounts) {
		t.Errorf("180 ml a pulse: %v", err)
	}
	if f := r.b.compareWater(); f.differs != "" || !f.compared {
		t.Errorf("one cup: %+v", f)
	}
	r.update(func(tx *store.Tx) error {
		v, err := r.b.View(tx)
		v.Wires.Read()
		if w := v.Wires; w.PerPulse != 6000 || w.Calibrated == nil || w.Calibrated.Machine != "1900/"+r.b.id.Serial || w.Day != (Water{Cups: 1, Millilitres: 30}) || w.Hour != w.Day || !lately(w.Flow.Since) {
			t.Errorf("%+v", w)
		}
		return err
	})
	r.b.mu.Lock()
	r.b.water.doses++ // water that no cup was counted for
	r.b.water.now.doses++
	r.b.mu.Unlock()
	f := r.b.compareWater()
	if !strings.Contains(f.differs, "the water of 2 cups, and the machine counted 1") {
		t.Errorf("%+v", f)
	}
	open := func() (n int) {
		r.update(func(tx *store.Tx) error {
			list, _, err := r.b.d.Checkpoints.List(tx, connectors.CheckpointFilter{Reason: reasonWater, State: connectors.CheckpointOpen})
			n = len(list)
			return err
		})
		return n
	}
	r.update(func(tx *store.Tx) error { return r.b.tellWater(tx, f) })
	if open() != 1 {
		t.Error("nobody is told")
	}
	r.update(func(tx *store.Tx) error { return r.b.tellWater(tx, waterFound{compared: true, now: f.now}) })
	if open() != 0 {
		t.Error("what agrees again is still told")
	}
}

// TestCalibrationIsOfOneMachineAndSetting: a machine that was swapped has none, and a setting that is set back brings none back.
func TestCalibrationIsOfOneMachineAndSetting(t *testing.T) {
	k := newBooks(t)
	k.b.cfg.PerPulse = "0.5"
	flow := &device.Flow{Doses: []device.Dose{{Start: time.Now(), End: time.Now(), Pulses: 100}}}
	k.b.wires = telling{is: device.Signals{Flow: flow}}
	per := func() (per int64) {
		k.update(func(tx *store.Tx) (err error) {
			got, c, err := k.b.calibrated(tx)
			if (c != nil) != (got == 6000) {
				t.Errorf("%d by %+v", got, c)
			}
			per = got
			return err
		})
		return per
	}
	attach := func(serial string) {
		k.update(func(tx *store.Tx) error { return k.b.attach(tx, device.Identity{Model: "2900", Serial: serial}) })
	}
	calibrate := func() {
		t.Helper()
		if c, err := k.b.Calibrate(t.Context(), 60); err != nil || c.PerPulse != 6000 || per() != 6000 {
			t.Fatalf("%+v, %v; then %d", c, err, per())
		}
	}
	calibrate()
	attach("29-2")
	if got := per(); got != 5000 {
		t.Errorf("another machine has %d", got)
	}
	attach("29-1")
	if got := per(); got != 6000 {
		t.Errorf("the first machine has %d again", got)
	}
	k.b.dropCalibration(t.Context())
	if got := per(); got != 6000 {
		t.Errorf("a start forgets it: %d", got)
	}
	k.b.cfg.PerPulse = "0.6"
	k.b.dropCalibration(t.Context())
	k.b.cfg.PerPulse = "0.5"
	if got := per(); got != 5000 {
		t.Errorf("it is back: %d", got)
	}
	k.update(func(tx *store.Tx) error { return attachments.Delete(tx, "kitchen") }) // no machine was reached yet
	calibrate()
	attach("29-3")
	if got := per(); got != 6000 {
		t.Errorf("the first machine that is reached has %d", got)
	}
	attach("29-4")
	if got := per(); got != 5000 {
		t.Errorf("the next one has %d", got)
	}
}

// telling is wires that only tell.
type telling struct {
	device.Wires
	is device.Signals
}

func (t telling) Signals() device.Signals { return t.is }

// TestWireThatCannotBeUsed: what the wires say is to be done counts; else it is the setting that is wrong.
func TestWireThatCannotBeUsed(t *testing.T) {
	k := newBooks(t)
	k.b.wires = telling{is: device.Signals{Errs: []*device.WireError{
		{Wire: "busy", Err: errors.New("there is no line")}, {Wire: "start", Err: errors.New("it is in use"), Fix: "End that."}}}}
	list := k.b.checkWired()
	if len(list) != 2 || !strings.Contains(list[0].Fix, "Correct `gpio_busy`") || list[1].Fix != "End that." || list[1].Code != "gpio_start" || !list[1].Warning {
		t.Errorf("%+v", list)
	}
}

// TestWaterOverARestart: what was compared before the program was killed counts, but for the last
// cup; the last comparison is still told. Polls that find nothing write nothing.
func TestWaterOverARestart(t *testing.T) {
	t.Parallel()
	r, j := wiredRig(t)
	var all ComparedWater
	quiet := func(doses, cups uint64) {
		t.Helper()
		eventually(t, fmt.Sprintf("%d cups by the water, %d counted", doses, cups), func() bool {
			r.b.mu.Lock()
			defer r.b.mu.Unlock()
			all = r.b.water.since()
			return r.b.water.machine != "" && all.Doses == doses && all.Cups == cups
		})
	}
	buy := func() {
		t.Helper()
		if _, err := j.machine.Buy(sim.Order{}); err != nil {
			t.Fatal(err)
		}
	}
	quiet(0, 0)
	buy()
	quiet(1, 1)
	r.b.mu.Lock()
	r.b.water.doses++ // water that no cup was counted for
	r.b.mu.Unlock()
	quiet(2, 1)
	began := all.From
	buy()
	quiet(3, 2)
	r.kill()
	r.boot()
	quiet(2, 1) // without the last one
	buy()
	quiet(3, 2)
	if !all.From.Equal(began) {
		t.Errorf("the comparison begins at %s, want %s", all.From, began)
	}
	f := r.b.compareWater()
	if !strings.Contains(f.differs, "the water of 3 cups, and the machine counted 2") {
		t.Errorf("%+v", f)
	}
	r.update(func(tx *store.Tx) error { return r.b.tellWater(tx, f) })
	r.kill()
	r.boot()
	quiet(0, 0)
	r.update(func(tx *store.Tx) error {
		v, err := r.b.View(tx)
		v.Wires.Read()
		if c := v.Wires.Compared; c.Doses != 3 || c.Cups != 2 || !c.From.Equal(began) || !c.To.Equal(f.all.To) {
			t.Errorf("the last comparison is %+v, want %+v", c, f.all)
		}
		return err
	})
	buy()
	quiet(1, 1)
	buy()
	quiet(2, 2)
	r.update(func(tx *store.Tx) error {
		kept, _, err := keptWaters.Get(tx, "kitchen")
		if kept.Doses != 1 || kept.Cups != 1 || kept.Last.Doses != 3 {
			t.Errorf("kept is %+v", kept)
		}
		return err
	})
}

// TestWaterOfOtherCounters: where the counters are reset, or the machine is replaced, while a comparison is kept, the next one
// begins with the new ones.
func TestWaterOfOtherCounters(t *testing.T) {
	k := newBooks(t)
	at := k.queue.Clock.Now()
	k.b.water = waterWatch{machine: "1900/1/0", from: waterMark{number: 1, at: at, doses: 1, cups: 500}, now: waterMark{number: 2, at: at.Add(time.Hour), doses: 3, cups: 502}}
	f := k.b.compareWater()
	k.b.water.machine, k.b.water.from, k.b.water.now = "1900/1/1", waterMark{3, at.Add(2 * time.Hour), 3, 0}, waterMark{4, at.Add(3 * time.Hour), 4, 1}
	k.update(func(tx *store.Tx) error { return k.b.tellWater(tx, f) })
	if f := k.b.compareWater(); !f.compared || f.differs != "" {
		t.Errorf("%+v", f)
	}
	f = k.b.compareWater()
	k.update(func(tx *store.Tx) error { return k.b.tellWater(tx, f) })
	if f := k.b.compareWater(); f.compared {
		t.Errorf("compared twice: %+v", f)
	}
}

// TestWaterOfAClockThatIsSetBack: the first mark has a time that was too late. What differs is told all the same.
func TestWaterOfAClockThatIsSetBack(t *testing.T) {
	k := newBooks(t)
	late := k.queue.Clock.Now().Add(24 * time.Hour)
	k.b.water = waterWatch{machine: "1900/1/0", from: waterMark{number: 1, at: late}, now: waterMark{number: 2, at: late.Add(-24 * time.Hour), doses: 3, cups: 2}}
	if f := k.b.compareWater(); !f.compared || !strings.Contains(f.differs, "the water of 3 cups, and the machine counted 2") {
		t.Errorf("%+v", f)
	}
}

// TestWaterThatIsToldAsACupComes: cups in the very commit after a comparison, before memory has heard that it was told, do not
// bring back what it told.
func TestWaterThatIsToldAsACupComes(t *testing.T) {
	k := newBooks(t)
	at := k.queue.Clock.Now()
	k.b.water = waterWatch{machine: "1900/1/0", from: waterMark{number: 1, at: at}, now: waterMark{number: 2, at: at.Add(time.Hour), doses: 3, cups: 2}}
	kept := func() (w keptWater) {
		k.update(func(tx *store.Tx) (err error) { w, _, err = keptWaters.Get(tx, "kitchen"); return err })
		return w
	}
	for n := range uint64(2) {
		f := k.b.compareWater()
		k.update(func(tx *store.Tx) error { return errors.Join(k.b.tellWater(tx, f), k.b.keepWater(tx)) })
		if w := kept(); w.Doses != 0 || w.Cups != 0 || !w.From.Equal(f.now.at) || w.Last != f.all {
			t.Errorf("what was told is kept to be told again: %+v", w)
		}
		k.b.water.now = waterMark{3 + n, at.Add(2 * time.Hour), 4 + n, 4 + n}
		k.update(k.b.keepWater)
		if w := kept(); w.Doses != 1 || w.Cups != 2-n {
			t.Errorf("then %+v is kept", w)
		}
	}
}

// TestDoseThatGoesOn: water that went on after it was looked at is one dose, of a cup as soon as it is enough.
func TestDoseThatGoesOn(t *testing.T) {
	at := time.Now()
	dose := func(n int, pulses uint64) device.Dose {
		begin := at.Add(time.Duration(n) * time.Minute)
		return device.Dose{Start: begin, End: begin.Add(time.Duration(pulses) * time.Millisecond), Pulses: pulses}
	}
	var w waterWatch
	for i, x := range []struct {
		doses []device.Dose
		want  uint64
	}{
		{[]device.Dose{dose(1, 50)}, 1},
		{[]device.Dose{dose(1, 90)}, 1},
		{[]device.Dose{dose(1, 90), dose(2, 10)}, 1},
		{[]device.Dose{dose(1, 90), dose(2, 80)}, 2},
		{[]device.Dose{dose(1, 90), dose(2, 85), dose(3, 50)}, 3},
		{[]device.Dose{dose(2, 85), dose(3, 50), dose(4, 10)}, 3},
	} {
		if w.count(x.doses, func(d device.Dose) bool { return d.Pulses > 18 }); w.doses != x.want {
			t.Errorf("%d: %d cups, want %d", i, w.doses, x.want)
		}
	}
}

// wiredFake is a machine that never answers, with wires that count what is done to them.
type wiredFake struct {
	device.Machine
	resets atomic.Int32
	busy   bool
	err    error // of Connect
	unsure error // of Reset, when it was made
}

func (m *wiredFake) Wires() device.Wires           { return m }
func (m *wiredFake) Run(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }
func (m *wiredFake) Signals() device.Signals       { return device.Signals{Resets: true} }
func (m *wiredFake) Hold(bool) error               { return nil }
func (m *wiredFake) Press() error                  { return nil }
func (m *wiredFake) Reset() error {
	if m.busy {
		return device.ErrBusy
	}
	m.resets.Add(1)
	return m.unsure
}
func (m *wiredFake) Connect(context.Context) (device.Identity, error) {
	return device.Identity{}, m.err
}
func (m *wiredFake) Close() error          { return nil }
func (m *wiredFake) Limits() device.Limits { return device.Limits{} }

// TestRestartOfASilentMachine: by itself only where it is asked for, after its time, three
// times at most, never while a cup may be in the making and never for a cable that is out.
func TestRestartOfASilentMachine(t *testing.T) {
	for _, x := range []struct {
		name  string
		after string
		err   error
		busy  bool
		want  int
		told  string
		reset error
	}{
		{"silent", "10m", device.ErrNoReply, false, 3, "was restarted by its wire at ", nil},
		{"off by default", "", device.ErrNoReply, false, 0, "", nil},
		{"no line", "10m", device.ErrLineLost, false, 0, "", nil},
		{"a cup is made", "10m", device.ErrNoReply, true, 0, "", nil},
		{"nobody knows what came of it", "10m", device.ErrNoReply, false, 3, "may have failed (the outcome is unknown) at ", device.ErrOutcomeUnknown},
	} {
		synctest.Test(t, func(t *testing.T) {
			s, err := store.Open(filepath.Join(storetest.Memory(t), "crema.db"), store.Options{})
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			clock := fastClock{time.Now(), 1000}
			q, err := queue.New(s, clock, queue.Config{Channels: "root:4"})
			if err != nil {
				t.Fatal(err)
			}
			fake := &wiredFake{err: x.err, busy: x.busy, unsure: x.reset}
			record := recordOf("kitchen", "1900", map[string]string{"gpio_busy": "A", "gpio_reset": "B", "reset_after": x.after})
			m := newMachines(t, connectors.Environment{Store: s, Queue: q}, Deps{Clock: clock, Open: func(*connectors.Work) (device.Machine, error) { return fake, nil }}, record)
			b := m.backend(t, "kitchen")
			ctx, cancel := context.WithCancel(t.Context())
			done := make(chan error, 1)
			go func() { done <- b.run(ctx) }()
			time.Sleep(9 * time.Minute)
			synctest.Wait()
			if fake.resets.Load() != 0 {
				t.Errorf("%s: restarted early", x.name)
			}
			time.Sleep(5 * time.Hour)
			synctest.Wait()
			if got := int(fake.resets.Load()); got != x.want {
				t.Errorf("%s: restarted %d times, want %d", x.name, got, x.want)
			}
			var told []connectors.Checkpoint
			if err := s.View(func(tx *store.Tx) (err error) {
				told, _, err = b.d.Checkpoints.List(tx, connectors.CheckpointFilter{Reason: reasonSilent})
				return err
			}); err != nil {
				t.Fatal(err)
			}
			if len(told) != min(x.want, 1) || x.want > 0 && (!strings.Contains(told[0].Message, x.told) || !strings.Contains(told[0].Message, "(3 of 3 times")) {
				t.Errorf("%s: told is %+v, want %q", x.name, told, x.told)
			}
			cancel()
			<-done
		})
	}
}
