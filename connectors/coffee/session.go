package coffee

import (
	"context"
	"errors"

	"crema/connectors/coffee/ledger"
	"crema/connectors/odoo"
	"crema/connectors/odoo/pos"
	"crema/store"
)

// errSession is a session in Odoo that crema may not use now; each is a sessionError.
var errSession = errors.New("the point of sale is in use")

// sessionError says in a bookkeeper's words which session keeps cups waiting, and what
// to do about it.
type sessionError struct {
	id       int64
	closable bool // crema closes it once a person has reviewed the checkpoint
	tried    bool // and has just tried to
	text     string
}

func (e *sessionError) Error() string { return e.text }
func (e *sessionError) Unwrap() error { return errSession }

// blocker is the session that kept the cups of a backend waiting last.
type blocker struct {
	Session  int64 `json:"session"`
	Closable bool  `json:"closable,omitempty"`
	Close    bool  `json:"close,omitempty"` // a person wants crema to close it
}

// blockers are overwritten by the next. unclosed has the session that could not be closed
// last. notesOwed are kept until the first note of a machine is in Odoo: its point of sale
// was in use when it was seen first.
var (
	blockers  = store.NewBucket[string, blocker]("coffee.session.blockers", store.StringKey())
	unclosed  = store.NewBucket[string, int64]("coffee.session.unclosed", store.StringKey())
	notesOwed = store.NewBucket[string, bool]("coffee.session.owed", store.StringKey())
)

// newSession opens a session with the machine's note.
func (b *Backend) newSession(ctx context.Context, s *shop, marks ledger.Marks) (till, error) {
	id, err := pos.CreateSession(ctx, b.d.Odoo, s.Config.ID, marks.Note())
	if err != nil {
		return till{}, err
	}
	open := pos.Session{ID: id, State: pos.OpeningControl, User: odoo.ID(s.User.ID), Note: odoo.String(marks.Note())}
	if open, err = b.open(ctx, s, open, marks); err != nil {
		return till{}, err
	}
	b.setSession(open.ID, marks)
	return till{session: open.ID, fresh: true}, nil
}

// open makes a session of crema's own in opening control ready for orders: with the
// machine's note, and with the cash that the one before was closed with.
func (b *Backend) open(ctx context.Context, s *shop, open pos.Session, marks ledger.Marks) (pos.Session, error) {
	note := string(open.Note)
	if !names(open, marks) {
		note = marks.Note()
		if err := pos.WriteNote(ctx, b.d.Odoo, open.ID, note); err != nil {
			return open, err
		}
	}
	var cash odoo.Amount
	var err error
	if s.Config.CashControl {
		if cash, err = pos.CashAtOpening(ctx, b.d.Odoo, open.ID); err != nil {
			return open, err
		}
	}
	opener, err := odooComponent(ctx, b.d, pos.OpenerRole)
	if err != nil {
		return open, err
	}
	refused := opener.Open(ctx, open.ID, note, cash)
	if refused != nil && odoo.ClassOf(refused) != odoo.Refused {
		return open, refused
	}
	// The answer may have been an error for a mail that could not be sent, or a wizard:
	// only the state tells. Nor is it sure that the note was kept.
	now, _, err := pos.ReadSession(ctx, b.d.Odoo, open.ID)
	if err != nil {
		return open, err
	}
	if now.State != pos.Opened {
		return now, notOpened(s, now, refused)
	}
	if !names(now, marks) {
		return now, pos.WriteNote(ctx, b.d.Odoo, now.ID, note)
	}
	return now, nil
}

// names tells whether the note of a session names the machine.
func names(s pos.Session, m ledger.Marks) bool {
	_, is := ledger.NoteOf(string(s.Note), m.Model, m.Serial)
	return is
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
// machine that made the first of these cups where none is attached, or one that has no
// cursor yet. ledger.ErrUnknownMachine where there is neither.
func (b *Backend) marks(cups []ledger.Cup) (m ledger.Marks, err error) {
	err = b.d.Store.View(func(tx *store.Tx) error {
		err := ledger.ErrUnknownMachine
		if model, serial, ok := b.identity(tx); ok {
			m, err = ledger.CurrentMarks(tx, model, serial)
		}
		if errors.Is(err, ledger.ErrUnknownMachine) && len(cups) > 0 {
			m, err = ledger.CurrentMarks(tx, cups[0].Model, cups[0].Serial)
		}
		return err
	})
	return m, err
}

// errNeverSeen is a backend whose machine has not answered yet.
var errNeverSeen = errors.New("the machine has never been connected")
