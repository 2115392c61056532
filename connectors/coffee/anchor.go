package coffee

import (
	"context"
	"errors"
	"fmt"
	"time"

	"crema/connectors"
	"crema/connectors/coffee/ledger"
	"crema/connectors/odoo/pos"
	"crema/queue"
	"crema/store"
)

// The reasons of the checkpoints about where the books stand.
const (
	reasonFirstSight = "first_sight"
	reasonLostCard   = "lost_card"
	reasonNote       = "note"
)

// anchor finds out from Odoo where the books of a machine stand that this store has
// no cursor for. No note in any session: it is seen for the first time, and what it
// had made before is not ours. A note: this board's card was lost, or the machine was
// moved here; go on from the note, and ask which cups above it are booked already.
// Until then everything that is read is kept raw, and nothing is booked.
func (b *Backend) anchor(ctx context.Context, job *queue.Job[AnchorArgs]) (queue.Done, error) {
	m, found, err := b.readMachine(job.Args.Model, job.Args.Serial)
	if err != nil {
		return nil, err
	}
	if !found || m.Known || m.Backend != b.cfg.Name {
		return nil, nil // of one that moved, its new backend asks
	}
	shop, err := b.readShop(ctx)
	if err != nil {
		return nil, b.odooFailed(ctx, "anchor", job.Step, err)
	}
	if m.Restored {
		return b.compareRestored(ctx, job, shop, m)
	}
	note, found, err := pos.NewestNote(ctx, b.d.Odoo, ledger.NotePrefix(m.Model, m.Serial))
	if err != nil {
		return nil, b.odooFailed(ctx, "anchor", job.Step, err)
	}
	if !found {
		return b.firstSight(ctx, job, shop, m)
	}
	marks, ok := ledger.NoteOf(string(note.Note), m.Model, m.Serial)
	if !ok {
		return nil, b.odooFailed(ctx, "anchor", job.Step, fmt.Errorf("%w: the opening note of session %s can't be read any more: %q. Put it back in Odoo", errConfig, sessionName(note), note.Note))
	}
	return b.lostCard(ctx, job, shop, m, marks)
}

// enqueueAnchor asks Odoo at once where the books of a machine stand. parent waits for
// the answer.
func (b *Backend) enqueueAnchor(tx *store.Tx, model, serial string, parent queue.ID) error {
	_, err := queue.Enqueue(tx, b.d.Queue, AnchorKind, AnchorArgs{Backend: b.cfg.Name, Model: model, Serial: serial}, queue.Options{
		IdentityKey: "anchor/" + b.cfg.Name + "/" + model + "/" + serial, Backend: b.cfg.Name, PullForward: true, Parent: parent})
	return err
}

func (b *Backend) readMachine(model, serial string) (m ledger.Machine, found bool, err error) {
	err = b.d.Store.View(func(tx *store.Tx) (err error) {
		m, found, err = ledger.GetMachine(tx, model, serial)
		return err
	})
	return m, found, err
}

// firstSight takes the first reading kept as the baseline. The session with its note
// is opened before that is committed: killed in between, the next try finds the note
// and goes on from the same marks.
func (b *Backend) firstSight(ctx context.Context, job *queue.Job[AnchorArgs], s *shop, m ledger.Machine) (queue.Done, error) {
	t, err := b.till(ctx, s, baseline(m), time.Time{}, true, false)
	if err != nil && !errors.Is(err, errSession) {
		return nil, b.odooFailed(ctx, "anchor", job.Step, err)
	}
	// Where somebody else's session is open, or one of the machine before, the note is
	// written by the booking job as soon as a session can be opened, also before any cup.
	owed := err != nil || t.ending != nil
	return func(tx *store.Tx) error {
		m, found, err := ledger.GetMachine(tx, m.Model, m.Serial)
		if err != nil || !found || m.Known || m.Backend != b.cfg.Name {
			return err
		}
		if err := s.store(tx, b.cfg.Name); err != nil { // the 1900's cups are in its currency
			return err
		}
		if err := adoptFirstSight(tx, b, m); err != nil {
			return err
		}
		if owed {
			if err := notesOwed.Put(tx, b.cfg.Name, true); err != nil {
				return err
			}
		}
		return b.anchored(tx, m, job.ID, reasonFirstSight, fmt.Sprintf(
			"Odoo knows nothing of the machine %s/%s yet. Its cups are booked from now on; those that it made before are not. Counting begins at %q, which Odoo keeps in the opening note of its sessions: leave that note there.",
			m.Model, m.Serial, baseline(m).Note()))
	}, nil
}

// baseline is where counting begins for a machine that nobody knows.
func baseline(m ledger.Machine) ledger.Marks {
	marks := ledger.Marks{Model: m.Model, Serial: m.Serial, Number: m.FirstNumber}
	if len(m.Readings) > 0 {
		first := m.Readings[0]
		marks.Era, marks.N = uint64(first.Epoch), first.Cups[:]
	}
	return marks
}

// lostCard goes on from a note.
func (b *Backend) lostCard(ctx context.Context, job *queue.Job[AnchorArgs], s *shop, m ledger.Machine, marks ledger.Marks) (queue.Done, error) {
	known, err := b.askAbove(ctx, m, marks, nil)
	if err != nil {
		return nil, b.odooFailed(ctx, "anchor", job.Step, err)
	}
	return func(tx *store.Tx) error {
		now, found, err := ledger.GetMachine(tx, m.Model, m.Serial)
		if err != nil || !found || now.Known || now.Backend != b.cfg.Name {
			return err
		}
		// Cups made while Odoo was asked are not among the keys asked for: nobody but
		// this board has read them, so nobody has booked them.
		if err := s.store(tx, b.cfg.Name); err != nil {
			return err
		}
		came, err := adoptNote(tx, b, now, marks, known)
		if err != nil {
			return err
		}
		return b.anchored(tx, now, job.ID, reasonLostCard, fmt.Sprintf(
			"This board did not know the machine %s/%s, but Odoo did, by the opening note %q. Odoo has %s since then; %s booked now, as the drinks and at the prices that the slots have now.",
			m.Model, m.Serial, marks.Note(), connectors.Counted(len(known.booked), "cup that was made", "cups that were made"), connectors.Counted(came.seen+came.parked, "more is", "more are")))
	}, nil
}

// anchored ends the waiting: a checkpoint says what was found, and the flows begin.
func (b *Backend) anchored(tx *store.Tx, m ledger.Machine, parent queue.ID, reason, message string) error {
	if _, err := b.d.Checkpoints.OpenCheckpoint(tx, connectors.Checkpoint{
		Backend: b.cfg.Name, Model: ModelMachine, Record: m.Model + "/" + m.Serial, Reason: reason, Message: message}); err != nil {
		return err
	}
	return b.goOn(tx, parent)
}

// goOn begins what waited for Odoo to tell where the books stand.
func (b *Backend) goOn(tx *store.Tx, parent queue.ID) error {
	if err := b.odooWorks(tx, "anchor"); err != nil {
		return err
	}
	if _, err := b.enqueueCatalogue(tx, parent); err != nil {
		return err
	}
	if _, err := b.enqueueSales(tx, parent); err != nil {
		return err
	}
	_, err := b.enqueueFlow(tx, "reconcile", false) // from now on the machine's counters are compared
	return err
}
