package queue

import (
	"fmt"

	"crema/store"
)

// link makes the parent wait for the child. A parent that has ended waits for nobody; a link that would make two jobs wait for each
// other is left out, or refused with ErrCycle for a new job, which then would wait for its parent by what it comes after.
func (e *edit) link(parent ID, child *record) error {
	p, err := e.load(parent)
	if err != nil {
		return err
	}
	if p == nil || p.State.Terminal() || parent == child.id || depBucket.Has(e.tx, depKey{A: parent, B: child.id}) {
		return nil
	}
	if child.State.Terminal() { // cancelled by its enqueue
		p.brokenBy(child)
		return nil
	}
	if child.Open > 0 || child.Waits > 0 { // else it waits for nobody
		above, err := e.above(parent, child.id, true)
		switch {
		case err != nil:
			return err
		case above && child.was == stateNone:
			return fmt.Errorf("%w: job %s, its parent, comes before or waits for what this one comes after", ErrCycle, parent)
		case above:
			return nil
		}
	}
	p.Open++
	p.dirty = true
	child.Parents = append(child.Parents, parent)
	child.dirty = true
	return depBucket.Put(e.tx, depKey{A: parent, B: child.id}, struct{}{})
}

// follow makes those who wait for the first job wait for the next one too.
func (e *edit) follow(first ID, next *record) error {
	f, err := e.load(first)
	if err != nil || f == nil {
		return err
	}
	if !f.Kid {
		if err := e.link(first, next); err != nil {
			return err
		}
	}
	for _, parent := range f.Parents {
		if !depBucket.Has(e.tx, depKey{A: parent, B: first}) {
			continue
		}
		if err := e.link(parent, next); err != nil {
			return err
		}
	}
	return nil
}

// above tells whether job is id itself or one of those that wait for it; with again, also whether it would be if those that failed or were
// cancelled were started again. What is done waits for nobody any more.
func (e *edit) above(id, job ID, again bool) (bool, error) {
	seen := map[ID]bool{}
	look := []ID{id}
	for len(look) > 0 {
		id, look = look[0], look[1:]
		if id == job {
			return true, nil
		}
		if seen[id] {
			continue
		}
		seen[id] = true
		r, err := e.load(id)
		if err != nil {
			return false, err
		}
		if r == nil || r.State == StateDone || r.State.Terminal() && !again {
			continue
		}
		if r.Graph != 0 {
			next, err := e.waitingAfter(id)
			if err != nil {
				return false, err
			}
			look = append(look, next...)
		}
		for _, parent := range r.Parents {
			if depBucket.Has(e.tx, depKey{A: parent, B: id}) {
				look = append(look, parent)
			}
		}
	}
	return false, nil
}

// finish ends a job whose handler returned without an error: done, or failed for a child's sake, or waiting for its children.
func (e *edit) finish(r *record) error {
	if r.Open > 0 {
		return e.move(r, homeWait)
	}
	if r.Broken != 0 {
		err := e.terminate(r, StateFailed, brokenText(r))
		r.notice = "" // the child had its own
		return err
	}
	return e.terminate(r, StateDone, "")
}

func brokenText(r *record) string { return fmt.Sprintf("job %s %s", r.Broken, r.BrokenE) }

// terminate makes the job done, failed or cancelled, and ends with it the parents that waited for it alone.
func (e *edit) terminate(r *record, to State, text string) error {
	if err := e.leave(r); err != nil {
		return err
	}
	r.State = to
	r.Error = shorten(text)
	r.Class = classOf(r.Error)
	if to == StateFailed {
		r.notice = NoticeFailed
	}
	r.Due, r.Row, r.Alone, r.Waits = 0, 0, false, 0
	r.Finished, r.Ended = e.q.clock.Now().UnixNano(), int64(e.q.clock.Board())
	for _, id := range r.Parents {
		if err := e.release(id, r); err != nil {
			return err
		}
	}
	if r.Graph == 0 {
		return nil
	}
	return e.tellDependents(r)
}

// brokenBy notes the first child that was not done. One whose branch was not taken had nothing to do.
func (r *record) brokenBy(child *record) {
	if child.State == StateDone || child.Skipped || r.Broken != 0 {
		return
	}
	r.Broken, r.BrokenE, r.dirty = child.id, fmt.Sprintf("%s: %s", child.State, child.Error), true
}

// release takes an ended child off its parent.
func (e *edit) release(parent ID, child *record) error {
	key := depKey{A: parent, B: child.id}
	if !depBucket.Has(e.tx, key) {
		return nil // it ended before and was started again: nobody waits for it any more
	}
	if err := depBucket.Delete(e.tx, key); err != nil {
		return err
	}
	p, err := e.load(parent)
	if err != nil || p == nil {
		return err
	}
	p.Open--
	p.dirty = true
	if p.State.Terminal() {
		return nil
	}
	p.brokenBy(child)
	if p.Home == homeWait && p.Open == 0 {
		return e.finish(p)
	}
	return nil
}

// Children lists the jobs that the job waits for: those that have not ended.
func (q *Queue) Children(tx *store.Tx, id ID) ([]Info, error) {
	var list []Info
	for k := range depBucket.Prefix(tx, store.Leading(store.Uint64KeyOf[ID](), id)) {
		s, ok, err := find(tx, k.B)
		if err != nil {
			return nil, err
		}
		if ok {
			list = append(list, s.info(k.B, q.clock))
		}
	}
	return list, nil
}
