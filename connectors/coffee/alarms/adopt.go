package alarms

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"crema/connectors/coffee/ledger"
	"crema/connectors/odoo/maintenance"
	"crema/store"
)

// reported is a request for maintenance that Odoo has of a machine.
type reported struct {
	occurrence // as its description has it; Set: crema has not written that it is over
	done       bool
}

// askRequests reads which requests Odoo has of a machine: a new store does not know them, and one of an older moment not
// all of them.
func (f *Flow) askRequests(ctx context.Context, machine string, equipment int64) (found []reported, err error) {
	if equipment == 0 {
		return nil, nil
	}
	all, externals, err := maintenance.All(ctx, f.deps.Odoo, equipment)
	if err != nil {
		return nil, err
	}
	for _, r := range all {
		code, number, ok := parseExternal(machine, externals[r.ID])
		if !ok {
			continue // a person's
		}
		o := occurrence{Code: code, Number: number, Times: 1, Set: true, Request: r.ID}
		found = append(found, reported{parseLine(machine, o, string(r.Description)), r.Done})
	}
	return found, nil
}

// adoptRequests takes over what Odoo has, so that an alarm that is set keeps its request, and one that is over since
// loses it. It happens in one commit, with the alarms as they are then.
func (f *Flow) adoptRequests(tx *store.Tx, machine string, found []reported) error {
	at := f.deps.Now()
	set, local, byCode := map[int]Alarm{}, map[int][]occurrence{}, map[int][]reported{}
	codes := map[int]bool{}
	for k, a := range openAlarms.From(tx, alarmKey{A: machine}) {
		if k.A != machine {
			break
		}
		set[a.Code], codes[a.Code] = a, true
	}
	for _, o := range occurrencesOf(tx, machine) {
		local[o.Code], codes[o.Code] = append(local[o.Code], o), true
	}
	for _, r := range found {
		byCode[r.Code], codes[r.Code] = append(byCode[r.Code], r), true
	}
	for _, code := range slices.Sorted(maps.Keys(codes)) {
		var alarm *Alarm
		if a, is := set[code]; is {
			alarm = &a
		}
		for _, o := range local[code] {
			if err := occurrences.Delete(tx, o.key(machine)); err != nil {
				return err
			}
		}
		for _, o := range takenOver(local[code], byCode[code], alarm, at) {
			o.Backend = f.deps.Backend
			if err := o.put(tx, machine); err != nil {
				return err
			}
		}
	}
	return alarmsAsked.Put(tx, machine, true)
}

// Restored has Odoo asked about every machine once more: an older snapshot of the store does
// not know what it was told since.
func Restored(tx *store.Tx) error {
	for machine := range maps.Collect(alarmsAsked.All(tx)) {
		if err := alarmsAsked.Delete(tx, machine); err != nil {
			return err
		}
	}
	return nil
}

// takenOver are the occurrences of one code, of those that this store has, the requests that Odoo has, and whether the
// alarm is set. An alarm goes on in the newest open request. Where there is none it gets a new one, unless a
// person closed the newest while the alarm was set.
func takenOver(local []occurrence, found []reported, alarm *Alarm, at ledger.When) (list []occurrence) {
	slices.SortFunc(found, func(a, b reported) int { return cmp.Compare(a.Number, b.Number) })
	known := map[uint64]occurrence{}
	var fresh *occurrence // one that Odoo was told nothing of, as far as is known here
	for _, o := range local {
		if known[o.Number] = o; o.Sent == 0 {
			fresh = &o
		}
	}
	var last reported
	var open []occurrence
	for _, r := range found {
		if last = r; r.done {
			continue
		}
		o := r.occurrence
		if was, is := known[o.Number]; is && was.Sent != 0 {
			o = was
			o.Request = r.Request
		}
		open = append(open, o)
	}
	for i, o := range open {
		if o.Version++; alarm != nil && i == len(open)-1 {
			o.Severity, o.Text, o.Fix, o.Set = alarm.Severity, alarm.Text, alarm.Fix, true
		} else {
			o.clear(at)
		}
		list = append(list, o)
	}
	next := max(last.Number, newestSent(local)) + 1
	switch same := fresh != nil && slices.ContainsFunc(found, func(r reported) bool { return r.Number == fresh.Number && r.Since.Equal(fresh.Since.Truncate(1e9)) }); {
	case alarm != nil && len(open) > 0:
	case alarm != nil && last.done && last.Set: // a person closed it: it is left so until it is raised again
		o := last.occurrence
		o.Severity, o.Text, o.Fix, o.Version, o.Sent = alarm.Severity, alarm.Text, alarm.Fix, 1, 1
		list = append(list, o)
	case alarm != nil:
		o := occurrence{Code: alarm.Code, Since: alarm.Since, Last: alarm.Since, Times: 1}
		if fresh != nil && !same {
			o = *fresh
		}
		o.Number, o.Severity, o.Text, o.Fix, o.Set, o.Sent, o.Request = next, alarm.Severity, alarm.Text, alarm.Fix, true, 0, 0
		o.Version++
		list = append(list, o)
	case fresh != nil && !same: // it came and went while Odoo could not be told
		o := *fresh
		if o.Number = next; o.Set {
			o.clear(at)
		}
		list = append(list, o)
	}
	if n := len(list); last.Number > 0 && (n == 0 || list[n-1].Number < last.Number) { // its number is not to be used again
		o := last.occurrence
		o.Set, o.Version, o.Sent, o.ClearedBoard = false, 1, 1, at.Board-flapWindow
		list = append(list, o)
	}
	return list
}

// newestSent is the highest number that Odoo was told.
func newestSent(local []occurrence) (n uint64) {
	for _, o := range local {
		if o.Sent != 0 {
			n = max(n, o.Number)
		}
	}
	return n
}
