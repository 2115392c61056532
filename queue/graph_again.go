package queue

import "container/heap"

// reopen undoes what the end of r did to those that come after it, before r is started again or ends in another way: those that wait for
// others too wait for r again, those that were cancelled for its end wait again, and so on along their own. What has been released stays
// so. From here on r counts as open; whoever calls gives it its new state.
func (e *edit) reopen(r *record) error {
	r.State, r.Blame, r.Skipped, r.dirty = StatePending, 0, false, true
	if r.Graph == 0 {
		return nil
	}
	var again idHeap
	if err := e.awaited(r, &again); err != nil {
		return err
	}
	// What comes after has the higher number, so the lowest one's own are decided already.
	for len(again) > 0 {
		d, err := e.load(heap.Pop(&again).(ID))
		if err != nil {
			return err
		}
		waits, forbidding, err := e.look(d)
		if err != nil {
			return err
		}
		if forbidding.on != nil { // it stays cancelled, for another one's sake
			d.Blame, d.Skipped, d.dirty = forbidding.on.id, skips(forbidding.on), true
			d.Error = shorten(reason(forbidding.on))
			d.Class = classOf(d.Error)
			if err := e.awaited(d, &again); err != nil { // those that were cancelled for its end say why as well
				return err
			}
			continue
		}
		e.renew(d)
		d.State, d.Waits = StateWaitDependencies, waits
		if err := e.enter(d, homeAfter); err != nil {
			return err
		}
		if err := e.awaited(d, &again); err != nil {
			return err
		}
	}
	return nil
}

// awaited has those that wait wait for r too if that is open, and gathers those that were cancelled for its end.
func (e *edit) awaited(r *record, again *idHeap) error {
	for k, raw := range edgeBucket.Prefix(e.tx, leading(r.id)) {
		d, err := e.load(k.B)
		if err != nil {
			return err
		}
		switch {
		case d == nil || bitsOf(raw)&waived != 0:
		case d.State == StateWaitDependencies && !r.State.Terminal():
			d.Waits++
			d.dirty = true
		case d.State == StateCancelled && d.Blame == r.id:
			heap.Push(again, d.id)
		}
	}
	return nil
}

// look counts those that r has to wait for, and finds the first that forbids it to run.
func (e *edit) look(r *record) (waits int, forbidding incoming, err error) {
	list, err := e.before(r.id)
	for _, in := range list {
		switch {
		case in.bits.holds(in.on.State):
			waits++
		case in.bits.forbids(in.on.State) && forbidding.on == nil:
			forbidding = in
		}
	}
	return waits, forbidding, err
}

// waive has a cancelled job that a person starts do without those that ended otherwise than it wanted, and counts those that it still has
// to wait for.
func (e *edit) waive(r *record) (waits int, err error) {
	list, err := e.before(r.id)
	if err != nil {
		return 0, err
	}
	for _, in := range list {
		switch {
		case in.bits.holds(in.on.State):
			waits++
		case in.bits.forbids(in.on.State):
			if err := putEdge(e.tx, in.on.id, r.id, in.bits|waived); err != nil {
				return 0, err
			}
		}
	}
	return waits, nil
}
