package devicetest

import (
	"math/rand/v2"
	"time"

	"crema/device"
	"crema/device/sim"
)

// count reads the counters, where there are some, and compares them with the truth.
func (r *rig) count() device.Counters {
	r.Helper()
	m, ok := r.m.(device.CounterReader)
	if !ok {
		r.Skip("this machine keeps no counters")
	}
	c, err := m.ReadCounters(r.ctx())
	r.must(err)
	truth := r.wire.Truth()
	if int(c.Epoch) != truth.Epoch || c.Modulus == 0 || len(c.Cups) != r.id.Slots {
		r.Errorf("ReadCounters = %+v, the machine's epoch is %d", c, truth.Epoch)
	}
	for slot, n := range c.Cups {
		if n != truth.Counters[slot] || n >= c.Modulus {
			r.Errorf("slot %d counts %d cups, the machine %d", slot, n, truth.Counters[slot])
		}
	}
	return c
}

func counters(r *rig) {
	before := r.count()
	rng := rand.New(rand.NewPCG(1, 1))
	bought := map[int]uint64{}
	on := r.on()
	for range 50 {
		slot := on[rng.IntN(len(on))]
		r.buy(sim.Order{Slot: slot, Kind: []device.CupKind{device.CupSale, device.CupFree, device.CupTest}[rng.IntN(3)]})
		bought[slot]++
	}
	after := r.count()
	for slot := range r.id.Slots {
		if got := (after.Cups[slot] - before.Cups[slot] + after.Modulus) % after.Modulus; got != bought[slot] {
			r.Errorf("slot %d rose by %d, %d cups were bought", slot, got, bought[slot])
		}
	}
	// A cup in the making is not counted.
	r.buy(sim.Order{Slot: on[0], Brew: time.Hour})
	if again := r.count(); again.Cups[on[0]] != after.Cups[on[0]] {
		r.Errorf("a cup is counted before it is made")
	}
	if s, ok := r.wire.Machine.(sim.CounterResetter); ok {
		s.ResetCounters()
		r.count()
	}
	if s, ok := r.wire.Machine.(interface{ SetCounters(uint8, [8]uint16) }); ok {
		s.SetCounters(255, [8]uint16{65535, 0, 1, 9, 10, 99, 10000, 65535})
		r.count()
	}
}

// token is a new one for each seed.
func token(n byte) device.Token { return device.Token{'t', 'o', 'k', 'e', 'n', 0, 0, n} }

func (r *rig) brewer() device.Brewer {
	r.Helper()
	m, ok := r.m.(device.Brewer)
	if !ok {
		r.Skip("this machine brews for nobody but those at its panel")
	}
	return m
}

func brew(r *rig) {
	m := r.brewer()
	for i, locked := range []bool{false, true} { // a locked panel is no obstacle
		r.must(r.m.Lock(r.ctx(), locked))
		for _, slot := range r.on() {
			before := len(r.wire.Truth().Cups)
			b, err := m.Brew(r.ctx(), slot, token(byte(16*slot+i)))
			r.must(err)
			cups := r.wire.Truth().Cups[before:]
			if len(cups) != 1 || cups[0].Slot != slot || cups[0].Kind != device.CupRemote {
				r.Fatalf("Brew(%d) made %+v", slot, cups)
			}
			if _, ok := r.m.(device.JournalReader); ok && b.Number != cups[0].Number || !ok && b.Number != 0 {
				r.Errorf("Brew = %+v, the cup is %+v", b, cups[0])
			}
		}
	}
}

func brewRefused(r *rig) {
	m := r.brewer()
	slot := r.on()[0]
	n := byte(0)
	refused := func(slot int, want error) {
		r.Helper()
		n++
		_, err := m.Brew(r.ctx(), slot, token(n))
		r.wants("Brew", err, want)
	}
	refused(-1, device.ErrBadArgument)
	refused(r.id.Slots, device.ErrBadArgument)
	old, err := r.m.ReadSlot(r.ctx(), slot)
	r.must(err)
	off := false
	_, err = r.m.WriteSlot(r.ctx(), old, device.SlotChange{Enabled: &off})
	r.must(err)
	refused(slot, device.ErrSlotDisabled)
	slot = r.on()[0]
	r.wire.Alarm(stopping, true)
	refused(slot, device.ErrNotReady)
	r.wire.Alarm(stopping, false)
	r.must(r.m.AckAlarm(r.ctx(), stopping))
	r.wire.Alarm(1, true) // water, of both machines
	refused(slot, device.ErrIngredientEmpty)
	r.wire.Alarm(1, false)
	r.must(r.m.AckAlarm(r.ctx(), 1))
	r.buy(sim.Order{Slot: slot, Brew: time.Hour})
	refused(slot, device.ErrBusy)
	if cups := r.wire.Truth().Cups; len(cups) != 0 {
		r.Errorf("refused, and yet: %+v", cups)
	}
}

func brewToken(r *rig) {
	m := r.brewer()
	if !r.m.Limits().BrewTokens {
		r.Skip("this machine knows no tokens")
	}
	slots := r.on()
	first, err := m.Brew(r.ctx(), slots[0], token(1))
	r.must(err)
	again := func() {
		r.Helper()
		b, err := m.Brew(r.ctx(), slots[0], token(1))
		if err != nil || b != first {
			r.Errorf("the same token again = %+v, %v, want %+v", b, err, first)
		}
	}
	again()
	r.wire.Restart()
	r.connect()
	again()
	other, err := m.Brew(r.ctx(), slots[1], token(2))
	if err != nil || other == first {
		r.Errorf("another token = %+v, %v", other, err)
	}
	if cups := r.wire.Truth().Cups; len(cups) != 2 {
		r.Errorf("two tokens made %+v", cups)
	}
}
