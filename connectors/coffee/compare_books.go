package coffee

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"crema/connectors/coffee/ledger"
	"crema/connectors/odoo/pos"
	"crema/device"
	"crema/store"
)

// comparison is one of a machine's counters, the ledger's cups and Odoo's orders.
type comparison struct {
	machine ledger.Machine
	state   reconciled // as it is after it
	asked   bool       // the machine was
	cups    int        // that Odoo was asked about
	waiting int
	names   map[int]string   // of the slots
	drinks  map[int64]string // by product, as Odoo calls them
	zone    *time.Location   // for the eyes of people
	missing []ledger.Cup     // booked, and not in Odoo
}

// counted is what the machine's counters say at a moment at which all its cups are in the
// ledger: up to the cup last, in the era era of a 1900.
type counted struct {
	cups      map[int]uint64
	modulus   uint64
	last, era uint64
}

// errInUse is a machine that finishes cups faster than it can be compared.
var errInUse = errors.New("the machine made a cup while its counters were read")

// compareBooks compares. It writes nothing but the cups that it reads.
func (b *Backend) compareBooks(ctx context.Context) (comparison, error) {
	c := comparison{names: map[int]string{}, drinks: map[int64]string{}, zone: b.d.Zone}
	var now counted
	err := b.link.Do(ctx, device.PriorityNormal, func(ctx context.Context, m device.Machine) (err error) {
		now, err = b.countAll(ctx, m)
		return err
	})
	if c.asked = err == nil; err != nil && !away(err) && !errors.Is(err, errInUse) && !errors.Is(err, errClockWait) {
		return c, err
	}
	var ask []ledger.Cup
	err = b.d.Store.View(func(tx *store.Tx) (err error) {
		if c.machine, err = b.attachedMachine(tx); err != nil {
			return err
		}
		c.state, _, err = reconciledMachines.Get(tx, c.name())
		if err != nil {
			return err
		}
		c.state = c.state.clone()
		if c.asked {
			if err := c.state.count(tx, c.machine, now); err != nil {
				return err
			}
		}
		for h := range heldSlots(tx, b.cfg.Name) {
			c.names[h.Slot.Number] = h.Slot.Name
		}
		for d := range drinksOf(tx, b.cfg.Name) {
			c.drinks[d.Product] = d.Name
		}
		ask, err = c.toAsk(tx, b)
		return err
	})
	if err != nil || len(ask) == 0 {
		return c, err
	}
	uuids := make([]string, len(ask))
	for i, cup := range ask {
		uuids[i] = cup.UUID
	}
	inForce, err := pos.InForce(ctx, b.d.Odoo, uuids)
	if err != nil {
		return c, err
	}
	c.cups = len(ask)
	for _, cup := range ask {
		if !inForce[cup.UUID] && !slices.Contains(c.state.Accepted, cup.Seq) {
			c.missing, c.state.Missing = append(c.missing, cup), append(c.state.Missing, cup.Seq)
			if cup.Seq <= c.state.Asked && len(c.state.Watched) < mostWatched {
				c.state.Watched = append(c.state.Watched, cup.Seq)
			}
		}
	}
	slices.Sort(c.state.Watched)
	c.state.Accepted = slices.DeleteFunc(c.state.Accepted, func(seq uint64) bool { return seq <= c.state.Asked })
	return c, nil
}

func (c comparison) name() string { return c.machine.Model + "/" + c.machine.Serial }

// countAll reads the machine's cups, and its counters at a moment at which none is newer.
func (b *Backend) countAll(ctx context.Context, m device.Machine) (counted, error) {
	r, ok := m.(device.CounterReader)
	if !ok {
		return counted{}, errors.ErrUnsupported
	}
	before, err := r.ReadCounters(ctx)
	for range 5 {
		if err != nil {
			return counted{}, err
		}
		if err := b.pollCups(ctx, m); err != nil {
			return counted{}, err
		}
		after, err := r.ReadCounters(ctx)
		if err != nil {
			return counted{}, err
		}
		if before.Epoch == after.Epoch && maps.Equal(before.Cups, after.Cups) {
			now := counted{cups: after.Cups, modulus: cmp.Or(after.Modulus, 1<<32)}
			// Nobody else reads this machine meanwhile: cups that come later are not in its counters.
			err := b.d.Store.View(func(tx *store.Tx) error {
				is, err := b.attachedMachine(tx)
				now.last, now.era = ledger.Last(tx), is.Era
				return err
			})
			return now, err
		}
		before = after
	}
	return counted{}, errInUse
}

// toAsk are the cups that Odoo is asked about now: the booked ones of those that are watched
// or came since. It moves on past those that are old enough.
func (c *comparison) toAsk(tx *store.Tx, b *Backend) (ask []ledger.Cup, err error) {
	watched := c.state.Watched
	c.state.Watched, c.state.Missing = nil, nil
	for _, seq := range watched {
		cup, err := ledger.Get(tx, seq)
		if err != nil {
			return nil, err
		}
		switch cup.State {
		case ledger.Booked:
			ask = append(ask, cup)
		case ledger.Seen, ledger.Parked:
			c.waiting++
			c.state.Watched = append(c.state.Watched, seq)
		}
	}
	if last := ledger.Last(tx); c.state.Asked == 0 && last > firstCompared {
		c.state.Asked = last - firstCompared
	}
	now, passing := b.d.Clock.Board(), true
	for cup, err := range cupsAfter(tx, c.state.Asked) {
		if err != nil {
			return nil, err
		}
		passing = passing && now-cup.Board >= watchBooked && len(c.state.Watched) < mostWatched
		if passing {
			c.state.Asked = cup.Seq
		}
		if cup.Model != c.machine.Model || cup.Serial != c.machine.Serial {
			continue
		}
		switch {
		case cup.State == ledger.Booked:
			ask = append(ask, cup)
		case cup.Open():
			c.waiting++
			if passing {
				c.state.Watched = append(c.state.Watched, cup.Seq)
			}
		}
	}
	return ask, nil
}
