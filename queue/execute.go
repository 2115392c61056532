package queue

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"crema/store"
)

// A run is one run of one job, from the commit that gave it a place until its handler has returned and that is committed.
type run struct {
	q       *Queue
	session *session
	id      ID
	info    Info
	stored  stored
	worker  *worker
	ctx     context.Context
	cancel  context.CancelCauseFunc

	early bool    // it was begun ahead
	next  *run    // that was begun ahead, to take this one's place
	came  Outcome // as the commit of its end, or the last try of it, has it

	mu       sync.Mutex
	lost     error // why the lease is gone: ErrTimedOut or ErrCancelled
	lostAt   time.Time
	took     time.Duration
	returned bool // the handler has returned: it is too late for the time to be over
	result   *string
	lines    *runLog // what it logged; nil: nothing
	inRow    bool    // the store counts interruptions in a row
	timers   []*time.Timer

	stuck atomic.Bool // it was reported
}

// begin starts the handler of a job that a commit gave a place. After the end of Run it does nothing: what took the place back is
// committed later.
func (q *Queue) begin(rec *record) {
	w, ok := q.kinds.get(rec.Kind)
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.active || !ok {
		return
	}
	if r := q.live[rec.id]; r != nil && r.stored.Lease == rec.Lease {
		return // begun ahead
	}
	q.current.handLocked(q.newRunLocked(rec, w))
}

// execute runs on a hand of the session, and gives what that is to run next, if anything.
func (r *run) execute() (next *run) {
	limit := r.q.set.Load().timeouts.of(r.stored.Channel)
	if own := time.Duration(r.stored.Timeout); own > 0 {
		limit = min(own, limit)
	}
	r.q.observe(r.observed(RunStarted))
	began := time.Now()
	r.mu.Lock()
	r.timers = append(r.timers, time.AfterFunc(limit, r.expire))
	if r.inRow {
		r.timers = append(r.timers, time.AfterFunc(interruptedSoon, r.survive))
	}
	r.mu.Unlock()

	// A handler that calls runtime.Goexit (a test's FailNow does) never comes back from work: its job ends in the deferred function.
	err := errExited
	var done Done
	defer func() {
		r.took = time.Since(began)
		if err != errExited && r.worker.ahead {
			r.next = r.takeAhead()
			next = r.next
		}
		r.end(done, err, limit)
	}()
	done, err = r.work()
	return nil
}

var errExited = errors.New("the handler ended its goroutine instead of returning")

// end settles what the handler came back with.
func (r *run) end(done Done, err error, limit time.Duration) {
	r.mu.Lock()
	r.returned = true
	for _, t := range r.timers {
		t.Stop()
	}
	lost := r.lost
	r.mu.Unlock()
	if lost == nil && err != nil && errors.Is(context.Cause(r.ctx), ErrStopping) {
		lost = ErrStopping
	}
	r.settle(verdictOf(done, err, lost, limit))
	r.cancel(nil)
}

// work calls the worker; what it panics with is its error.
func (r *run) work() (done Done, err error) {
	defer func() {
		if p := recover(); p != nil {
			done, err = nil, fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	args, err := r.args()
	if err != nil {
		return nil, err
	}
	return r.worker.work(r.ctx, r, args)
}

func (r *run) args() (args []byte, err error) {
	if !r.stored.Apart {
		return r.stored.Args, nil
	}
	err = r.q.store.View(func(tx *store.Tx) error {
		var ok bool
		if args, ok, err = argsBucket.Get(tx, r.id); err == nil && !ok {
			err = Permanent(errors.New("the arguments are gone from the store"))
		}
		return err
	})
	return args, err
}

// expire takes the lease when the job's time is over. Its place stays taken until the handler has returned.
func (r *run) expire() { r.lose(ErrTimedOut) }

func (r *run) lose(why error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.returned || r.lost != nil {
		return
	}
	r.lost, r.lostAt = why, time.Now()
	r.timers = append(r.timers, time.AfterFunc(stuckAfter, r.reportStuck))
	r.cancel(why)
}

func (r *run) leaseLost() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lost != nil
}

func (r *run) setResult(s string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.result = &s
}

func (r *run) log() *slog.Logger { return r.q.log.With("job", r.id.String(), "kind", r.stored.Kind) }
