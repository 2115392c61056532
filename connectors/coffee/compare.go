package coffee

import (
	"context"
	"fmt"
	"strings"

	"crema/connectors/coffee/ledger"
	"crema/connectors/odoo/pos"
	"crema/queue"
	"crema/store"
)

// inOdoo is what Odoo has of a machine's cups above some marks.
type inOdoo struct {
	booked map[string]int64 // uuid → order; nil where Odoo was not asked
	// past is how far the cups are booked of each era of a 1900 that is over: nothing else
	// tells what was made in it.
	past map[uint64][8]uint64
}

// adopted is what came of the cups that were found after a lost card or in a restored store.
type adopted struct {
	booked int // Odoo had them
	seen   int // to be booked now
	parked int // set aside for a person
	lost   int // entries that neither the machine nor Odoo has
}

func (t *adopted) count(s ledger.State) {
	switch s {
	case ledger.Booked:
		t.booked++
	case ledger.Seen:
		t.seen++
	case ledger.Parked:
		t.parked++
	}
}

// String is for people.
func (t adopted) String() string {
	text := []string{fmt.Sprintf("cups that Odoo has already: %d", t.booked), fmt.Sprintf("booked now: %d", t.seen)}
	if t.parked > 0 {
		text = append(text, fmt.Sprintf("set aside for you: %d", t.parked))
	}
	if t.lost > 0 {
		text = append(text, fmt.Sprintf("neither in the machine nor in Odoo: %d", t.lost))
	}
	return strings.Join(text, ", ")
}

// pastBlock is how many numbers of each slot of an era that is over are asked for at
// once: eight slots make one call. Beyond as many that Odoo has not, none is looked for.
const pastBlock = 250

// askAbove asks Odoo which of a machine's cups above the marks it has, and of more uuids.
func (b *Backend) askAbove(ctx context.Context, m ledger.Machine, marks ledger.Marks, more []string) (known inOdoo, err error) {
	for _, k := range keysAbove(m, marks) {
		more = append(more, ledger.OrderUUID(k))
	}
	if known.booked, err = pos.Booked(ctx, b.d.Odoo, more); err != nil || len(marks.N) != len(m.N) {
		return known, err
	}
	known.past = map[uint64][8]uint64{}
	era, epoch, n := marks.Era, uint8(marks.Era), [8]uint64(marks.N)
	for _, r := range m.Readings {
		for ; epoch != r.Epoch; era, epoch, n = era+1, epoch+1, [8]uint64{} {
			if known.past[era], err = b.askPast(ctx, m.Serial, era, n); err != nil {
				return known, err
			}
		}
	}
	return known, nil
}

// askPast asks how far the cups of an era of a 1900 are booked, from n on.
func (b *Backend) askPast(ctx context.Context, serial string, era uint64, n [8]uint64) ([8]uint64, error) {
	asked := n
	for more := true; more; {
		var uuids []string
		for s := range asked {
			for i := range uint64(pastBlock) {
				uuids = append(uuids, ledger.OrderUUID(ledger.Key1900(serial, era, s, asked[s]+i+1)))
			}
			asked[s] += pastBlock
		}
		booked, err := pos.Booked(ctx, b.d.Odoo, uuids)
		if err != nil {
			return n, err
		}
		more = len(booked) > 0
		for i, uuid := range uuids {
			if _, is := booked[uuid]; is {
				s := i / pastBlock
				n[s] = asked[s] - pastBlock + uint64(i%pastBlock) + 1
			}
		}
	}
	return n, nil
}

// compareRestored goes on from the cursor of an older snapshot of the store: what the
// machine tells since then is booked where Odoo has it, and else is booked now. Nobody's
// memory of it is needed but the machine's and Odoo's.
func (b *Backend) compareRestored(ctx context.Context, job *queue.Job[AnchorArgs], s *shop, m ledger.Machine) (queue.Done, error) {
	var open []string
	if err := b.d.Store.View(func(tx *store.Tx) error {
		open = nil
		for c, err := range ledger.OpenCups(tx, m.Model, m.Serial) {
			if err != nil {
				return err
			}
			open = append(open, c.UUID)
		}
		return nil
	}); err != nil {
		return nil, err
	}
	known, err := b.askAbove(ctx, m, m.Cursor(), open)
	if err != nil {
		return nil, b.odooFailed(ctx, "anchor", job.Step, err)
	}
	return func(tx *store.Tx) error {
		now, found, err := ledger.GetMachine(tx, m.Model, m.Serial)
		if err != nil || !found || !now.Restored || now.Backend != b.cfg.Name {
			return err
		}
		if err := s.store(tx, b.cfg.Name); err != nil {
			return err
		}
		came, err := adoptRestored(tx, b, now, known)
		if err != nil {
			return err
		}
		if err := b.d.tellCompared(tx, m.Model+"/"+m.Serial, came); err != nil {
			return err
		}
		job.SetResult(came.String())
		return b.goOn(tx, job.ID)
	}, nil
}

// sentence makes the parts of a message one text, without those that are empty.
func sentence(parts ...string) string {
	kept := parts[:0]
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, " ")
}
