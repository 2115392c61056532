package devicetest

import (
	"time"

	"crema/device"
	"crema/device/sim"
)

func (r *rig) journaler() device.JournalReader {
	r.Helper()
	m, ok := r.m.(device.JournalReader)
	if !ok {
		r.Skip("this machine keeps no journal")
	}
	return m
}

// next is the number of the entry to come.
func (r *rig) next() uint64 {
	r.Helper()
	s, err := r.m.Status(r.ctx())
	r.must(err)
	return s.Next
}

// readOn reads the journal from a number to its end.
func (r *rig) readOn(from uint64, n int) []device.Entry {
	r.Helper()
	var all []device.Entry
	for {
		p, err := r.journaler().ReadJournal(r.ctx(), from, n)
		r.must(err)
		if len(p.Entries) == 0 {
			return all
		}
		if len(p.Entries) > n {
			r.Fatalf("%d entries, %d were asked for", len(p.Entries), n)
		}
		all = append(all, p.Entries...)
		from = p.Entries[len(p.Entries)-1].Number + 1
	}
}

// journal: every cup, in order, as it was made; read by any size of page.
func journal(r *rig) {
	m := r.journaler()
	first := r.next()
	if first == 0 {
		r.Fatal("Status.Next is 0")
	}
	on := r.on()
	for i := range 40 {
		o := sim.Order{Slot: on[i%len(on)], Payment: device.PaymentCash}
		switch i % 4 {
		case 1:
			o.Payment, o.Badge = device.PaymentBadge, "B-17"
		case 2:
			o.Kind, o.Payment = device.CupFree, device.PaymentNone
		case 3:
			o.Kind, o.Payment = device.CupTest, device.PaymentNone
		}
		r.buy(o)
	}
	cups := r.wire.Truth().Cups
	for _, n := range []int{1, 7, 16} {
		got := r.readOn(first, n)
		if len(got) != len(cups) {
			r.Fatalf("%d entries, %d cups", len(got), len(cups))
		}
		for i, e := range got {
			c := cups[i]
			if e.Number != first+uint64(i) || e.Number != c.Number || e.Slot != c.Slot || e.Kind != c.Kind || e.Payment != c.Payment {
				r.Errorf("entry %+v, cup %+v", e, c)
			}
			if sale := e.Kind == device.CupSale; sale != (e.Price != nil) || sale && *e.Price != c.Price {
				r.Errorf("entry %d has the price %+v, the cup %+v", e.Number, e.Price, c.Price)
			}
			if len(e.Used) == 0 {
				r.Errorf("entry %d used nothing", e.Number)
			}
		}
	}
	next := first + uint64(len(cups))
	if got := r.next(); got != next {
		r.Errorf("Status.Next = %d, want %d", got, next)
	}
	r.must(m.AckJournal(r.ctx(), next-3))
	s, err := r.m.Status(r.ctx())
	if err != nil || s.OldestUnacknowledged != next-2 {
		r.Errorf("acknowledged up to %d: %+v, %v", next-3, s, err)
	}
	r.must(m.AckJournal(r.ctx(), next-1))
	r.must(m.AckJournal(r.ctx(), next-3)) // once more, and backwards
	s, err = r.m.Status(r.ctx())
	if err != nil || s.OldestUnacknowledged != next {
		r.Errorf("all acknowledged: %+v, %v", s, err)
	}
	r.wants("AckJournal of what is to come", m.AckJournal(r.ctx(), next), device.ErrBadArgument)
	_, err = m.ReadJournal(r.ctx(), 0, 1)
	r.wants("ReadJournal from 0", err, device.ErrBadArgument)
	for _, n := range []int{0, -1, 17} {
		_, err = m.ReadJournal(r.ctx(), 1, n)
		r.wants("ReadJournal of that many", err, device.ErrBadArgument)
	}
	p, err := m.ReadJournal(r.ctx(), next+100, 16)
	if err != nil || len(p.Entries) != 0 || p.Next != next {
		r.Errorf("ReadJournal past the end = %+v, %v", p, err)
	}
}

// journalOverrun: what was overwritten is told by numbers and by count.
func journalOverrun(r *rig) {
	m := r.journaler()
	first := r.next()
	for range 3 {
		r.buy(sim.Order{Slot: r.on()[0]})
	}
	r.must(m.AckJournal(r.ctx(), first+2))
	for {
		r.buy(sim.Order{Slot: r.on()[0]})
		p, err := m.ReadJournal(r.ctx(), first+3, 1)
		r.must(err)
		if len(p.Entries) != 1 || p.Entries[0].Number != p.Oldest && p.Entries[0].Number != first+3 {
			r.Fatalf("from %d on: %+v", first+3, p)
		}
		if p.Oldest > first+5 { // two entries that nobody had acknowledged are gone
			if p.Overwritten != p.Oldest-(first+3) || p.Entries[0].Number != p.Oldest {
				r.Errorf("oldest %d, first not acknowledged was %d: %+v", p.Oldest, first+3, p)
			}
			break
		}
		if p.Overwritten != 0 && p.Oldest <= first+3 {
			r.Fatalf("%d overwritten while %d is the oldest", p.Overwritten, p.Oldest)
		}
		if p.Next > first+100_000 {
			r.Fatal("the journal never runs over")
		}
	}
	next := r.next()
	r.must(m.AckJournal(r.ctx(), next-1))
	p, err := m.ReadJournal(r.ctx(), next, 1)
	if err != nil || p.Overwritten != 0 {
		r.Errorf("after the acknowledgement: %+v, %v", p, err)
	}
	if s, ok := r.wire.Machine.(interface{ SetJournalNext(uint64) }); ok {
		s.SetJournalNext(next + 1_000_000)
		r.buy(sim.Order{Slot: r.on()[0]})
		if got := r.readOn(next, 16); len(got) == 0 || got[len(got)-1].Number != next+1_000_000 {
			r.Errorf("over a gap in the numbers: %d entries", len(got))
		}
	}
}

func clock(r *rig) {
	m, ok := r.m.(device.ClockSetter)
	if !ok {
		r.Skip("this machine has no clock")
	}
	if !r.id.Clock.IsZero() {
		r.Errorf("a clock that nobody set says %v", r.id.Clock)
	}
	now := time.Date(2026, 3, 4, 5, 6, 7, 890, time.UTC)
	r.must(m.SetClock(r.ctx(), now))
	if _, ok := r.m.(device.JournalReader); ok {
		first := r.next()
		r.buy(sim.Order{Slot: r.on()[0]})
		if e := r.readOn(first, 1); len(e) != 1 || e[0].Time.Before(now.Truncate(time.Second)) || e[0].Time.After(now.Add(patience)) {
			r.Errorf("a cup after SetClock(%v): %+v", now, e)
		}
	}
	r.connect()
	if r.id.Clock.Before(now.Truncate(time.Second)) || r.id.Clock.After(now.Add(patience)) {
		r.Errorf("after SetClock(%v) the machine says %v", now, r.id.Clock)
	}
	r.wire.Restart()
	r.connect()
	if !r.id.Clock.IsZero() {
		r.Errorf("after a power cut the clock says %v", r.id.Clock)
	}
}
