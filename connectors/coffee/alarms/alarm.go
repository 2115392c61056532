package alarms

import (
	"context"
	"slices"
	"time"

	"crema/device"
	"crema/store"
)

// Alarm is something that is, or was, wrong with a machine.
type Alarm struct {
	Model    string    `json:"model"`
	Serial   string    `json:"serial"`
	Code     int       `json:"code"`          // the machine's own
	Severity string    `json:"severity"`      // info, warning, fault
	Text     string    `json:"text"`          // the manual's words
	Fix      string    `json:"fix,omitempty"` // what to do about it
	Since    time.Time `json:"since"`         // when it was first seen
}

// alarmKey is a machine, "2900/29-1", and an alarm's code.
type alarmKey = store.Pair[string, int64]

// openAlarms are those that a machine had when it was asked last: what tells, after a
// restart, that one is not new, or that one is gone.
var openAlarms = store.NewBucket[alarmKey, Alarm]("coffee.alarms", store.PairKey(store.StringKey(), store.Int64Key()))

// Keep keeps and publishes which alarms of a machine came and went since the last time, and has
// Odoo told. Where none did, nothing is written.
func (f *Flow) Keep(ctx context.Context, m device.Identity, set []device.Alarm) error {
	news := false
	if err := f.deps.Store.View(func(tx *store.Tx) error {
		raised, cleared := alarmNews(tx, nameOf(m), set)
		news = len(raised)+len(cleared) > 0
		return nil
	}); err != nil {
		return err
	}
	if news {
		if err := f.deps.Store.Update(ctx, func(tx *store.Tx) error { return f.storeAlarms(tx, m, set) }); err != nil {
			return err
		}
	}
	f.kept.Store(true)
	return nil
}

// nameOf is a machine in the store's keys, "2900/29-1".
func nameOf(m device.Identity) string { return m.Model + "/" + m.Serial }

// alarmNews compares what the machine has set with what it had.
func alarmNews(tx *store.Tx, machine string, set []device.Alarm) (raised []device.Alarm, cleared []Alarm) {
	is := func(code int) func(device.Alarm) bool { return func(a device.Alarm) bool { return a.Code == code } }
	for k, a := range openAlarms.From(tx, alarmKey{A: machine}) {
		if k.A != machine {
			break
		}
		if !slices.ContainsFunc(set, is(a.Code)) {
			cleared = append(cleared, a)
		}
	}
	for _, a := range set {
		if !openAlarms.Has(tx, alarmKey{A: machine, B: int64(a.Code)}) && !slices.ContainsFunc(raised, is(a.Code)) {
			raised = append(raised, a)
		}
	}
	return raised, cleared
}

// storeAlarms keeps what the machine has set, publishes the difference, and has Odoo told.
func (f *Flow) storeAlarms(tx *store.Tx, m device.Identity, set []device.Alarm) error {
	at := f.deps.Now()
	machine := nameOf(m)
	raised, cleared := alarmNews(tx, machine, set)
	for _, a := range cleared {
		if err := openAlarms.Delete(tx, alarmKey{A: machine, B: int64(a.Code)}); err != nil {
			return err
		}
		if err := f.occurrenceOver(tx, a, at); err != nil {
			return err
		}
		if err := f.deps.Cleared(tx, at, a); err != nil {
			return err
		}
	}
	for _, r := range raised {
		a := Alarm{Model: m.Model, Serial: m.Serial, Code: r.Code, Severity: r.Severity.String(), Text: r.Text, Fix: r.Fix, Since: at.Wall}
		if err := openAlarms.Put(tx, alarmKey{A: machine, B: int64(a.Code)}, a); err != nil {
			return err
		}
		if err := f.occurs(tx, a, at); err != nil {
			return err
		}
		if err := f.deps.Raised(tx, at, a); err != nil {
			return err
		}
	}
	return nil
}
