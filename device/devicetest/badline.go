package devicetest

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"crema/device"
	"crema/device/sim"
)

// bad lines there are of each seed, beside each other as they wait most of the time, and
// operations that each has to carry.
const (
	badLines   = 3
	operations = 80
)

// badLine does what a careful caller does, at random, on a line that spoils a fifth of
// what is sent: no value is ever wrong, no cup is made twice, nothing hangs, and most
// of it works.
func badLine(t *testing.T, open Open, seed int64) {
	t.Logf("seed %d", seed)
	b := &bad{rig: newRig(t, open, 0.2, seed), rng: rand.New(rand.NewPCG(uint64(seed), 4))}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("it failed with seed %d", seed)
		}
	})
	b.again()
	b.on = b.rig.on()
	b.cursor = 1
	for n := range operations {
		op := b.pick()
		began := time.Now()
		err := op.run(b.ctx())
		if took := time.Since(began); took > patience/2 {
			t.Fatalf("operation %d, %s, took %v", n, op.name, took)
		}
		switch {
		case err == nil:
			b.worked++
		case lineTrouble(err):
			b.again()
		case errors.Is(err, device.ErrOutcomeUnknown), errors.Is(err, device.ErrBadReply):
		default:
			t.Fatalf("operation %d, %s: %v", n, op.name, err)
		}
		if t.Failed() {
			t.Fatalf("after operation %d, %s", n, op.name)
		}
	}
	if b.worked < operations/2 {
		t.Errorf("only %d of %d operations worked", b.worked, operations)
	}
	b.settle()
}

type bad struct {
	*rig
	rng    *rand.Rand
	on     []int
	names  int
	tokens byte
	worked int
	cursor uint64 // of the journal
	read   int    // how many of the cups it had
}

type operation struct {
	name string
	run  func(ctx context.Context) error
}

func (b *bad) pick() operation {
	ops := []operation{
		{"status", b.status}, {"slot", b.slot}, {"slot", b.slot}, {"write", b.write}, {"write", b.write},
		{"lock", b.lock}, {"alarm", b.alarm}, {"levels", b.levels}, {"buy", b.buy}, {"buy", b.buy},
	}
	if m, ok := b.m.(device.CounterReader); ok {
		ops = append(ops, operation{"counters", func(ctx context.Context) error { return b.counters(ctx, m) }})
	}
	if m, ok := b.m.(device.Brewer); ok {
		brew := operation{"brew", func(ctx context.Context) error { return b.brew(ctx, m) }}
		ops = append(ops, brew, brew)
	}
	if m, ok := b.m.(device.JournalReader); ok {
		ops = append(ops, operation{"journal", func(ctx context.Context) error { return b.journal(ctx, m) }})
	}
	if b.rng.IntN(50) == 0 {
		return operation{"restart", func(context.Context) error { b.wire.Restart(); return nil }}
	}
	return ops[b.rng.IntN(len(ops))]
}

// again connects; a line that is a fifth bad lets one in within a few tries.
func (b *bad) again() {
	b.Helper()
	var err error
	for range 100 {
		if b.id, err = b.m.Connect(b.ctx()); err == nil {
			if truth := b.wire.Truth(); b.id.Serial != truth.Serial || b.id.Model != truth.Model {
				b.Errorf("Connect = %+v", b.id)
			}
			return
		}
		var lockedOut *device.LockedOutError
		if errors.Is(err, device.ErrLogin) || errors.As(err, &lockedOut) {
			b.Fatalf("Connect = %v", err)
		}
	}
	b.Fatalf("no connection in a hundred tries: %v", err)
}

func (b *bad) status(ctx context.Context) error {
	s, err := b.m.Status(ctx)
	if truth := b.wire.Truth(); err == nil && (s.State.String() != truth.State || s.Locked != nil && *s.Locked != truth.Locked) {
		b.Errorf("Status = %+v, the machine is %s", s, truth.State)
	}
	return err
}

func (b *bad) slot(ctx context.Context) error {
	n := b.rng.IntN(b.id.Slots)
	got, err := b.m.ReadSlot(ctx, n)
	if truth := b.rig.slot(n); err == nil && !b.alike(got, truth) {
		b.Errorf("ReadSlot = %+v, the machine holds %+v", got, truth)
	}
	return err
}

// write gives a slot a name that it never had, so that what it holds tells who wrote it.
func (b *bad) write(ctx context.Context) error {
	n := b.rng.IntN(b.id.Slots)
	old, err := b.m.ReadSlot(ctx, n)
	if err != nil {
		return err
	}
	b.names++
	name := fmt.Sprint("N", b.names)
	price := old.Price
	price.Amount = int64(b.rng.IntN(1000))
	before := b.wire.Truth().Slots
	got, err := b.m.WriteSlot(ctx, old, device.SlotChange{Name: &name, Price: &price})
	truth := b.wire.Truth().Slots
	written := truth[n].Name == name && truth[n].Price.Amount == price.Amount
	switch {
	case err == nil && (!written || !b.alike(got, truth[n])):
		b.Errorf("WriteSlot = %+v, the machine holds %+v", got, truth[n])
	case err != nil && !errors.Is(err, device.ErrOutcomeUnknown) && truth[n].Name != before[n].Name:
		b.Errorf("WriteSlot = %v, and the machine holds %+v", err, truth[n])
	case !written && truth[n].Name != before[n].Name:
		b.Errorf("WriteSlot = %v made %+v of %+v", err, truth[n], before[n])
	}
	before[n] = truth[n]
	if !held(before, truth) {
		b.Errorf("writing slot %d changed another: %+v", n, truth)
	}
	return err
}

func (b *bad) lock(ctx context.Context) error {
	locked := b.rng.IntN(2) == 0
	err := b.m.Lock(ctx, locked)
	if got := b.wire.Truth().Locked; err == nil && got != locked {
		b.Errorf("Lock(%v), and the machine is locked: %v", locked, got)
	}
	return err
}

func (b *bad) alarm(ctx context.Context) error {
	b.wire.Alarm(stopping, true)
	b.wire.Alarm(stopping, false)
	for {
		err := b.m.AckAlarm(ctx, stopping)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil || !lineTrouble(err) && !errors.Is(err, device.ErrOutcomeUnknown) && !errors.Is(err, device.ErrBadReply) {
			return err
		}
		b.again() // nothing works while it is set
	}
}

func (b *bad) levels(ctx context.Context) error {
	levels, err := b.m.Levels(ctx)
	for _, l := range levels {
		if l.Level < 0 || l.Capacity > 0 && l.Level > l.Capacity {
			b.Errorf("level %+v", l)
		}
	}
	return err
}

func (b *bad) buy(context.Context) error {
	_, err := b.wire.Buy(sim.Order{Slot: b.on[b.rng.IntN(len(b.on))], Payment: device.PaymentCard})
	switch {
	case errors.Is(err, sim.ErrPanelLocked):
		return nil
	case errors.Is(err, device.ErrIngredientEmpty):
		b.top()
		return nil
	}
	return err
}

// top fills up what a machine with tanks has used.
func (b *bad) top() {
	b.wire.Spoil(0, 0)
	b.again()
	b.fillUp()
	b.wire.Spoil(0.2, b.rng.Int64())
}

func (b *bad) counters(ctx context.Context, m device.CounterReader) error {
	c, err := m.ReadCounters(ctx)
	if err != nil {
		return err
	}
	truth := b.wire.Truth()
	for slot, n := range truth.Counters {
		if c.Cups[slot] != n || int(c.Epoch) != truth.Epoch {
			b.Errorf("ReadCounters = %+v, the machine counts %v", c, truth.Counters)
			break
		}
	}
	return nil
}

// brew never makes more than the one cup. Where the machine knows tokens, the same
// token is used until it is known what came of it.
func (b *bad) brew(ctx context.Context, m device.Brewer) error {
	slot := b.on[b.rng.IntN(len(b.on))]
	b.tokens++
	t := token(b.tokens)
	before := len(b.wire.Truth().Cups)
	_, err := m.Brew(ctx, slot, t)
	for b.m.Limits().BrewTokens && errors.Is(err, device.ErrOutcomeUnknown) && ctx.Err() == nil {
		b.again()
		_, err = m.Brew(ctx, slot, t)
	}
	cups := b.wire.Truth().Cups[before:]
	switch {
	case len(cups) > 1:
		b.Errorf("Brew = %v made %d cups", err, len(cups))
	case len(cups) == 1 && cups[0].Slot != slot:
		b.Errorf("Brew(%d) = %v made %+v", slot, err, cups[0])
	case err == nil && len(cups) != 1:
		b.Errorf("Brew went well and made %d cups", len(cups))
	case err != nil && !errors.Is(err, device.ErrOutcomeUnknown) && len(cups) != 0:
		b.Errorf("Brew = %v, and a cup was made", err)
	}
	if errors.Is(err, device.ErrIngredientEmpty) {
		b.top()
		return nil
	}
	return err
}

// journal reads on and acknowledges; no cup is missing or there twice.
func (b *bad) journal(ctx context.Context, m device.JournalReader) error {
	p, err := m.ReadJournal(ctx, b.cursor, 16)
	if err != nil || len(p.Entries) == 0 {
		return err
	}
	cups := b.wire.Truth().Cups
	for _, e := range p.Entries {
		if e.Kind == device.CupAborted {
			continue
		}
		if b.read == len(cups) || e.Number != cups[b.read].Number || e.Slot != cups[b.read].Slot || e.Kind != cups[b.read].Kind {
			b.Errorf("entry %+v is not cup %d", e, b.read)
			return nil
		}
		b.read++
	}
	b.cursor = p.Entries[len(p.Entries)-1].Number + 1
	return m.AckJournal(ctx, b.cursor-1)
}

// settle looks at everything again over a clean line.
func (b *bad) settle() {
	b.wire.Spoil(0, 0)
	b.again()
	if b.id.Slots == 0 {
		b.Fatal("no slots")
	}
	for n := range b.id.Slots {
		if err := b.slotIs(n); err != nil {
			b.Error(err)
		}
	}
	if m, ok := b.m.(device.CounterReader); ok {
		b.must(b.counters(b.ctx(), m))
	}
	if m, ok := b.m.(device.JournalReader); ok {
		for before := -1; before != b.read; {
			before = b.read
			b.must(b.journal(b.ctx(), m))
		}
		if cups := b.wire.Truth().Cups; b.read != len(cups) {
			b.Errorf("the journal had %d of %d cups", b.read, len(cups))
		}
	}
}

func (b *bad) slotIs(n int) error {
	got, err := b.m.ReadSlot(b.ctx(), n)
	if err != nil {
		return err
	}
	if truth := b.rig.slot(n); !b.alike(got, truth) {
		return fmt.Errorf("slot %d was read as %+v, the machine holds %+v", n, got, truth)
	}
	return nil
}
