package queue

import (
	"fmt"
	"math"
	"runtime"

	"crema/store"
)

// A record is a job in the hands of one edit.
type record struct {
	stored
	id       ID
	was      State // in the store; stateNone when it is new
	dirty    bool
	wasEnded int64 // in the store
	// listed says that this edit entered it into the order of its channel.
	listed bool
	notice NoticeReason // what a person should know of; empty: nothing
}

// An edit is what one operation does to jobs in one transaction: records are read once, written once at the end, and what memory
// must learn goes out after the commit. Between edits of the same transaction nothing is kept.
type edit struct {
	q       *Queue
	tx      *store.Tx
	set     *settings // nil: not asked for
	records []*record
	byID    map[ID]*record // once there are many
	begun   []*record      // claimed a place: their handlers start after the commit
	timer   int64          // earliest board time entered into the timers
	wall    int64          // the same of wall time
	ended   []*record      // in graphs: those that come after them are to be told
	telling bool           // and are being told
}

// A store that is nearly full takes no new jobs, so that those there are can end, and finished ones be pruned.
const (
	fullAt    = 0.9
	fillEvery = 64 // edits between two looks
	fillBytes = 1 << 20
)

func (q *Queue) edit(tx *store.Tx) *edit {
	return &edit{q: q, tx: tx, timer: math.MaxInt64, wall: math.MaxInt64}
}

// load gives the job's record, or nil if there is none.
func (e *edit) load(id ID) (*record, error) {
	if r := e.held(id); r != nil {
		return r, nil
	}
	s, ok, err := find(e.tx, id)
	if err != nil || !ok {
		return nil, err
	}
	r := &record{stored: s, id: id, was: s.State, wasEnded: s.Ended}
	e.hold(r)
	return r, nil
}

// many is from where on a map is quicker than a walk.
const many = 16

// held gives a record that this edit has, or nil.
func (e *edit) held(id ID) *record {
	if e.byID != nil {
		return e.byID[id]
	}
	for _, r := range e.records {
		if r.id == id {
			return r
		}
	}
	return nil
}

func (e *edit) hold(r *record) {
	e.records = append(e.records, r)
	switch {
	case e.byID != nil:
		e.byID[r.id] = r
	case len(e.records) > many:
		e.byID = make(map[ID]*record, 2*many)
		for _, r := range e.records {
			e.byID[r.id] = r
		}
	}
}

// find looks for a job where open ones are, then among the finished.
func find(tx *store.Tx, id ID) (stored, bool, error) {
	for _, b := range []store.Bucket[ID, stored]{jobsBucket, doneBucket, failedBucket, cancelledBucket} {
		s, ok, err := b.Get(tx, id)
		if err != nil {
			return stored{}, false, fmt.Errorf("job %s: %w", id, err)
		}
		if ok {
			return s, true, nil
		}
	}
	return stored{}, false, nil
}

func bucketOf(s State) store.Bucket[ID, stored] {
	switch s {
	case StateDone:
		return doneBucket
	case StateFailed:
		return failedBucket
	case StateCancelled:
		return cancelledBucket
	default:
		return jobsBucket
	}
}

// end writes what changed and tells memory after the commit. An edit that ends in an error is not ended: its transaction rolls back.
func (e *edit) end() error {
	changed := e.records[:0]
	numbers := tally{}
	for _, r := range e.records {
		if !r.dirty {
			continue
		}
		if err := e.write(r); err != nil {
			return fmt.Errorf("job %s: %w", r.id, err)
		}
		if r.was != r.State {
			numbers.add(r.Channel, r.was, -1)
			numbers.add(r.Channel, r.State, 1)
		}
		if r.was.Terminal() || r.State.Terminal() {
			if err := e.shelve(r, numbers); err != nil {
				return fmt.Errorf("job %s: %w", r.id, err)
			}
		}
		changed = append(changed, r)
	}
	if len(changed) == 0 {
		return nil
	}
	if len(numbers) > 0 {
		if err := e.q.adjust(e.tx, numbers); err != nil {
			return err
		}
	}
	e.tx.OnCommit(func() { e.q.committed(changed, e.begun, e.timer, e.wall) })
	return e.report(changed)
}

// report tells in the same transaction what a person should know of what changed. It comes last, as those who are told may enqueue.
func (e *edit) report(changed []*record) error {
	ended, err := e.countBatches(changed)
	if err != nil {
		return err
	}
	for _, r := range changed {
		if r.notice == "" {
			continue
		}
		if err := e.q.note(e.tx, r.notice, r.info(r.id, e.q.clock)); err != nil {
			return err
		}
	}
	for _, b := range ended {
		e.q.tellBatch(e.tx, b)
	}
	return nil
}

func (e *edit) write(r *record) error {
	if !allowed(r.was, r.State) {
		return fmt.Errorf("BUG: no job goes from %q to %q", r.was, r.State)
	}
	to := bucketOf(r.State)
	if r.was != stateNone {
		if from := bucketOf(r.was); from.Name() != to.Name() {
			if err := from.Delete(e.tx, r.id); err != nil {
				return err
			}
		}
	}
	if err := to.Put(e.tx, r.id, r.stored); err != nil {
		return err
	}
	if err := e.unlist(r); err != nil {
		return err
	}
	if r.Identity == "" {
		return nil
	}
	key := identKey{A: r.Identity, B: r.id}
	switch was := r.was != stateNone && !r.was.Terminal(); {
	case !was && !r.State.Terminal():
		return identBucket.Put(e.tx, key, struct{}{})
	case was && r.State.Terminal():
		return identBucket.Delete(e.tx, key)
	}
	return nil
}

// weigh looks at the store's size now and then: every so many edits, or bytes of large arguments.
func (q *Queue) weigh(changed []*record) {
	large := int64(0)
	for _, r := range changed {
		if r.was == stateNone {
			large += int64(r.ArgsSize)
		}
	}
	if q.commits.Add(1)%fillEvery != 1 && q.large.Add(large) < fillBytes {
		return
	}
	q.large.Store(0)
	full := q.store.Stats().Fill() >= fullAt
	q.full.Store(full)
	if full {
		q.poke() // it makes room
	}
}

// committed is called by the committer after the commit of an edit.
func (q *Queue) committed(changed, begun []*record, timer, wall int64) {
	q.weigh(changed)
	q.forgetAhead(changed)
	for _, r := range begun {
		q.begin(r)
	}
	q.tell(changed)
	if len(begun) > 0 {
		// Let the handlers run before the committer takes what waits: short ones then end together, in one commit. Without this, eight
		// places made two cohorts of four that never met (0.25 commits a job; 0.13 with it), and two made commits of one.
		runtime.Gosched()
	}
	if timer < q.armedBoard.Load() || wall < q.armedWall.Load() {
		q.poke()
	}
}
