package queue

import (
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"crema/store"
)

const settleRetry = time.Second

// settle commits the end of the run. The hand doesn't wait for that.
func (r *run) settle(v verdict) { r.submit(v, false) }

func (r *run) submit(v verdict, told bool) {
	complete := func(tx *store.Tx) error { return r.complete(tx, v) }
	if err := r.q.store.Submit(complete, func(err error) { r.submitted(v, err, told) }); err != nil {
		r.submitted(v, err, told)
	}
}

// submitted is told how the commit went. What the store refuses for now (the disk is full) is tried again until Run gives up; then the
// next Run finds an interrupted job.
func (r *run) submitted(v verdict, err error, told bool) {
	var ofDone *doneError
	switch {
	case err == nil:
		r.q.observe(r.observed(r.came))
		r.settled()
	case errors.As(err, &ofDone):
		r.submit(verdictOf(nil, ofDone.err, nil, 0), told)
	case r.session.once, errors.Is(err, store.ErrClosed), errors.Is(err, store.ErrFailed):
		r.q.fail(fmt.Errorf("end of job %s: %w", r.id, err))
		r.settled()
	default:
		if !told {
			r.log().Error("the end of the job can't be stored, trying again", "error", err)
		}
		go r.resubmit(v)
	}
}

func (r *run) resubmit(v verdict) {
	select {
	case <-time.After(settleRetry):
		r.submit(v, true)
	case <-r.session.gaveUp:
		r.settled()
	}
}

// settled is the last of a run.
func (r *run) settled() {
	r.q.returned(r)
	r.session.wg.Done()
}

// complete is the transaction of settle.
func (r *run) complete(tx *store.Tx, v verdict) error {
	r.came = RunEnded
	if err := r.placeAhead(tx); err != nil {
		return err
	}
	if v.err == nil && v.done != nil {
		held, err := r.owns(tx)
		if err != nil {
			return err
		}
		if !held {
			return r.vacate(tx)
		}
		if err := runDone(v.done, tx); err != nil {
			return &doneError{err}
		}
	}
	e := r.q.edit(tx)
	rec, err := e.load(r.id)
	if err != nil {
		return err
	}
	if rec == nil || rec.Home != homeRun || rec.Lease != r.stored.Lease {
		return r.vacate(tx)
	}
	if size, err := r.written().write(tx); err != nil {
		return err
	} else if size > 0 {
		rec.LogSize = size
	}
	if err := r.conclude(e, rec, v); err != nil {
		return err
	}
	r.came = outcomeOf(v, rec.State)
	if err := r.q.claimLast(tx, r); err != nil {
		return err
	}
	return e.end()
}

// owns is like holds, but for time that is over: that run may not commit work any more, but it has to give back its place.
func (r *run) owns(tx *store.Tx) (bool, error) {
	s, ok, err := jobsBucket.Get(tx, r.id)
	return ok && s.Home == homeRun && s.Lease == r.stored.Lease, err
}

// vacate gives back the place of a job that was ended by hand while it ran.
func (r *run) vacate(tx *store.Tx) error {
	raw, ok, err := runBucket.Get(tx, r.id)
	if err != nil || !ok {
		return err
	}
	o, err := decodeOccupant(raw)
	if err != nil || o.epoch != r.session.epoch {
		return err
	}
	if _, err := r.written().write(tx); err != nil {
		return err
	}
	if err := r.q.claimLast(tx, r); err != nil {
		return err
	}
	return r.q.vacate(tx, r.id)
}

func runDone(done Done, tx *store.Tx) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic in the completion: %v\n%s", p, debug.Stack())
		}
	}()
	return done(tx)
}

// conclude applies the verdict to the record.
func (r *run) conclude(e *edit, rec *record, v verdict) error {
	rec.Exec = int64(r.took)
	r.mu.Lock()
	if r.result != nil {
		rec.Result = shorten(*r.result)
	}
	r.mu.Unlock()
	if v.err == nil {
		if err := e.leave(rec); err != nil {
			return err
		}
		rec.Row, rec.Alone, rec.Error, rec.Class = 0, false, "", ""
		return e.finish(rec)
	}
	var err error
	switch {
	case v.to != stateNone:
		err = e.terminate(rec, v.to, v.err.Error())
	case !v.free && rec.Max > 0 && rec.Attempt >= rec.Max:
		err = e.terminate(rec, StateFailed, fmt.Sprintf("max retries (%d) reached: %v", rec.Max, v.err))
	case !v.stop() && rec.MaxAge > 0 && int64(e.q.clock.Board())-rec.Since >= rec.MaxAge:
		err = e.terminate(rec, StateFailed, fmt.Sprintf("tried for %v, the longest that it may take: %v", time.Duration(rec.MaxAge), v.err))
	default:
		return r.again(e, rec, v)
	}
	rec.Class = classOfError(v.err)
	return err
}

// unstarted puts a job back to the line; one that is to be tried alone stays so.
func (e *edit) unstarted(rec *record) error {
	rec.State = StatePending
	if rec.Alone {
		rec.State = StateEnqueued
	}
	return e.admit(rec)
}

// again sends the job back to pending.
func (r *run) again(e *edit, rec *record, v verdict) error {
	if err := e.leave(rec); err != nil {
		return err
	}
	rec.State = StatePending
	wait := v.after
	switch {
	case v.free:
		rec.Attempt--
	case wait == 0:
		wait = r.worker.retry.Wait(rec.Attempt)
	}
	if v.stop() {
		return e.unstarted(rec)
	}
	// A handler that returned did not bring the board down, whatever it said.
	rec.Row, rec.Alone = 0, false
	rec.Error = shorten(v.err.Error())
	rec.Class = classOfError(v.err)
	if errors.Is(v.err, ErrTimedOut) && !v.free {
		rec.notice = NoticeTimedOut
	}
	if wait == 0 {
		return e.admit(rec)
	}
	rec.Due = int64(e.q.clock.Board() + min(wait, longest))
	return e.enter(rec, homeTimer)
}
