package queue

import "time"

// Outcome is what one run of a job came to, for Config.Observe. It says nothing of the job: one whose run went well may wait for its
// children still, one whose run was to be tried again has not failed.
type Outcome string

// The outcomes. RunStarted is that of a run that begins.
const (
	RunStarted     Outcome = "started"
	RunDone        Outcome = "done"
	RunFailed      Outcome = "failed"      // for good
	RunCancelled   Outcome = "cancelled"   // the handler gave Cancel
	RunRetried     Outcome = "retried"     // cost an attempt, and is tried again
	RunSnoozed     Outcome = "snoozed"     // tried again, at no cost
	RunStopped     Outcome = "stopped"     // with the queue
	RunEnded       Outcome = "ended"       // by hand, while it ran
	RunInterrupted Outcome = "interrupted" // with the process: told at the next Run
)

// RunInfo is what Config.Observe is told of a run: once when it begins, with RunStarted, and once when its end is committed.
type RunInfo struct {
	Kind, Channel string
	Outcome       Outcome
	Wait          time.Duration // for a place, from when it could have started: in board time
	Exec          time.Duration // that the handler took; 0 for RunStarted and RunInterrupted
	Attempt       int           // the number of the run, those that cost none left out
	TimedOut      bool          // its time was over
}

// observe tells the hook, if there is one. It is called outside of transactions, and before the run counts as ended.
func (q *Queue) observe(i RunInfo) {
	if q.config.Observe != nil {
		q.config.Observe(i)
	}
}

// observed is the run as its beginning, or its end, is told.
func (r *run) observed(o Outcome) RunInfo {
	s := &r.stored
	i := RunInfo{Kind: s.Kind, Channel: s.Channel, Outcome: o, Wait: s.waited(), Attempt: s.Attempt}
	if o == RunStarted {
		return i
	}
	i.Exec = r.took
	r.mu.Lock()
	defer r.mu.Unlock()
	i.TimedOut = r.lost == ErrTimedOut
	return i
}

// waited is how long the job waited for the place of its last start.
func (s *stored) waited() time.Duration { return max(time.Duration(s.Began)-s.readySince(), 0) }

// readySince is the board time from which the job could start but for a place.
func (s *stored) readySince() time.Duration { return time.Duration(max(s.Since, s.Due)) }

// noteReady keeps in Due, for a job that goes to the line or to a place, from when on it could start, where that is later than Since: the
// hour it waited for, or the end of the run before.
func (e *edit) noteReady(r *record, to home) {
	runs := r.Lease // before this one
	if to == homeRun {
		runs--
	}
	if r.Due == 0 && runs == 0 {
		return // since its enqueue, or since it waits for no other job
	}
	if now := int64(e.q.clock.Board()); r.Due == 0 || r.Due > now {
		r.Due = now
	}
}

// outcomeOf names a verdict by what it made of the job.
func outcomeOf(v verdict, to State) Outcome {
	switch {
	case v.err == nil && !v.stop():
		return RunDone
	case to == StateFailed:
		return RunFailed
	case to == StateCancelled:
		return RunCancelled
	case v.stop():
		return RunStopped
	case v.free:
		return RunSnoozed
	default:
		return RunRetried
	}
}
