package coffee

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

// keepAlarms publishes which alarms came and went since the last poll. Where none did,
// nothing is written.
func (b *Backend) keepAlarms(ctx context.Context) error {
	set := b.Snapshot().Status.Alarms
	var raised []device.Alarm
	var cleared []Alarm
	look := func(tx *store.Tx) error {
		raised, cleared = b.alarmNews(tx, set)
		return nil
	}
	if err := b.d.Store.View(look); err != nil {
		return err
	}
	if len(raised)+len(cleared) > 0 {
		if err := b.d.Store.Update(ctx, func(tx *store.Tx) error { return b.storeAlarms(tx, set) }); err != nil {
			return err
		}
	}
	b.alarmsKept.Store(true)
	return nil
}

// readAlarms asks the machine what is wrong with it, and keeps it.
func (b *Backend) readAlarms(ctx context.Context, m device.Machine) error {
	s, err := m.Status(ctx)
	if err != nil {
		return err
	}
	b.showStatus(s)
	return b.keepAlarms(ctx)
}

// alarmNews compares what the machine has set with what it had.
func (b *Backend) alarmNews(tx *store.Tx, set []device.Alarm) (raised []device.Alarm, cleared []Alarm) {
	machine := b.id.Model + "/" + b.id.Serial
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
func (b *Backend) storeAlarms(tx *store.Tx, set []device.Alarm) error {
	at := b.now()
	machine := b.id.Model + "/" + b.id.Serial
	raised, cleared := b.alarmNews(tx, set)
	for _, a := range cleared {
		if err := openAlarms.Delete(tx, alarmKey{A: machine, B: int64(a.Code)}); err != nil {
			return err
		}
		if err := b.occurrenceOver(tx, a, at); err != nil {
			return err
		}
		if err := publish(tx, b, AlarmCleared, b.cfg.Name, at, a); err != nil {
			return err
		}
	}
	for _, r := range raised {
		a := Alarm{Model: b.id.Model, Serial: b.id.Serial, Code: r.Code, Severity: r.Severity.String(), Text: r.Text, Fix: r.Fix, Since: at.Wall}
		if err := openAlarms.Put(tx, alarmKey{A: machine, B: int64(a.Code)}, a); err != nil {
			return err
		}
		if err := b.occurs(tx, a, at); err != nil {
			return err
		}
		if err := publish(tx, b, AlarmRaised, b.cfg.Name, at, a); err != nil {
			return err
		}
	}
	return nil
}
