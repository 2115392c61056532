package queue

import (
	"slices"
	"time"

	"crema/store"
)

// stuckAfter is how long a handler may go on after its context has ended before it is reported.
const stuckAfter = 10 * time.Second

// Stuck lists the jobs, by id, whose handlers still go on ten seconds after the job was ended by hand or its time was over. Such a handler
// keeps its place, so that no second one meets it at the same machine, and Info.Stuck tells of it; only its return, or a new start of the
// program, ends that.
func (q *Queue) Stuck() []ID {
	if q.stuck.Load() == 0 {
		return nil
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	var list []ID
	for id, r := range q.live {
		if r.stuck.Load() {
			list = append(list, id)
		}
	}
	slices.Sort(list)
	return list
}

// isStuck tells whether the job's handler is.
func (q *Queue) isStuck(id ID) bool { return q.stuck.Load() > 0 && slices.Contains(q.Stuck(), id) }

// reportStuck is called once, some time after the lease was taken from the run.
func (r *run) reportStuck() {
	r.session.start(func() {
		r.mu.Lock()
		if r.returned {
			r.mu.Unlock()
			return
		}
		r.stuck.Store(true)
		r.q.stuck.Add(1)
		why, since := r.lost, time.Since(r.lostAt)
		r.mu.Unlock()
		r.log().Error("the handler goes on though its context has ended; its place stays taken", "why", why, "since", since)
		r.noteStuck(why, since)
		r.q.tellStuck(r, since)
	})
}

// tellStuck calls the hook. Its panic must not end the program: it is logged.
func (q *Queue) tellStuck(r *run, since time.Duration) {
	if q.config.OnStuck == nil {
		return
	}
	info := r.info
	err := q.store.View(func(tx *store.Tx) error {
		i, err := q.Get(tx, r.id)
		if err == nil {
			info = i
		}
		return err
	})
	if err != nil {
		r.log().Error("a stuck job can't be read", "error", err)
	}
	info.Stuck = true
	defer func() {
		if p := recover(); p != nil {
			r.log().Error("hook for stuck handlers panicked", "panic", p)
		}
	}()
	q.config.OnStuck(info, since)
}
