package coffee

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"crema/connectors"
	"crema/connectors/coffee/ledger"
	"crema/connectors/odoo/pos"
	"crema/store"
)

// till is where the cups of the next booking go.
type till struct {
	session int64 // open, and this machine's; 0: there is none, and none is needed
	fresh   bool  // it was opened just now
	none    bool  // no session is open at the point of sale
	// ending is that the session is to be closed, once the cups that belong to it are
	// booked; nil: it isn't.
	ending *ending
}

// ending is why a session is closed.
type ending struct {
	session pos.Session
	at      time.Time    // pos_close, where the day is over
	former  ledger.Marks // of the machine whose cups still go into it, where it was replaced
}

// daily tells whether a day ends, and not a machine's time at this point of sale.
func (e *ending) daily() bool { return !e.at.IsZero() }

// holds tells whether a cup goes into the session before it is closed.
func (e *ending) holds(c ledger.Cup) bool {
	if e.daily() {
		return c.Time.Before(e.at)
	}
	return c.Model == e.former.Model && c.Serial == e.former.Serial
}

// till finds the session of the machine. It opens one where there is none and one is
// needed, for cups or for the machine's note. A session of crema's own user that was left
// in opening control is taken over. One of a machine that was here before is closed after
// its last cup; any other is neither used nor closed, with a sessionError. due is the
// closing time that was not dealt with yet; zero: none. asked is that a person wants a
// session closed.
func (b *Backend) till(ctx context.Context, s *shop, marks ledger.Marks, due time.Time, needed, asked bool) (till, error) {
	if id := b.knownSession(marks); id != 0 && due.IsZero() && !asked {
		return till{session: id}, nil
	}
	open, found, err := pos.OpenSession(ctx, b.d.Odoo, s.Config.ID)
	if err != nil {
		return till{}, err
	}
	if !found {
		b.setSession(0, marks)
		b.closingDone(due)
		if !needed {
			return till{none: true}, nil
		}
		return b.newSession(ctx, s, marks)
	}
	noted, noteOfCrema := ledger.ParseNote(string(open.Note))
	mine := names(open, marks)
	own := open.State == pos.OpeningControl && int64(open.User) == s.User.ID && !noteOfCrema
	former, end, err := b.mayEnd(s, open, noted, noteOfCrema && !mine)
	switch {
	case err != nil:
		return till{}, err
	case end:
		return till{session: open.ID, ending: &ending{session: open}}, nil
	case former && open.State == pos.Opened:
		return till{session: open.ID, ending: &ending{session: open, former: noted}}, nil
	case former && open.State == pos.OpeningControl:
		return till{session: open.ID, ending: &ending{session: open}}, nil
	case (mine || own) && open.State != pos.ClosingControl:
		return b.ownTill(ctx, s, open, marks, due)
	case !needed:
		b.closingDone(due) // nobody waits for it, and it isn't ours to close
		return till{}, nil
	case mine || former:
		return till{}, closingBegun(s, open)
	case noteOfCrema:
		return till{}, anotherMachines(s, open, noted)
	default:
		return till{}, somebodys(s, open)
	}
}

// ownTill is an open session of this machine.
func (b *Backend) ownTill(ctx context.Context, s *shop, open pos.Session, marks ledger.Marks, due time.Time) (till, error) {
	if open.State == pos.OpeningControl {
		now, err := b.open(ctx, s, open, marks)
		if err != nil {
			return till{}, err
		}
		open = now
	}
	b.setSession(open.ID, marks)
	if !due.IsZero() && open.Started.Before(due) {
		return till{session: open.ID, ending: &ending{session: open, at: due}}, nil
	}
	b.closingDone(due)
	return till{session: open.ID}, nil
}

// mayEnd tells whether an open session is that of a machine that was here before, and whether
// a person has asked for it to be closed.
func (b *Backend) mayEnd(s *shop, open pos.Session, noted ledger.Marks, others bool) (former, asked bool, err error) {
	err = b.d.Store.View(func(tx *store.Tx) error {
		last, _, err := blockers.Get(tx, b.cfg.Name)
		if err != nil {
			return err
		}
		asked = last.Close && last.Session == open.ID
		if others {
			former, err = b.wasHere(tx, s, noted)
		}
		return err
	})
	return former, asked, err
}

// wasHere tells whether a machine of this board's store that has a session at the point of sale
// was here before. A point of sale is one backend's: a machine that is at another one now has
// its session there. Where two have the same, by its name and by its id, they would close each
// other's sessions for ever: then it is another's, as that of another board.
func (b *Backend) wasHere(tx *store.Tx, s *shop, of ledger.Marks) (bool, error) {
	_, known, err := ledger.GetMachine(tx, of.Model, of.Serial)
	if err != nil || !known {
		return false, err
	}
	records, err := connectors.Backends{}.List(tx)
	for _, r := range records {
		if r.Name == b.cfg.Name || !r.Kind.Is(Coffee) || r.State == connectors.Off {
			continue
		}
		if at := r.Text("pos"); at == s.Config.Name || at == strconv.FormatInt(s.Config.ID, 10) {
			return false, nil
		}
	}
	return err == nil, err
}

// sessionName is what people find a session by.
func sessionName(s pos.Session) string {
	if s.Name != "" {
		return string(s.Name)
	}
	return fmt.Sprintf("number %d", s.ID)
}

// inOdooSessions is where a person finds the sessions.
const inOdooSessions = "in Odoo (Point of Sale, Orders, Sessions)"

func somebodys(s *shop, open pos.Session) error {
	return &sessionError{id: open.ID, text: fmt.Sprintf(
		"The point of sale %q is in use: session %s was opened there by somebody else. Close it %s, or give this machine a point of sale of its own. Its cups wait until then; none is lost.",
		s.Config.Name, sessionName(open), inOdooSessions)}
}

func anotherMachines(s *shop, open pos.Session, of ledger.Marks) error {
	return &sessionError{id: open.ID, closable: true, text: fmt.Sprintf(
		"Session %s of the point of sale %q belongs to another machine, %s/%s. If another board, or another machine of this one, uses this point of sale, give each machine one of its own. If that machine is gone, review this: crema closes the session and opens one for this machine. The cups wait until then; none is lost.",
		sessionName(open), s.Config.Name, of.Model, of.Serial)}
}

func closingBegun(s *shop, open pos.Session) error {
	cash := ""
	if s.Config.CashControl {
		cash = ", with the cash that the payments come to"
	}
	return &sessionError{id: open.ID, closable: true, text: fmt.Sprintf(
		"Somebody has begun to close session %s of the point of sale %q, and it is not closed yet. Finish that %s, or review this to have crema close it%s. The cups wait, and go into the next session.",
		sessionName(open), s.Config.Name, inOdooSessions, cash)}
}

func notOpened(s *shop, now pos.Session, why error) error {
	text := fmt.Sprintf("Odoo has made session %s of the point of sale %q, but has not opened it", sessionName(now), s.Config.Name)
	if why != nil {
		text += ": " + words(why)
	}
	return &sessionError{id: now.ID, text: text + ". Open it " + inOdooSessions + ". The cups wait until then; none is lost."}
}
