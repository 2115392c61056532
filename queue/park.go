package queue

import (
	"fmt"
	"time"

	"crema/store"
)

const (
	// interruptedSoon: a run that lasted so long is not what brought the board down.
	interruptedSoon = 60 * time.Second
	parkAfter       = 5 // interruptions in a row
	parkFirst       = 15 * time.Second
	parkLongest     = 15 * time.Minute
)

// parking is how long a job is parked after so many interruptions in a row; 0 is not at all.
func parking(row int) time.Duration {
	if row < parkAfter {
		return 0
	}
	if doublings := row - parkAfter; doublings < 6 {
		return min(parkFirst<<doublings, parkLongest)
	}
	return parkLongest
}

// interrupted puts a job back that ran when the process ended. That the run had lasted a minute is in the store only for a job with a
// row (run.survive commits it); so the first interruption of a row may be one after a long run.
func (e *edit) interrupted(r *record) error {
	if err := e.leave(r); err != nil {
		return err
	}
	r.Interruptions++
	r.Row++
	r.Attempt--
	r.State = StatePending
	wait := parking(r.Row)
	if wait == 0 {
		e.q.log.Warn("job was interrupted", "job", r.id, "kind", r.Kind, "interruptions", r.Interruptions)
		return e.enter(r, homeReady)
	}
	r.Alone = true
	r.Error = fmt.Sprintf("interrupted %d times in a row, parked for %v; then it is tried alone", r.Row, wait)
	r.Class = "interrupted in a row"
	r.notice = NoticeParked
	r.Due = int64(e.q.clock.Board() + wait)
	e.q.log.Warn("job is parked", "job", r.id, "kind", r.Kind, "why", r.Error)
	return e.enter(r, homeTimer)
}

// tellParked calls the hook. Its error, or its panic, must not keep the queue from starting: it is logged.
func (q *Queue) tellParked(tx *store.Tx, r *record) {
	if q.config.OnParked == nil {
		return
	}
	defer func() {
		if p := recover(); p != nil {
			q.log.Error("hook for parked jobs panicked", "job", r.id, "panic", p)
		}
	}()
	if err := q.config.OnParked(tx, r.info(r.id, q.clock)); err != nil {
		q.log.Error("hook for parked jobs failed", "job", r.id, "error", err)
	}
}
