package connectors

import (
	"context"
	"maps"
	"slices"
	"time"

	"crema/queue"
	"crema/store"
)

// announced are the records that are being written, by name: those that are created, and
// those whose shared fields are. Until the answer is bound, be it for a moment, or until a
// job comes again whose answer was lost, the other direction would take a record for a new
// one that it is not, or a value for a change.
var announced = store.NewBucket[string, announcement]("connectors.announced", store.StringKey())

// announcement is a write that has not come to its end.
type announcement struct {
	// At is the time of the last try.
	At time.Time `json:"at"`
	// New is a record that is being created.
	New bool `json:"new,omitempty"`
	// Sent are the fingerprints of the shared fields, as the tries sent them, the last at the
	// end: one of them may have been written.
	Sent []map[string]string `json:"sent"`
}

// mostTries is how many different tries are kept; a backend that is away for weeks sees
// more.
const mostTries = 16

// staleAnnouncement is how long an announcement holds up the other direction: a job that
// was cancelled may never come again.
const staleAnnouncement = time.Hour

// announceNew keeps in the store that the record is about to be created, with the
// fingerprints of its shared fields, and returns the key to create it under. The binding of
// a record that has what it should have takes that back, and so does a refusal.
func (t *task) announceNew(ctx context.Context, sent map[string]string) (key string, err error) {
	err = t.announce(ctx, sent, func(tx *store.Tx) (err error) {
		key, err = creationKey(tx, t.name())
		return err
	})
	return key, err
}

// announceWrite keeps in the store which shared fields of a bound record are about to be
// written. Where there are none nothing is written.
func (t *task) announceWrite(ctx context.Context, s settlement) error {
	if len(s.send) == 0 {
		return nil
	}
	return t.announce(ctx, s.sent, nil)
}

// announce is for a new record where key is not nil.
func (t *task) announce(ctx context.Context, sent map[string]string, key func(*store.Tx) error) error {
	t.step("announce")
	others := slices.DeleteFunc(slices.Clone(t.tries), func(try map[string]string) bool { return maps.Equal(try, sent) })
	tries := append(others[max(0, len(others)-mostTries+1):], sent)
	a := announcement{At: t.w.Now().UTC(), New: key != nil, Sent: tries}
	err := t.w.Commit(ctx, func(tx *store.Tx) error {
		if key != nil {
			if err := key(tx); err != nil {
				return err
			}
		}
		return announced.Put(tx, t.name(), a)
	})
	if err == nil {
		t.untried = len(t.tries) == 0
		t.announced, t.tries = true, tries
	}
	return err
}

// answered takes note of the answer to what was announced. A refusal to create a record
// goes for all tries, since their key was the same; one to write it for this try alone.
func (t *task) answered(err error, isNew bool) error {
	t.refused = (isNew || t.untried) && queue.IsPermanent(Outcome(err))
	return err
}

// renounce takes an announcement back.
func (t *task) renounce(tx *store.Tx) error { return announced.Delete(tx, t.name()) }

// findAnnouncements finds out whether the creation of this record was announced, and
// whether there is one of the other direction to wait for: of this record, if it is bound,
// else of any, which may be this one. The wait is as long again as it is since its last try:
// short for one that is being answered, and not every second for one whose other side is away.
func (t *task) findAnnouncements(tx *store.Tx) (wait *LockedError, err error) {
	own, found, err := announced.Get(tx, t.name())
	if t.announced, t.tries = found, own.Sent; found || err != nil {
		return nil, err // two would wait for each other
	}
	from, bound := "", t.bound.OdooID != 0
	switch backend := t.w.Backend.Name; {
	case t.direction == importing && bound:
		from = ExportKey(backend, t.model, t.bound.OdooID)
	case t.direction == importing:
		from = recordName(exporting, backend, t.model)
	case t.direction == exporting && bound:
		from = ImportKey(backend, t.model, t.bound.External)
	case t.direction == exporting:
		from = recordName(importing, backend, t.model)
	default:
		return nil, nil
	}
	for name, a := range announced.Prefix(tx, []byte(from)) {
		// A clock that was set back makes no announcement last longer.
		if age := t.w.Now().Sub(a.At).Abs(); (bound || a.New) && age < staleAnnouncement {
			return &LockedError{Name: name, After: max(age, lockedWait)}, nil
		}
	}
	return nil, nil
}

// made is what the shared fields of a record were last, as far as can be told of one of
// which a try may have written more than was bound. has gives the fingerprints that they
// have now where they are written: what one of the tries sent nobody has changed since.
func (t *task) made(last, has map[string]string) map[string]string {
	was := map[string]string{}
	for _, try := range t.tries {
		maps.Copy(was, try)
	}
	maps.Copy(was, last)
	for _, try := range t.tries {
		for field, sent := range try {
			if has[field] == sent {
				was[field] = sent
			}
		}
	}
	return was
}
