package queue

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"crema/store"
)

// A session is one Run.
type session struct {
	q      *Queue
	epoch  uint64
	ctx    context.Context // of the handlers
	cancel context.CancelCauseFunc
	once   bool // of Drain or Perform: a store that refuses a commit ends it, as nothing can be done now
	wg     sync.WaitGroup
	hands  chan *run     // to a hand that has nothing to do
	over   chan struct{} // closed when there is nothing to do for any hand any more
	gaveUp chan struct{} // closed when Run no longer waits for handlers
}

// handLocked gives a run to a hand, a goroutine that runs one handler after the other; there are as many as handlers ever ran at once. A
// hand's stack has grown already to what handlers need, and a new one's would have to. The run tells wg when it is settled.
func (s *session) handLocked(r *run) {
	s.wg.Add(1)
	select {
	case s.hands <- r:
	default:
		go s.hand(r)
	}
}

func (s *session) hand(r *run) {
	for {
		if r = r.execute(); r != nil {
			continue
		}
		select {
		case r = <-s.hands:
		case <-s.over:
			return
		}
	}
}

// goLocked runs f in a goroutine that the session's end waits for; q.mu is held and the session active.
func (s *session) goLocked(f func()) {
	s.wg.Add(1)
	go func() {
		defer s.wg.Done()
		f()
	}()
}

// start is goLocked for those who don't hold q.mu; after the end of Run it does nothing.
func (s *session) start(f func()) {
	s.q.mu.Lock()
	defer s.q.mu.Unlock()
	if s.q.active && s.q.current == s {
		s.goLocked(f)
	}
}

// Run recovers what a crash left behind and then runs jobs until ctx ends. Then it starts none, cancels the contexts of those that run
// (cause ErrStopping), waits Config.Grace for their handlers, and puts them back to pending at no cost.
//
// It returns nil after a stop in good order; an error that names the jobs whose handlers did not return; ErrAlreadyRunning; or the
// store's error when the store failed for good.
func (q *Queue) Run(ctx context.Context) error { return q.run(ctx, false) }

func (q *Queue) run(ctx context.Context, once bool) error {
	s, err := q.open(ctx, once)
	if err != nil {
		return err
	}
	q.config.Alive(startWithin)
	defer q.config.Alive(0)
	err = q.recover(ctx)
	if err == nil {
		q.idle.send()
		err = q.loop(ctx)
	}
	q.config.Alive(q.config.Grace + workWithin)
	return errors.Join(err, q.close(s))
}

func (q *Queue) open(ctx context.Context, once bool) (*session, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.running {
		return nil, ErrAlreadyRunning
	}
	s := &session{q: q, epoch: rand.Uint64(), once: once, hands: make(chan *run), over: make(chan struct{}), gaveUp: make(chan struct{})}
	s.ctx, s.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	select {
	case <-q.broken: // of an earlier Run
	default:
	}
	q.running, q.ending, q.current = true, false, s
	clear(q.ahead)
	q.asked.Add(1) // to look at all there is
	q.aged = 0     // house is kept at each start
	q.epoch.Store(s.epoch)
	q.ordered.Store(false) // whatever was at work since
	return s, nil
}

func (q *Queue) loop(ctx context.Context) error {
	for {
		q.config.Alive(workWithin)
		changed := q.clock.Changed() // before the look: what changes during it is not missed
		sleep, err := q.attend(ctx)
		if err != nil {
			return err
		}
		q.config.Alive(sleep + waitWithin)
		timer := time.NewTimer(sleep)
		select {
		case <-ctx.Done():
			timer.Stop()
			return nil
		case err := <-q.broken:
			timer.Stop()
			return err
		case <-changed:
		case <-q.wake:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// fail ends Run: the store takes no writes any more, or none now where that is the end.
func (q *Queue) fail(err error) {
	select {
	case q.broken <- err:
	default:
	}
}

// close is the soft stop.
func (q *Queue) close(s *session) error {
	q.mu.Lock()
	q.active, q.ending = false, true
	q.taking.Store(false)
	q.mu.Unlock()
	s.cancel(ErrStopping)
	err := q.await(s)
	close(s.over)
	err = errors.Join(err, q.putBack(s), q.settleTally())
	q.mu.Lock()
	q.running, q.current = false, nil
	q.mu.Unlock()
	q.idle.send()
	return err
}

func (q *Queue) await(s *session) error {
	ended := make(chan struct{})
	go func() {
		s.wg.Wait()
		close(ended)
	}()
	grace := time.NewTimer(q.config.Grace)
	defer grace.Stop()
	select {
	case <-ended:
		return nil
	case <-grace.C:
	}
	close(s.gaveUp)
	q.mu.Lock()
	defer q.mu.Unlock()
	var names []string
	for id, r := range q.live {
		names = append(names, fmt.Sprintf("%s (%s)", id, r.stored.Kind))
	}
	if len(names) == 0 {
		return nil
	}
	slices.Sort(names)
	return fmt.Errorf("queue: handlers of jobs did not return within %v of the stop: %s", q.config.Grace, strings.Join(names, ", "))
}

// putBack returns jobs that a commit gave a place while Run was ending, and whose handlers never began.
func (q *Queue) putBack(s *session) error {
	// An Update also where nothing is left, as seen from here: it comes after the commits that are on their way to the disk.
	err := q.store.Update(context.Background(), func(tx *store.Tx) error { return q.putBackIn(tx, s) })
	if errors.Is(err, store.ErrClosed) || errors.Is(err, store.ErrFailed) {
		return nil // the next Run finds them
	}
	return err
}

// settleTally stores the tally for the next start.
func (q *Queue) settleTally() error {
	err := q.store.Update(context.Background(), q.saveTally)
	if errors.Is(err, store.ErrClosed) || errors.Is(err, store.ErrFailed) || q.refused(err) {
		return nil // the next start counts
	}
	return err
}

func (q *Queue) putBackIn(tx *store.Tx, s *session) error {
	e := q.edit(tx)
	for id, raw := range runBucket.All(tx) {
		o, err := decodeOccupant(raw)
		if err != nil {
			return err
		}
		if o.epoch != s.epoch || q.alive(id) {
			continue
		}
		r, err := e.load(id)
		if err != nil {
			return err
		}
		if r == nil || r.Home != homeRun {
			if err := q.vacate(tx, id); err != nil {
				return err
			}
			continue
		}
		r.Attempt--
		if err := e.unstarted(r); err != nil {
			return err
		}
	}
	return e.end()
}

// alive tells whether a handler of the job has not returned.
func (q *Queue) alive(id ID) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	_, ok := q.live[id]
	return ok
}

// returned forgets a run whose end is committed, or can't be.
func (q *Queue) returned(r *run) {
	if r.stuck.Load() {
		q.stuck.Add(-1)
		r.log().Warn("the handler that was stuck has returned")
	}
	q.mu.Lock()
	if q.live[r.id] == r {
		delete(q.live, r.id)
	}
	q.mu.Unlock()
	q.idle.send()
}
