package coffee

import (
	"context"
	"errors"
	"fmt"
	"time"

	"crema/connectors"
	"crema/connectors/coffee/ledger"
	"crema/connectors/odoo"
	"crema/connectors/odoo/pos"
	"crema/queue"
	"crema/store"
)

// A session is closed once a day, at pos_close, by the job that books: nobody else writes
// into it, so no order is on its way meanwhile. The cups made before that time are booked
// first. One without orders stays open, since its closing would post nothing, and a board
// that is off then closes at its next booking, or when the schedule starts it.

// reasonClosing is the checkpoint of a session that can't be closed.
const reasonClosing = "session_closing"

// closingDue is the last time at which the clock showed pos_close, where that was not
// dealt with yet; zero: there is nothing to close. Without a clock that is to be trusted
// there never is.
func (b *Backend) closingDue() time.Time {
	if b.cfg.Close == "" || !b.d.Clock.Trusted() {
		return time.Time{}
	}
	due := lastAt(b.cfg.Close, b.d.Clock.Now().In(b.d.Zone))
	b.shopMu.Lock()
	defer b.shopMu.Unlock()
	if !b.closedFor.Before(due) {
		return time.Time{}
	}
	return due
}

// lastAt is when it was clock, as "03:00", last; not after now.
func lastAt(clock string, now time.Time) time.Time {
	at, err := time.Parse("15:04", clock)
	if err != nil {
		return time.Time{} // the settings were checked
	}
	day := func(back int) time.Time {
		return time.Date(now.Year(), now.Month(), now.Day()-back, at.Hour(), at.Minute(), 0, 0, now.Location())
	}
	if today := day(0); !today.After(now) {
		return today
	}
	return day(1)
}

// closingDone notes that a closing time is dealt with; zero: none was.
func (b *Backend) closingDone(due time.Time) {
	if due.IsZero() {
		return
	}
	b.shopMu.Lock()
	b.closedFor = due
	b.shopMu.Unlock()
}

// endSession closes a session whose cups are all booked. What only a person can mend is a
// checkpoint, and selling goes on in the open session; it is tried again the next day, and
// when the checkpoint is reviewed.
func (b *Backend) endSession(ctx context.Context, job *queue.Job[FlowArgs], k booking) (queue.Done, error) {
	s, e := k.shop, k.till.ending
	closed, err := b.closeSession(ctx, s, e)
	if err != nil && !needsPerson(err) {
		return nil, b.odooFailed(ctx, "sales", job.Step, err)
	}
	if err != nil && !e.daily() {
		if err := b.share(ctx, e, k.marks, err); err != nil {
			return nil, b.odooFailed(ctx, "sales", job.Step, err)
		}
	}
	b.closingDone(e.at)
	if closed {
		b.setSession(0, k.marks)
		job.SetResult(fmt.Sprintf("session %s closed", sessionName(e.session)))
	}
	return func(tx *store.Tx) error {
		var told error
		switch {
		case err != nil:
			if err := errors.Join(blockers.Delete(tx, b.cfg.Name), unclosed.Put(tx, b.cfg.Name, e.session.ID)); err != nil {
				return err
			}
			_, told = b.d.Checkpoints.OpenCheckpoint(tx, connectors.Checkpoint{
				Backend: b.cfg.Name, Model: ModelSession, Record: b.cfg.POS, Reason: reasonClosing, Message: closingWords(s, e, err)})
		case closed:
			told = errors.Join(blockers.Delete(tx, b.cfg.Name), b.sessionClosed(tx))
		}
		if told != nil {
			return told
		}
		return b.follow(tx, job.ID, k.state)
	}, nil
}

// closeSession closes a session and tells whether it is closed; an empty one is left open
// at the end of a day. The cash in the till is what the payments come to: what a person
// counts when the coin box is emptied goes into Odoo then.
func (b *Backend) closeSession(ctx context.Context, s *shop, e *ending) (bool, error) {
	now, found, err := pos.ReadClosing(ctx, b.d.Odoo, e.session.ID, s.Config.CashControl)
	switch {
	case err != nil:
		return false, err
	case !found || now.State == pos.Closed:
		return true, nil
	case now.Orders == 0 && e.daily():
		return false, nil
	}
	if s.Config.CashControl {
		if err := pos.CountCash(ctx, b.d.Odoo, e.session.ID, now.Cash); err != nil {
			return false, err
		}
	}
	err = pos.CloseSession(ctx, b.d.Odoo, e.session.ID)
	return err == nil, err
}

// needsPerson tells whether Odoo has answered that it won't, as opposed to no answer.
func needsPerson(err error) bool {
	class := odoo.ClassOf(err)
	return class == odoo.Denied || class == odoo.Refused
}

// share puts the machine's note above that of the machine before it, whose session can't
// be closed now: it is used by both until it is.
func (b *Backend) share(ctx context.Context, e *ending, marks ledger.Marks, why error) error {
	switch {
	case e.session.State != pos.Opened:
		return &sessionError{id: e.session.ID, closable: true, tried: true, text: fmt.Sprintf(
			"crema can't close session %s: %s. Close it %s, or review this to have it tried again. The cups wait until then; none is lost.",
			sessionName(e.session), words(why), inOdooSessions)}
	case names(e.session, marks):
		return nil
	}
	if err := pos.WriteNote(ctx, b.d.Odoo, e.session.ID, marks.Note()+"\n"+string(e.session.Note)); err != nil {
		return err
	}
	b.setSession(e.session.ID, marks)
	return nil
}

// sessionClosed closes what was open about the session before.
func (b *Backend) sessionClosed(tx *store.Tx) error {
	return b.d.Checkpoints.ResolveCheckpoint(tx, b.cfg.Name, ModelSession, b.cfg.POS, reasonClosing)
}

// closeAgain has the closing tried at once.
func (b *Backend) closeAgain(tx *store.Tx, _ connectors.Checkpoint) error {
	id, found, err := unclosed.Get(tx, b.cfg.Name)
	if err != nil || !found {
		return err
	}
	return b.askToClose(tx, blocker{Session: id, Closable: true})
}

// endBlocker has a session closed that keeps the cups waiting, where crema may; and looks
// again at once.
func (b *Backend) endBlocker(tx *store.Tx, _ connectors.Checkpoint) error {
	last, _, err := blockers.Get(tx, b.cfg.Name)
	if err != nil {
		return err
	}
	return b.askToClose(tx, last)
}

func (b *Backend) askToClose(tx *store.Tx, last blocker) error {
	if last.Closable {
		last.Close = true
		if err := blockers.Put(tx, b.cfg.Name, last); err != nil {
			return err
		}
	}
	tx.OnCommit(func() { b.setSession(0, ledger.Marks{}) }) // it is looked for again
	_, err := b.enqueueFlow(tx, "sales", true)
	return err
}

// closingWords says why a session is still open, and what to do.
func closingWords(s *shop, e *ending, err error) string {
	why, fix := "", "Close it "+inOdooSessions+"."
	var wizard *pos.WizardError
	switch {
	case errors.As(err, &wizard):
		why = fmt.Sprintf("what was paid and what Odoo computes of the orders differ, and Odoo wants a person to decide (%q)", wizard.Title)
	case odoo.ClassOf(err) == odoo.Denied:
		why = "the user of crema may not close it"
		fix = "Give the user the rights of Point of Sale / Administrator, or close it yourself " + inOdooSessions + "."
	default:
		why = words(err)
		fix = "Correct that, a closed fiscal period or a stock operation for example, or close it " + inOdooSessions + "."
	}
	return fmt.Sprintf("Session %s of the point of sale %q is still open: %s. Selling goes on in it. %s crema tries again tomorrow, and at once when this is reviewed.",
		sessionName(e.session), s.Config.Name, why, fix)
}
