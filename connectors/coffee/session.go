package coffee

import (
	"context"
	"errors"
	"fmt"

	"crema/connectors/coffee/ledger"
	"crema/connectors/odoo"
	"crema/connectors/odoo/pos"
	"crema/store"
)

// errSession is a session in Odoo that crema may neither use nor close.
var errSession = errors.New("the POS is in use")

// session is the open session that the cups of this machine go into; it opens one
// where there is none. A session of crema's own user that was left in opening
// control is taken over; one that names this machine is used; any other is left
// alone, with errSession.
func (b *Backend) session(ctx context.Context, s *shop, marks ledger.Marks) (int64, error) {
	if id := b.knownSession(marks); id != 0 {
		return id, nil
	}
	open, found, err := pos.OpenSession(ctx, b.d.Odoo, s.Config.ID)
	if err != nil {
		return 0, err
	}
	if !found {
		id, err := pos.CreateSession(ctx, b.d.Odoo, s.Config.ID, marks.Note())
		if err != nil {
			return 0, err
		}
		open = pos.Session{ID: id, State: pos.OpeningControl, User: odoo.ID(s.User.ID), Note: odoo.String(marks.Note())}
	}
	if err := b.takeOver(ctx, s, open, marks); err != nil {
		return 0, err
	}
	b.setSession(open.ID, marks)
	return open.ID, nil
}

// takeOver makes an open session ready for orders, or says why it is not ours.
func (b *Backend) takeOver(ctx context.Context, s *shop, open pos.Session, marks ledger.Marks) error {
	noted, ours := ledger.ParseNote(string(open.Note))
	same := ours && noted.Model == marks.Model && noted.Serial == marks.Serial
	switch {
	case open.State == pos.Opened && same:
		return nil
	case open.State == pos.OpeningControl && int64(open.User) == s.User.ID && (same || !ours):
		note := string(open.Note)
		if !same {
			note = marks.Note()
			if err := pos.WriteNote(ctx, b.d.Odoo, open.ID, note); err != nil {
				return err
			}
		}
		opener, err := odooComponent(ctx, b.d, pos.OpenerRole)
		if err != nil {
			return err
		}
		if err := opener.Open(ctx, open.ID, note); err != nil {
			return err
		}
		// The answer may have been an error for a mail that could not be sent, or a
		// wizard: only the state tells.
		now, _, err := pos.ReadSession(ctx, b.d.Odoo, open.ID)
		if err != nil {
			return err
		}
		if now.State != pos.Opened {
			return fmt.Errorf("%w: session %d of %q did not open, it is in state %q", errSession, open.ID, s.Config.Name, now.State)
		}
		return nil
	case ours && !same:
		return fmt.Errorf("%w: session %d of %q belongs to the machine %s/%s: close it in Odoo", errSession, open.ID, s.Config.Name, noted.Model, noted.Serial)
	default:
		return fmt.Errorf("%w: session %d of %q was opened by somebody else (state %q): close it in Odoo, or give this machine a POS of its own", errSession, open.ID, s.Config.Name, open.State)
	}
}

// setSession remembers the session of a machine.
func (b *Backend) setSession(id int64, of ledger.Marks) {
	b.shopMu.Lock()
	b.sessionID, b.sessionOf = id, ledger.NotePrefix(of.Model, of.Serial)
	b.shopMu.Unlock()
}

// knownSession is the session of a machine, 0 where it must be looked for.
func (b *Backend) knownSession(of ledger.Marks) int64 {
	b.shopMu.Lock()
	defer b.shopMu.Unlock()
	if b.sessionOf != ledger.NotePrefix(of.Model, of.Serial) {
		return 0
	}
	return b.sessionID
}

// sessionGone finds out, after a refused booking, whether its session is still open:
// "no open session" and "this order is refused" can't be told apart otherwise.
func (b *Backend) sessionGone(ctx context.Context, id int64) (bool, error) {
	now, found, err := pos.ReadSession(ctx, b.d.Odoo, id)
	return !found || now.State != pos.Opened, err
}

// marks is up to where the cups of the backend's machine are booked or dismissed; of the
// machine that made this cup where none is attached, or one that has no cursor yet.
func (b *Backend) marks(of ledger.Cup) (m ledger.Marks, err error) {
	err = b.d.Store.View(func(tx *store.Tx) error {
		if model, serial, ok := b.identity(tx); ok {
			if m, err = ledger.CurrentMarks(tx, model, serial); !errors.Is(err, ledger.ErrUnknownMachine) {
				return err
			}
		}
		m, err = ledger.CurrentMarks(tx, of.Model, of.Serial)
		return err
	})
	return m, err
}

// errNeverSeen is a backend whose machine has not answered yet.
var errNeverSeen = errors.New("the machine has never been connected")
