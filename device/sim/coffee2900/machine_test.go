package coffee2900

import (
	"encoding/json"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"crema/device"
	"crema/device/sim"
)

// Alarms stay until their cause is gone and they were acknowledged, in either order.
func TestAlarms(t *testing.T) {
	p := play(t, Options{})
	codes := func(state uint64, want string) {
		t.Helper()
		reply := p.good(opStatus)
		v, _ := reply.get(3)
		if got := p.number(reply, 1); describe(v) != want || got != state {
			t.Errorf("state %d, alarms %s; want %d, %s", got, describe(v), state, want)
		}
	}
	p.m.Alarm(6, true)
	p.m.Alarm(6, true)
	codes(5, "[6]")
	p.told(dict{{0, 2}, {1, 6}, {2, 2}, {3, "door open"}}, dict{{0, 4}, {1, 5}})
	p.m.Alarm(6, false)
	codes(2, "[6]")
	p.told(dict{{0, 4}, {1, 2}})
	p.good(opAlarmAck, pair{1, 6})
	codes(2, "[]")
	p.told(dict{{0, 3}, {1, 6}})
	p.m.Alarm(11, true)
	p.good(opAlarmAck, pair{1, 11})
	codes(2, "[11]")
	p.told(dict{{0, 2}, {1, 11}, {2, 0}, {3, "cleaning due"}})
	p.m.Alarm(11, false)
	codes(2, "[]")
	p.told(dict{{0, 3}, {1, 11}})
	p.good(opAlarmAck, pair{1, 14}) // one that isn't set
	// One that comes back after its ACK wants another.
	p.m.Alarm(10, true)
	p.m.Alarm(10, false)
	p.m.Alarm(10, true)
	p.good(opAlarmAck, pair{1, 10})
	p.m.Alarm(10, false)
	codes(2, "[]")
	for code := range 16 {
		p.m.Alarm(code, true)
		state := uint64(2)
		if code >= 4 && code <= 9 || code == 13 {
			state = 5
		}
		if got := p.number(p.good(opStatus), 1); got != state {
			t.Errorf("alarm %d: state %d, want %d", code, got, state)
		}
		p.m.Alarm(code, false)
	}
	codes(2, "[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14]")
}

// Ingredients are used up: a low mark, an empty tank, the slots that need it, a refill.
func TestTanks(t *testing.T) {
	p := play(t, Options{})
	if err := p.m.SetLevel(milk, 1100); err != nil {
		t.Fatal(err)
	}
	p.buy(sim.Order{Slot: 4, Payment: device.PaymentCash}) // 150 ml
	p.told(dict{{0, 5}, {1, 3}}, dict{{0, 1}, {1, 1}})
	for range 6 {
		p.buy(sim.Order{Slot: 4})
		p.take(p.talk(nil))
	}
	p.events = nil
	if _, err := p.m.Buy(sim.Order{Slot: 4}); !errors.Is(err, device.ErrIngredientEmpty) {
		t.Errorf("50 ml left: %v, want ErrIngredientEmpty", err)
	}
	p.told(dict{{0, 2}, {1, 3}, {2, 2}, {3, "milk empty"}})
	p.buy(sim.Order{Slot: 0}) // needs no milk
	p.told(dict{{0, 1}, {1, 8}})
	levels := p.good(opLevels)
	v, _ := levels.get(1)
	want := `[{1: 1, 2: "Beans", 3: 1191, 4: 1200, 5: 0, 6: 150}, {1: 2, 2: "Water", 3: 39960, 4: 40000, 5: 1, 6: 4000}, {1: 3, 2: "Milk", 3: 50, 4: 10000, 5: 1, 6: 1000}]`
	if got := describe(v); got != want {
		t.Errorf("levels %s\nwant %s", got, want)
	}
	if err := p.m.SetLevel(milk, 99_999); err != nil {
		t.Fatal(err)
	}
	p.good(opAlarmAck, pair{1, 3})
	p.told(dict{{0, 3}, {1, 3}})
	p.buy(sim.Order{Slot: 4})
	if err := p.m.SetLevel(4, 1); !errors.Is(err, device.ErrBadArgument) {
		t.Errorf("SetLevel(4) = %v", err)
	}
}

// SLOT.WRITE replaces a revision, by the rules of the manual.
func TestSlotWrite(t *testing.T) {
	p := play(t, Options{})
	write := func(keys ...pair) uint64 {
		t.Helper()
		return p.number(p.good(opSlotWrite, append([]pair{{1, 7}}, keys...)...), 2)
	}
	recipe := dict{{1, 10}, {2, 20}, {3, 30}, {4, 900}}
	if got := write(pair{2, 1}); got != 1 {
		t.Errorf("none of 3 to 7: rev %d, want 1", got)
	}
	if got := write(pair{2, 1}, pair{3, "Chai"}, pair{4, 1_000_000}, pair{5, "CHF"}, pair{6, true}, pair{7, recipe}); got != 2 {
		t.Errorf("all of them: rev %d, want 2", got)
	}
	if got := write(pair{2, 2}, pair{6, true}, pair{99, "unknown"}); got != 3 {
		t.Errorf("an equal value: rev %d, want 3", got)
	}
	reply := p.good(opSlotRead, pair{1, 7})
	if got, want := describe(reply), `{1: 7, 2: 3, 3: "Chai", 4: 1000000, 5: "CHF", 6: true, 7: {1: 10, 2: 20, 3: 30, 4: 900}}`; got != want {
		t.Errorf("the slot is %s\nwant %s", got, want)
	}
	p.told() // its own changes make no event
	if err := p.m.EditSlot(7, func(s *device.Slot) { s.Name, s.Rev, s.Number = "Panel", 99, 1 }); err != nil {
		t.Fatal(err)
	}
	p.told(dict{{0, 6}, {1, 7}})
	_, code, rev := p.ask(opSlotWrite, pair{1, 7}, pair{2, 3}, pair{3, "x"})
	if code != errRev || rev != 4 {
		t.Errorf("an old rev: error %d, rev %d", code, rev)
	}
	for _, bad := range []pair{
		{3, ""}, {3, "12345678901234567890123456789012345678901"}, {3, []byte("x")}, {3, nil},
		{4, 1_000_001}, {4, -1}, {4, uint64(1) << 63}, {5, "EU"}, {5, "eur"}, {5, 978}, {6, 1},
		{7, dict{{1, 1}, {2, 2}, {3, 3}}}, {7, dict{{1, 1}, {2, 2}, {3, 3}, {4, -1}}}, {7, []any{1, 2, 3, 4}},
	} {
		p.bad(errArgument, opSlotWrite, pair{1, 7}, pair{2, 1}, bad) // 3 before 20
	}
	p.m.Alarm(13, true)
	p.bad(errRev, opSlotWrite, pair{1, 7}, pair{2, 1}, pair{3, "x"})
	p.bad(errMemory, opSlotWrite, pair{1, 7}, pair{2, 4}, pair{3, "x"})
	if s := p.m.Truth().Slots[7]; s.Name != "Panel" || s.Rev != 4 {
		t.Errorf("the slot holds %+v", s)
	}
	for _, err := range []error{
		p.m.EditSlot(32, func(*device.Slot) {}),
		p.m.EditSlot(0, func(s *device.Slot) { s.Price.Amount = -1 }),
		p.m.EditSlot(0, func(s *device.Slot) { s.Recipe = nil }),
	} {
		if !errors.Is(err, device.ErrBadArgument) {
			t.Errorf("EditSlot = %v, want ErrBadArgument", err)
		}
	}
}

// What power-off forgets, and what not.
func TestPowerOff(t *testing.T) {
	p := play(t, Options{})
	p.good(opClock, pair{1, 1_800_000_000})
	p.good(opLock, pair{1, true})
	p.now = p.now.Add(90 * time.Second)
	if reply := p.hello(); p.number(reply, 8) != 1_800_000_090 || p.number(reply, 5) != 1 {
		t.Errorf("HELLO's reply %v", reply)
	}
	if _, err := p.m.Buy(sim.Order{}); !errors.Is(err, sim.ErrPanelLocked) {
		t.Errorf("Buy at a locked panel = %v", err)
	}
	p.login("s3cret")
	p.good(opBrew, pair{1, 0}, pair{2, []byte("remotely")}) // BREW works
	p.m.Restart()
	p.bad(errNoLogin, opLock, pair{1, true})
	locked, _ := p.good(opStatus).get(6)
	reply := p.hello()
	clock, has := reply.get(8)
	if locked != false || !has || clock != nil || p.number(reply, 5) != 2 {
		t.Errorf("after power-off: locked %v, %v", locked, reply)
	}
	p.buy(sim.Order{})
}

// Save and Load: the machine survives its process, which is a power-off to it.
func TestSaveAndLoad(t *testing.T) {
	p := play(t, Options{Serial: "29-7"})
	var saved []byte
	p.m.OnChange(func(state []byte) { saved = state })
	p.buy(sim.Order{Slot: 2, Payment: device.PaymentCard})
	if len(saved) == 0 {
		t.Error("not saved before anything is told")
	}
	p.good(opSlotWrite, pair{1, 1}, pair{2, 1}, pair{3, "Lungo"})
	p.m.Alarm(12, true)
	p.good(opJournalAck, pair{1, 1})
	p.buy(sim.Order{Slot: 0, Payment: device.PaymentCash, Brew: time.Hour})
	before := p.m.Truth()
	if got, err := p.m.Save(); err != nil || string(got) != string(saved) {
		t.Errorf("Save = %s, %v; OnChange had %s", got, err, saved)
	}

	q := play(t, Options{})
	if err := q.m.Load(saved); err != nil {
		t.Fatal(err)
	}
	after := q.m.Truth()
	before.State = "ready" // the cup in the making is gone
	if diff := cmp.Diff(before, after); diff != "" {
		t.Errorf("truth (-before +after):\n%s", diff)
	}
	q.bad(errNoLogin, opLevels)
	if reply := q.hello(); q.number(reply, 5) != 2 {
		t.Errorf("HELLO after Load: %v", reply)
	}
	q.login("s3cret")
	if numbers, reply := q.read(1, 16); len(numbers) != 2 || q.number(reply, 2) != 3 {
		t.Errorf("journal after Load: %v", reply)
	}
	status := q.good(opStatus)
	if v, _ := status.get(3); describe(v) != "[12]" || q.number(status, 5) != 2 {
		t.Errorf("status after Load: %v", status)
	}
	for name, bad := range map[string]string{
		"no JSON": "{", "another model": `{"model":"1900"}`, "no slots": `{"model":"2900","next":1}`,
		"no journal": func() string {
			var k map[string]any
			_ = json.Unmarshal(saved, &k)
			k["next"] = 0
			b, _ := json.Marshal(k)
			return string(b)
		}(),
	} {
		if err := q.m.Load([]byte(bad)); err == nil {
			t.Errorf("%s: loaded", name)
		}
	}
	if q.m.Truth().Serial != "29-7" {
		t.Error("a state that was refused changed the machine")
	}
}

// A cup takes its time; a second customer waits; a power-off in the middle aborts it.
func TestCupsTakeTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := New(Options{})
		cup, err := m.Buy(sim.Order{Slot: 1, Payment: device.PaymentCash, Brew: 30 * time.Second})
		want := sim.Cup{Number: 1, Slot: 1, Name: "Café crème", Price: device.Money{Amount: 180, Currency: "EUR"}, Kind: device.CupSale, Payment: device.PaymentCash}
		if err != nil || cup != want {
			t.Errorf("Buy = %+v, %v; want %+v", cup, err, want)
		}
		time.Sleep(29 * time.Second)
		if _, err := m.Buy(sim.Order{}); !errors.Is(err, device.ErrBusy) {
			t.Errorf("Buy meanwhile = %v, want ErrBusy", err)
		}
		if got := m.Truth(); got.State != "brewing" || len(got.Cups) != 0 {
			t.Errorf("truth meanwhile %+v", got)
		}
		time.Sleep(2 * time.Second)
		if got := m.Truth(); got.State != "ready" || len(got.Cups) != 1 || got.Counters[1] != 1 {
			t.Errorf("truth afterwards %+v", got)
		}
		if _, err := m.Buy(sim.Order{Brew: time.Second}); err != nil {
			t.Fatal(err)
		}
		m.Restart()
		if _, err := m.Buy(sim.Order{Slot: 2, Brew: 3 * time.Second}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Second) // the first one's end must not end the second
		if got := m.Truth(); got.State != "brewing" || len(got.Cups) != 1 {
			t.Errorf("truth after the restart %+v", got)
		}
		time.Sleep(2 * time.Second)
		if got := m.Truth(); len(got.Cups) != 2 || got.Cups[1].Number != 3 {
			t.Errorf("truth in the end %+v", got)
		}
	})
}

func TestBuyRefuses(t *testing.T) {
	m := New(Options{})
	for _, c := range []struct {
		o    sim.Order
		want error
	}{
		{sim.Order{Slot: -1}, device.ErrBadArgument},
		{sim.Order{Slot: 32}, device.ErrBadArgument},
		{sim.Order{Kind: device.CupRemote}, device.ErrBadArgument},
		{sim.Order{Payment: "shells"}, device.ErrBadArgument},
		{sim.Order{Slot: 31}, device.ErrSlotDisabled},
	} {
		if _, err := m.Buy(c.o); !errors.Is(err, c.want) {
			t.Errorf("Buy(%+v) = %v, want %v", c.o, err, c.want)
		}
	}
}

// Somebody refills what ran empty, over a power-off too.
func TestRefill(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := New(Options{Refill: time.Minute})
		for round := range 2 {
			if err := m.SetLevel(beans, 1); err != nil {
				t.Fatal(err)
			}
			if _, err := m.Buy(sim.Order{}); !errors.Is(err, device.ErrIngredientEmpty) {
				t.Fatalf("Buy = %v, want ErrIngredientEmpty", err)
			}
			if round == 1 {
				m.Restart()
			}
			time.Sleep(61 * time.Second)
			if _, err := m.Buy(sim.Order{}); err != nil {
				t.Errorf("Buy after the refill = %v", err)
			}
		}
	})
}
