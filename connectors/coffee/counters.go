package coffee

import (
	"errors"
	"fmt"
	"maps"
	"strconv"
	"strings"
	"time"

	"crema/connectors/coffee/ledger"
	"crema/device"
)

// counters1900 is one more than the 1900's highest count (manual, section 1, CT).
const counters1900 = 1 << 16

// Of a reading that can't be believed at most this many cups are parked one by one.
// More are only named by their numbers: nobody would look through them, and a counter
// that is read wrong by 65,000 must not fill the store.
const maxParkedJump = 10_000

// maxClockWait is how long a reading waits for a clock that tells how long the board
// was off.
const maxClockWait = 24 * time.Hour

// errClockWait is a reading that can't be judged before the clock is trusted.
var errClockWait = errors.New("the counters moved by more than can be judged before the clock is trusted; the reading waits")

// counters takes a reading of the 1900's counters.
func (in *intake) counters(l look) error {
	raw := [8]uint64{}
	for slot, n := range l.counters.Cups {
		if slot < 0 || slot >= len(raw) {
			return fmt.Errorf("counter of slot %d: %w", slot, device.ErrBadReply)
		}
		raw[slot] = n % counters1900
	}
	if !in.m.Known {
		in.keepReading(ledger.Reading{Epoch: l.counters.Epoch, Cups: raw, When: in.at})
		in.keepDoubts()
		return nil
	}
	if in.m.Epoch == l.counters.Epoch && in.m.Raw == raw {
		return in.pourNotCounted(l)
	}
	if err := in.count(l.counters.Epoch, raw, in.b.judge(in.m.LastRead, in.at)); err != nil {
		return err
	}
	return in.pourNotCounted(l)
}

// keepReading keeps a raw reading: the first and the last of each epoch.
func (in *intake) keepReading(r ledger.Reading) {
	rs := in.m.Readings
	n := len(rs)
	switch {
	case n > 0 && rs[n-1].Epoch == r.Epoch && rs[n-1].Cups == r.Cups:
		return
	case n > 1 && rs[n-1].Epoch == r.Epoch && rs[n-2].Epoch == r.Epoch:
		rs[n-1] = r
	default:
		rs = append(rs, r)
	}
	in.m.Readings, in.dirty = rs, true
}

// keepDoubts notes the slots that were changed since an older snapshot of the store: what
// was counted up to this reading may be of before or after.
func (in *intake) keepDoubts() {
	if !in.m.Restored {
		return
	}
	for slot, c := range in.slots {
		if last := len(in.m.Readings) - 1; c.uncertain() && in.m.Doubts[slot] != last+1 {
			in.m.Doubts = put(maps.Clone(in.m.Doubts), slot, last+1)
			in.dirty = true
		}
	}
}

// judgement is what can be said of a number of cups since the last reading.
type judgement func(total uint64) verdict

type verdict int

const (
	believed verdict = iota
	jumped           // parked
	unknown          // wait for the clock
)

// judge believes one cup a second since the last reading, and 20 more.
func (b *Backend) judge(last, now ledger.When) judgement {
	if b.lastCounters.Boot == now.Boot && b.lastCounters.Board > last.Board {
		last = b.lastCounters
	}
	elapsed, known := b.elapsed(last, now)
	return func(total uint64) verdict {
		switch {
		case total <= 20+uint64(max(elapsed, 0)/time.Second):
			return believed
		case !known && now.Board-b.connected.Board < maxClockWait:
			return unknown
		default:
			return jumped
		}
	}
}

// elapsed is how much time can have passed. Over a reboot only the wall clock knows:
// board time stands still while the board is off.
func (b *Backend) elapsed(last, now ledger.When) (d time.Duration, known bool) {
	d = now.Board - last.Board
	if last.Boot == now.Boot {
		return d, true
	}
	if now.Trust == ledger.TimeUntrusted {
		return d, false
	}
	from := last.Wall
	if last.Trust == ledger.TimeUntrusted && from.Before(b.d.Build) {
		from = b.d.Build
	}
	return max(d, now.Wall.Sub(from)), true
}

// anything believes every count: a lost card is made good after any time.
func anything(uint64) verdict { return believed }

// count moves the cursor to a reading and adds the cups since. A counter that stands
// lower than before looks like most of a round of 65,536: no machine makes that many
// between two readings, so such cups are never added, only named.
func (in *intake) count(epoch uint8, raw [8]uint64, j judgement) error {
	m := in.m // as it was
	reset := epoch != m.Epoch
	if reset {
		in.m.Past = put(in.m.Past, m.Era, m.N)
		in.m.Era += uint64(epoch - m.Epoch) // mod 256, as the machine counts
		in.m.Epoch, in.m.Raw, in.m.N = epoch, [8]uint64{}, [8]uint64{}
	}
	var total uint64
	var more, lower [8]uint64
	for s := range raw {
		if more[s] = (raw[s] - in.m.Raw[s]) % counters1900; more[s] >= counters1900/2 {
			more[s], lower[s] = 0, more[s]
		}
		total += more[s]
	}
	reason := ""
	switch v := j(total); {
	case v == unknown:
		return errClockWait
	case v == jumped && total > maxParkedJump:
		for s := range more {
			more[s], lower[s] = 0, more[s]+lower[s]
		}
		total = 0
	case v == jumped:
		reason = ledger.ReasonJump
	}
	if reset {
		if err := in.tellReset(m); err != nil {
			return err
		}
	}
	if err := in.skip(lower); err != nil {
		return err
	}
	for s := range more {
		if err := in.countSlot(s, more[s], total, reason); err != nil {
			return err
		}
	}
	in.m.Raw, in.m.LastRead, in.dirty = raw, in.at, true
	if reason == "" {
		return nil
	}
	return in.tell(ModelMachine, in.machineName(), ledger.ReasonJump,
		"The counters of %s went up by %d cups, more than it can have made since they were read before. The cups are set aside. Review this to book them.",
		in.machineName(), total)
}

// countSlot adds the next n cups of a slot.
func (in *intake) countSlot(slot int, n, total uint64, reason string) error {
	for range n {
		in.m.N[slot]++
		c, certain, err := in.content(slot, 0, nil)
		if err != nil {
			return err
		}
		cup := ledger.Cup{
			Key: ledger.Key1900(in.m.Serial, in.m.Era, slot, in.m.N[slot]), Number: in.m.N[slot], Era: in.m.Era,
			Slot: slot, Kind: device.CupCounted, Product: c.product, SlotName: c.name, Time: in.at.Wall, TimeTrust: in.at.Trust,
		}
		if cup.Price, err = in.priced(c.price); err != nil {
			return err
		}
		why := reason
		if (!certain || in.unsure[slot]) && why == "" {
			why = ledger.ReasonInDoubt
		}
		if why, err = in.poured(&cup, total, why); err != nil {
			return err
		}
		if err := in.add(cup, why); err != nil {
			return err
		}
	}
	return nil
}

// skip moves the cursor over cups that nobody can believe, and names them.
func (in *intake) skip(cups [8]uint64) error {
	var names []string
	for s, n := range cups {
		if n > 0 {
			names = append(names, fmt.Sprintf("slot %d: %s", s, ledger.Span(in.m.N[s]+1, in.m.N[s]+n)))
			in.m.N[s] += n
		}
	}
	if len(names) == 0 {
		return nil
	}
	return in.tell(ModelMachine, in.machineName()+"/"+strconv.FormatUint(in.m.Era, 10)+"/"+readings(in.m.N), reasonCountersLost,
		"The counters of %s (era %d) moved by more than can be true, as they do when some stand lower than before. Counting goes on from there; these are not booked: %s.",
		in.machineName(), in.m.Era, strings.Join(names, "; "))
}

// tellReset says what is not known after the counters were reset; m is the cursor of
// before.
func (in *intake) tellReset(m ledger.Machine) error {
	last := "the reading before"
	if n, asked := in.known.past[m.Era]; asked {
		m.N, last = n, "the last that Odoo has"
	}
	return in.tell(ModelMachine, in.machineName()+"/"+strconv.FormatUint(in.m.Era, 10), reasonCounterReset,
		"The counters of %s were reset. What it made between %s (era %d: %s) and the reset is not known, and is not booked.",
		in.machineName(), last, m.Era, readings(m.N))
}

// readings writes eight counters as the notes do.
func readings(n [8]uint64) string {
	var out []string
	for _, v := range n {
		out = append(out, fmt.Sprint(v))
	}
	return strings.Join(out, ",")
}
