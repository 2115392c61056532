package coffee2900_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"crema/device"
	"crema/device/driver/coffee2900"
	"crema/device/sim"
	sim2900 "crema/device/sim/coffee2900"
)

// TestModel does what a careful caller does, at random, on a line that spoils a fifth of
// what is sent, while customers buy and somebody pulls plugs; in the end every cup is
// known once, and no slot holds what nobody wrote.
func TestModel(t *testing.T) {
	start := rand.Int64()
	for n := range int64(12) {
		seed := start + n
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) { newModel(t, seed).run(500) })
		})
	}
}

type model struct {
	t   *testing.T
	rng *rand.Rand
	w   *wire
	m   *coffee2900.Machine

	names   int
	numbers map[uint64]bool // of the cups that crema started
	next    uint64          // the journal's cursor
	sold    map[uint64]device.Entry
}

func newModel(t *testing.T, seed int64) *model {
	w := &wire{t: t, machine: sim2900.New(sim2900.Options{Brew: 2 * time.Second}), faults: &sim.FaultOptions{Rate: 0.2, Seed: seed}}
	m := &model{
		t: t, rng: rand.New(rand.NewPCG(uint64(seed), 1)), w: w,
		m:       coffee2900.New(w.dial, coffee2900.Options{User: "service", Password: password}),
		numbers: map[uint64]bool{}, sold: map[uint64]device.Entry{}, next: 1,
	}
	return m
}

func (m *model) run(steps int) {
	defer m.w.unplug()
	defer m.m.Close()
	m.connect()
	for range steps {
		switch m.rng.IntN(12) {
		case 0, 1:
			m.write()
		case 2, 3:
			m.brew()
		case 4, 5, 6:
			m.read()
		case 7, 8:
			_, err := m.w.machine.Buy(sim.Order{Slot: m.rng.IntN(6), Payment: device.PaymentCard, Brew: time.Duration(m.rng.IntN(3)) * time.Second})
			if errors.Is(err, device.ErrIngredientEmpty) {
				for id, full := range []int64{0, 1200, 40_000, 10_000} {
					_ = m.w.machine.SetLevel(id, full)
				}
			}
		case 9:
			m.w.machine.Restart()
		case 10:
			m.w.unplug()
		case 11:
			time.Sleep(time.Duration(m.rng.IntN(3000)) * time.Millisecond)
		}
	}
	m.w.faults = nil // a good line for the end
	m.w.unplug()
	time.Sleep(time.Minute)
	m.read()
	m.compare()
}

// call repeats f over connections until its error is no matter of the line.
func (m *model) call(f func(ctx context.Context) error) error {
	for range 200 {
		err := f(m.t.Context())
		switch {
		case errors.Is(err, device.ErrNoReply), errors.Is(err, device.ErrLineLost), errors.Is(err, device.ErrAway),
			errors.Is(err, device.ErrRestarted), errors.Is(err, device.ErrOutcomeUnknown):
			m.connect()
		case errors.Is(err, device.ErrLogin), errors.Is(err, device.ErrBadReply):
			m.t.Errorf("a bad line looks like this: %v", err)
			return err
		default:
			return err
		}
	}
	m.t.Fatal("the line never works")
	return io.ErrUnexpectedEOF
}

func (m *model) connect() {
	for range 200 {
		_, err := m.m.Connect(m.t.Context())
		if err == nil {
			return
		}
		if errors.Is(err, device.ErrLogin) {
			m.t.Fatalf("Connect: %v", err)
		}
	}
	m.t.Fatal("no connection in 200 tries")
}

// write names a slot as it was never named before, so that what it holds tells who
// wrote it.
func (m *model) write() {
	n := m.rng.IntN(32)
	var old device.Slot
	if err := m.call(func(ctx context.Context) (err error) { old, err = m.m.ReadSlot(ctx, n); return err }); err != nil {
		m.t.Fatalf("ReadSlot: %v", err)
	}
	edited := m.rng.IntN(4) == 0
	if edited {
		if err := m.w.machine.EditSlot(n, func(s *device.Slot) { s.Enabled = !s.Enabled }); err != nil {
			m.t.Fatal(err)
		}
	}
	m.names++
	name := fmt.Sprint("name ", m.names)
	now, err := m.m.WriteSlot(m.t.Context(), old, device.SlotChange{Name: &name})
	truth := m.w.machine.Truth().Slots[n]
	var differs *device.RevDiffersError
	switch {
	case err == nil && (edited || now.Name != name || truth.Name != name || truth.Rev != old.Rev+1):
		m.t.Errorf("WriteSlot = %+v, edited %v, the machine holds %+v", now, edited, truth)
	case errors.Is(err, device.ErrOutcomeUnknown):
	case errors.As(err, &differs) && (!edited || truth.Name == name):
		m.t.Errorf("WriteSlot = %v, edited %v, the machine holds %+v", err, edited, truth)
	case err != nil && truth.Name == name:
		m.t.Errorf("WriteSlot = %v, and the machine holds it", err)
	}
}

func (m *model) brew() {
	var token device.Token
	for i := range token {
		token[i] = byte(m.rng.Uint32())
	}
	var b device.Brewing
	err := m.call(func(ctx context.Context) (err error) { b, err = m.m.Brew(ctx, m.rng.IntN(6), token); return err })
	if err != nil {
		return
	}
	if m.numbers[b.Number] {
		m.t.Errorf("two cups have number %d", b.Number)
	}
	m.numbers[b.Number] = true
}

// read reads on in the journal and acknowledges what it has.
func (m *model) read() {
	for {
		var p device.JournalPage
		if err := m.call(func(ctx context.Context) (err error) {
			p, err = m.m.ReadJournal(ctx, m.next, 1+m.rng.IntN(16))
			return err
		}); err != nil {
			m.t.Fatalf("ReadJournal: %v", err)
		}
		for _, e := range p.Entries {
			if e.Number != m.next {
				m.t.Fatalf("entry %d where %d was to come", e.Number, m.next)
			}
			m.next++
			m.sold[e.Number] = e
		}
		if len(p.Entries) == 0 {
			break
		}
	}
	if err := m.call(func(ctx context.Context) error { return m.m.AckJournal(ctx, m.next-1) }); err != nil {
		m.t.Errorf("AckJournal: %v", err)
	}
}

// compare holds what was read against what happened.
func (m *model) compare() {
	cups := 0
	for n, e := range m.sold {
		if e.Kind != device.CupAborted {
			cups++
		}
		mine := e.Kind == device.CupRemote || e.Kind == device.CupAborted && e.Price == nil
		if mine != m.numbers[n] {
			m.t.Errorf("entry %+v, started by crema: %v", e, m.numbers[n])
		}
	}
	truth := m.w.machine.Truth()
	if len(truth.Cups) != cups {
		m.t.Errorf("%d cups read, %d made", cups, len(truth.Cups))
	}
	for _, c := range truth.Cups {
		if e := m.sold[c.Number]; e.Kind != c.Kind || e.Slot != c.Slot || e.Payment != c.Payment {
			m.t.Errorf("cup %+v was read as %+v", c, e)
		}
	}
}
