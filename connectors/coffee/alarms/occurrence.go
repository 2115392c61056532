package alarms

import (
	"maps"
	"time"

	"crema/connectors/coffee/ledger"
	"crema/store"
)

// flapWindow is how long after it was cleared an alarm that comes again is the same one, counted: what
// goes on and off with each cup of a day is one thing to mend, what comes next week is another.
const flapWindow = 24 * time.Hour

// How long the job that tells Odoo waits: what comes together goes up together, and an alarm that
// flaps makes no stream of calls.
const (
	tellRaised  = 10 * time.Second
	tellChanged = time.Minute
)

// occurrence is one time that something was wrong, for which Odoo gets one request for maintenance:
// from when the alarm was first raised until it has stayed away for the flapWindow. What Odoo does not know yet
// is one occurrence, however long that lasts.
type occurrence struct {
	Backend  string    `json:"backend"` // whose job tells Odoo
	Code     int       `json:"code"`
	Number   uint64    `json:"number"` // from 1, of this machine and code
	Severity string    `json:"severity"`
	Text     string    `json:"text"`
	Fix      string    `json:"fix,omitempty"` // what to do about it
	Since    time.Time `json:"since"`         // when it was raised first
	Last     time.Time `json:"last"`          // and last
	Times    int       `json:"times"`         // how often it was raised
	Set      bool      `json:"set"`           // it is wrong now
	// Cleared is when it was cleared last, by wall and by board time.
	Cleared      time.Time     `json:"cleared,omitzero"`
	ClearedBoard time.Duration `json:"cleared_board,omitempty"`

	Request int64  `json:"request,omitempty"` // its id in Odoo, once that is known
	Version uint64 `json:"version"`           // rises with each change
	Sent    uint64 `json:"sent,omitempty"`    // the version that Odoo was told; 0: it was told nothing
	// Unsure is the board time at which a call about it had no answer, that Odoo may have got
	// and not carried out yet; 0: none.
	Unsure time.Duration `json:"unsure,omitempty"`
}

// lateAtMost is after how long no call is carried out any more that had no answer: Odoo's
// workers are ended after two minutes, and a proxy before them waits no longer.
const lateAtMost = 5 * time.Minute

// toCompare tells whether what Odoo has is to be looked at once more, as an older call may
// have been carried out after a newer one.
func (o occurrence) toCompare(board time.Duration) bool {
	return o.Unsure != 0 && board-o.Unsure >= lateAtMost
}

func (o occurrence) dirty() bool { return o.Version != o.Sent }

// occurrenceKey is a machine, an alarm's code, and the number of its occurrence.
type occurrenceKey = store.Triple[string, int64, uint64]

var (
	// occurrences are those that Odoo is to be told of, and the newest of each code.
	occurrences = store.NewBucket[occurrenceKey, occurrence]("coffee.alarms.occurrences", store.TripleKey(store.StringKey(), store.Int64Key(), store.Uint64Key()))
	// alarmsAsked has the machines of which Odoo was asked what requests it has: those of a new store, or of an older
	// snapshot, are not among them.
	alarmsAsked = store.NewBucket[string, bool]("coffee.alarms.asked", store.StringKey())
)

func (o occurrence) key(machine string) occurrenceKey {
	return occurrenceKey{A: machine, B: int64(o.Code), C: o.Number}
}

// put stores an occurrence.
func (o occurrence) put(tx *store.Tx, machine string) error {
	return occurrences.Put(tx, o.key(machine), o)
}

// occurrencesOf are those of a machine, by code and number.
func occurrencesOf(tx *store.Tx, machine string) (all []occurrence) {
	for _, o := range occurrences.Prefix(tx, store.Leading(store.StringKey(), machine)) {
		all = append(all, o)
	}
	return all
}

// newestOccurrence is the last one of a code; false where there never was one.
func newestOccurrence(tx *store.Tx, machine string, code int) (newest occurrence, found bool) {
	for k, o := range occurrences.From(tx, occurrenceKey{A: machine, B: int64(code)}) {
		if k.A != machine || k.B != int64(code) {
			break
		}
		newest, found = o, true
	}
	return newest, found
}

// occurs keeps that an alarm was raised, and has Odoo told, in the commit that keeps the alarm.
func (f *Flow) occurs(tx *store.Tx, a Alarm, at ledger.When) error {
	machine := a.Model + "/" + a.Serial
	o, found := newestOccurrence(tx, machine, a.Code)
	wait := tellChanged
	if !found || o.Sent != 0 && !o.Set && at.Board-o.ClearedBoard >= flapWindow {
		o, wait = occurrence{Code: a.Code, Number: o.Number + 1, Since: at.Wall}, tellRaised
	}
	if !o.Set {
		o.Times++
		o.Last = at.Wall
	}
	o.Backend, o.Severity, o.Text, o.Fix, o.Set = f.deps.Backend, a.Severity, a.Text, a.Fix, true
	o.Version++
	if err := o.put(tx, machine); err != nil {
		return err
	}
	return f.deps.Enqueue(tx, 0, wait)
}

// occurrenceOver keeps that an alarm was cleared, and has Odoo told. Of one that has no occurrence Odoo
// is asked first, which tells that it is over.
func (f *Flow) occurrenceOver(tx *store.Tx, a Alarm, at ledger.When) error {
	machine := a.Model + "/" + a.Serial
	if o, found := newestOccurrence(tx, machine, a.Code); found && o.Set {
		o.clear(at)
		o.Backend = f.deps.Backend
		if err := o.put(tx, machine); err != nil {
			return err
		}
	}
	return f.deps.Enqueue(tx, 0, tellChanged)
}

// Forget deletes what is kept of the alarms of a backend and of the machine that its line led
// to last, "" for none; when a machine is there again Odoo is asked about it.
func Forget(tx *store.Tx, backend, machine string) error {
	machines := map[string]bool{}
	if machine != "" {
		machines[machine] = true
	}
	for k, o := range maps.Collect(occurrences.All(tx)) {
		if o.Backend == backend {
			machines[k.A] = true
			if err := occurrences.Delete(tx, k); err != nil {
				return err
			}
		}
	}
	for machine := range machines {
		if err := alarmsAsked.Delete(tx, machine); err != nil {
			return err
		}
		for k := range openAlarms.Prefix(tx, store.Leading(store.StringKey(), machine)) {
			if err := openAlarms.Delete(tx, k); err != nil {
				return err
			}
		}
	}
	return nil
}

func (o *occurrence) clear(at ledger.When) {
	o.Set, o.Cleared, o.ClearedBoard = false, at.Wall, at.Board
	o.Version++
}
