package stock

import (
	"context"
	"fmt"

	"crema/connectors"
	"crema/connectors/coffee/ledger"
	"crema/connectors/odoo"
	"crema/connectors/odoo/stock"
	"crema/store"
)

// cursors is up to which entry of a machine what was used is in Odoo, or needs not
// be, by serial number: the next one. Odoo's own transfers count for more.
var cursors = store.NewBucket[string, uint64]("coffee.stock", store.StringKey())

// usedUp is what became of what was used.
type usedUp struct {
	next  uint64 // the first entry that is not sent
	parts int    // transfers made
	cups  uint64 // entries that they stand for
	more  bool   // there is more to send
	waits uint64 // the cup whose drink must be known first; 0: none
}

// String is for people.
func (u usedUp) String() string {
	text := fmt.Sprintf("what %s used is in Odoo (%s)", connectors.Counted(u.cups, "entry", "entries"), connectors.Counted(u.parts, "transfer", "transfers"))
	if u.cups == 0 {
		text = "nothing new was used"
	}
	if u.waits != 0 {
		text += fmt.Sprintf("; what cup %d and those after it used waits until its drink is known", u.waits)
	}
	return text
}

// sendUsed sends what was used since the last transfer that Odoo has of the machine. A
// part is made once, whatever happens on the way: by its external id, and because each
// run looks first how far Odoo is.
func (f *Flow) sendUsed(ctx context.Context, job Job, s stockroom, m ledger.Machine) (u usedUp, err error) {
	if u.next, err = f.cursor(ctx, job, m); err != nil {
		return u, err
	}
	for ; u.parts < mostParts; u.parts++ {
		p, waits, err := f.nextPart(ctx, s, m.Serial, u.next)
		if err != nil {
			return u, err
		}
		if u.waits = waits; p.to == 0 {
			return u, nil
		}
		if len(p.unknown) > 0 {
			if err := job.Step(ctx, func(tx *store.Tx) error { return f.tellUnknown(tx, m.Serial, p) }); err != nil {
				return u, err
			}
		}
		if t := p.transfer(s, m.Serial); len(t.Lines) > 0 {
			id, err := s.calls.Load(ctx, t)
			if err != nil {
				return u, err
			}
			if err := stock.Validate(ctx, f.deps.Odoo, id); err != nil {
				return u, err
			}
		}
		if err := job.Step(ctx, func(tx *store.Tx) error { return partSent(tx, m.Serial, p) }); err != nil {
			return u, err
		}
		u.next, u.cups = p.to+1, u.cups+p.to+1-p.from
	}
	u.more = true
	return u, nil
}

// partSent notes that a part is in Odoo.
func partSent(tx *store.Tx, serial string, p part) error {
	if err := cursors.Put(tx, serial, p.to+1); err != nil {
		return err
	}
	return dropUses(tx, serial, p.to)
}

// tellUnknown names the entries of a part of which nobody knows what they used.
func (f *Flow) tellUnknown(tx *store.Tx, serial string, p part) error {
	return f.tellPerson(tx, modelMachine, model+"/"+serial+"/"+ledger.Span(p.unknown[0], p.unknown[len(p.unknown)-1]), reasonStockGap,
		"Nobody knows what the entries %s of 2900/%s used: the machine had overwritten them. It is not booked as used in Odoo; the next count of what is left puts the quantities right.",
		ledger.Spans(p.unknown), serial)
}

// cursor is the first entry whose use is not in Odoo. The newest transfer that Odoo
// has of the machine says so, over all that this store remembers; one that was left a
// draft is posted first. One that a person has cancelled stays so.
func (f *Flow) cursor(ctx context.Context, job Job, m ledger.Machine) (next uint64, err error) {
	list, err := stock.Newest(ctx, f.deps.Odoo, originOf(m.Serial), 20)
	if err != nil {
		return 0, err
	}
	var newest stock.Sent
	for _, t := range list {
		// The oldest of those that bear the same origin: people make copies.
		if _, to, ok := spanOf(string(t.Origin), m.Serial); ok && to+1 >= next {
			newest, next = t, to+1
		}
	}
	if newest.ID != 0 && newest.State != stock.Done && newest.State != stock.Cancelled {
		if err := stock.Validate(ctx, f.deps.Odoo, newest.ID); err != nil {
			return 0, err
		}
	}
	known := uint64(0)
	if err := f.deps.Store.View(func(tx *store.Tx) (err error) {
		known, _, err = cursors.Get(tx, m.Serial)
		return err
	}); err != nil {
		return 0, err
	}
	if next = max(next, known); next > 0 {
		return next, nil
	}
	return f.begins(ctx, job, m)
}

// begins is the entry from which on what is used is booked, for a machine of which
// Odoo has no transfer yet: the first one that its books begin with, where that is not
// long ago; a board that lost its card before the first transfer leaves nothing out. Else
// it is the one to come: what was used before the stock was set up is in what is left.
func (f *Flow) begins(ctx context.Context, job Job, m ledger.Machine) (next uint64, err error) {
	notes, err := odoo.SearchRead[struct {
		Note odoo.String `json:"opening_notes"`
	}](ctx, f.deps.Odoo, "pos.session", odoo.Search{Domain: odoo.Domain{odoo.Where("opening_notes", "like", ledger.NotePrefix(m.Model, m.Serial))},
		Fields: []string{"opening_notes"}, Order: "id", Limit: 20})
	if err != nil {
		return 0, err
	}
	first := m.FirstNumber + 1
	for _, n := range notes {
		if marks, ok := ledger.ParseNote(string(n.Note)); ok && marks.Model == m.Model && marks.Serial == m.Serial {
			first = marks.Number + 1
			break
		}
	}
	if next = m.Next; first+block >= next {
		next = min(first, next)
	}
	return next, job.Step(ctx, func(tx *store.Tx) error {
		if err := cursors.Put(tx, m.Serial, next); err != nil || next < m.Next || m.Next <= m.FirstNumber+1 {
			return err
		}
		return f.tellPerson(tx, modelMachine, m.Model+"/"+m.Serial, reasonStockBegins,
			"What %s/%s uses is booked in Odoo from its entry %d on; what was used before is seen in what is left only.", m.Model, m.Serial, next)
	})
}
