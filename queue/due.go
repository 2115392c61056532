package queue

import (
	"context"
	"math"
	"time"

	"crema/store"
)

const (
	// piece bounds what one commit of the loop moves or removes, so that others don't wait long for theirs.
	piece = 200
	// housekeeping is how often the loop looks for finished jobs that grew old.
	housekeeping = time.Hour
	// lookAgain is the longest the loop sleeps. Nothing needs it but a wake-up that was lost; looking reads two keys and writes nothing.
	lookAgain = time.Minute
)

// attend does what is due and says how long nothing will be.
func (q *Queue) attend(ctx context.Context) (time.Duration, error) {
	sleep, err := q.see(ctx)
	if q.refused(err) && !q.once() {
		return refusedRetry, nil
	}
	return sleep, err
}

func (q *Queue) see(ctx context.Context) (time.Duration, error) {
	q.asked.Add(1) // by its own wish, if by nobody else's
	for {
		asked := q.asked.Load()
		// While this looks, every timer that is set pokes it to look again.
		q.armedBoard.Store(math.MaxInt64)
		q.armedWall.Store(math.MaxInt64)
		next, err := q.look()
		if err != nil {
			return 0, err
		}
		if err := q.prune(ctx); err != nil {
			return 0, ended(ctx, err)
		}
		if !q.works() {
			q.rest(asked)
			return lookAgain, nil
		}
		if next.due {
			if err := q.store.Update(ctx, q.moveDue); err != nil {
				return 0, ended(ctx, err)
			}
			continue
		}
		sleep, err := q.fireSchedules(ctx)
		if err != nil {
			return 0, ended(ctx, err)
		}
		q.armedBoard.Store(next.board)
		q.armedWall.Store(next.wall)
		q.rest(asked)
		return min(sleep, q.until(next), lookAgain), nil
	}
}

// rest says that the loop has done all that it was asked for before it looked last.
func (q *Queue) rest(asked uint64) {
	q.answered.Store(asked)
	q.idle.send()
}

// ended makes an error that only says that Run's context ended disappear.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// agenda is what the timers wait for; MaxInt64 is nothing.
type agenda struct {
	due         bool
	board, wall int64
}

func (q *Queue) look() (a agenda, err error) {
	err = q.store.View(func(tx *store.Tx) (err error) {
		a, err = q.agenda(tx)
		return err
	})
	return a, err
}

func (q *Queue) agenda(tx *store.Tx) (a agenda, err error) {
	a.wall = math.MaxInt64
	if a.board, err = q.set.Load().channels.nextThrottle(tx); err != nil {
		return a, err
	}
	if k, _, ok := timerBucket.First(tx); ok {
		a.board = min(a.board, k.A)
	}
	if k, _, ok := wallBucket.First(tx); ok {
		a.wall = k.A
	}
	a.due = a.board <= int64(q.clock.Board()) || q.clock.Trusted() && a.wall <= q.clock.Now().UnixNano()
	return a, nil
}

// until is the time to the next entry. An untrusted wall clock never comes to its hour: trust wakes the loop.
func (q *Queue) until(a agenda) time.Duration {
	d := time.Duration(math.MaxInt64)
	if a.board != math.MaxInt64 {
		d = time.Duration(a.board) - q.clock.Board()
	}
	if a.wall != math.MaxInt64 && q.clock.Trusted() {
		d = min(d, time.Unix(0, a.wall).Sub(q.clock.Now()))
	}
	return max(d, 0)
}

// moveDue sends up to a piece of the jobs whose hour has come to their places.
func (q *Queue) moveDue(tx *store.Tx) error {
	set, err := q.settings(tx)
	if err != nil {
		return err
	}
	if err := q.endThrottles(tx, set.channels); err != nil {
		return err
	}
	if err := q.forgetPlaces(tx); err != nil {
		return err
	}
	e := q.edit(tx)
	due := dueIn(tx, timerBucket, int64(q.clock.Board()), piece)
	if err := e.ready(due, timerBucket, homeTimer); err != nil {
		return err
	}
	if q.clock.Trusted() {
		due := dueIn(tx, wallBucket, q.clock.Now().UnixNano(), piece-len(due))
		if err := e.ready(due, wallBucket, homeWall); err != nil {
			return err
		}
	}
	if err := e.claim(); err != nil {
		return err
	}
	return e.end()
}

// dueIn gives the entries of a timer up to now, but not more than so many.
func dueIn(tx *store.Tx, timer store.Bucket[dueKey, struct{}], now int64, most int) (due []dueKey) {
	for k := range timer.All(tx) {
		if k.A > now || len(due) >= most {
			break
		}
		due = append(due, k)
	}
	return due
}

// ready sends the jobs of a timer's entries to the line. An entry that no job waits under goes: the loop would come back to it for ever.
func (e *edit) ready(due []dueKey, timer store.Bucket[dueKey, struct{}], home home) error {
	for _, k := range due {
		r, err := e.load(k.B)
		if err != nil {
			return err
		}
		if r == nil || r.Home != home || r.Due != k.A {
			e.q.log.Warn("a timer held a job that does not wait for it", "job", k.B)
			if err := timer.Delete(e.tx, k); err != nil {
				return err
			}
			continue
		}
		if r.Alone {
			r.State = StateEnqueued // taken to be tried alone
		}
		if err := e.move(r, homeReady); err != nil {
			return err
		}
	}
	return nil
}
