package queue

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"crema/store"
)

// Drain is Run for one shot: it runs jobs, by their channels and in their order, until nothing is left that could be done now (see Idle), and
// stops. Jobs that wait for an hour stay for the next. Where Run would wait for a store that refuses to commit, or for a schedule that can't
// enqueue, this ends with that error, and the jobs are put back. Else it returns ctx's error, or what Run returned.
func (q *Queue) Drain(ctx context.Context) error { return q.runUntil(ctx, q.Idle) }

// runUntil runs the queue until a function returns, and gives its error, or else Run's.
func (q *Queue) runUntil(ctx context.Context, until func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	ended := make(chan error, 1)
	go func() {
		err := q.run(ctx, true)
		cancel() // nobody waits longer for a Run that has failed
		ended <- err
	}()
	err := until(ctx)
	cancel()
	if failed := <-ended; failed != nil {
		return failed
	}
	return err
}

// performRounds bounds the retries, and above all the snoozes, that Perform brings to now.
const performRounds = 100

// Perform runs some jobs and what they lead to, and nothing else, and stops: their children, those that follow them, their graph, whatever
// is enqueued meanwhile. None of these waits for an hour or for its retry: the next try comes at once. Channels hold, so a paused one keeps
// its jobs; schedules don't fire. It is what a test, or a person who looks for a fault, does instead of Run.
//
// It returns nil when the jobs have ended, be it as failed; an error that tells what one of them waits for when it does not end;
// ErrNotFound; ErrAlreadyRunning; the store's error where it refuses to commit; ctx's error.
func (q *Queue) Perform(ctx context.Context, ids ...ID) error {
	c, err := q.choice(ids)
	if err != nil {
		return fmt.Errorf("perform: %w", err)
	}
	if !q.chosen.CompareAndSwap(nil, c) {
		return ErrAlreadyRunning
	}
	err = q.runUntil(ctx, func(ctx context.Context) error {
		for range performRounds {
			if err := q.Idle(ctx); err != nil {
				return err
			}
			if more, err := q.hurry(ctx, c); err != nil || !more {
				return errors.Join(err, q.unended(ids))
			}
		}
		return errors.Join(fmt.Errorf("perform: it was tried %d times", performRounds), q.unended(ids))
	})
	q.chosen.Store(nil)
	if errors.Is(err, ErrAlreadyRunning) { // that Run may have passed over jobs meanwhile
		err = errors.Join(err, q.store.Update(ctx, q.fill))
	}
	return err
}

// A choice is what Perform runs. It is immutable.
type choice struct {
	ids    []ID
	graphs []ID
	last   ID // what comes later belongs to it
}

func (q *Queue) choice(ids []ID) (*choice, error) {
	c := &choice{ids: ids}
	return c, q.store.View(func(tx *store.Tx) error {
		for _, id := range ids {
			s, ok, err := find(tx, id)
			if err != nil {
				return err
			}
			if !ok {
				return fmt.Errorf("job %s: %w", id, ErrNotFound)
			}
			if s.Graph != 0 {
				c.graphs = append(c.graphs, s.Graph)
			}
		}
		for _, b := range []store.Bucket[ID, stored]{jobsBucket, doneBucket, failedBucket, cancelledBucket} {
			if last, _, ok := b.Last(tx); ok {
				c.last = max(c.last, last)
			}
		}
		return nil
	})
}

func (c *choice) has(id ID) bool { return id > c.last || slices.Contains(c.ids, id) }

// takes tells whether a job is of the choice; all are where there is none.
func (c *choice) takes(id ID, s *stored) bool {
	return c == nil || c.has(id) || s.Graph != 0 && slices.Contains(c.graphs, s.Graph) || slices.ContainsFunc(s.Parents, c.has)
}

// hurry brings what waits for an hour to now, and tells whether anything did.
func (q *Queue) hurry(ctx context.Context, c *choice) (more bool, err error) {
	err = q.store.Update(ctx, func(tx *store.Tx) error {
		more = false
		var waiting []ID
		for id, s := range jobsBucket.All(tx) {
			if c.takes(id, &s) && (s.Home == homeTimer || s.Home == homeWall) {
				waiting = append(waiting, id)
			}
		}
		e := q.edit(tx)
		for _, id := range waiting {
			r, err := e.load(id)
			if err != nil {
				return err
			}
			more = true
			if err := e.pullForward(r); err != nil {
				return err
			}
		}
		return e.end()
	})
	return more, err
}

// unended is an error that names what has not ended of some jobs, or nil.
func (q *Queue) unended(ids []ID) error {
	var errs []error
	err := q.store.View(func(tx *store.Tx) error {
		for _, id := range ids {
			s, ok, err := find(tx, id)
			if err != nil {
				return err
			}
			if ok && !s.State.Terminal() {
				errs = append(errs, fmt.Errorf("job %s (%s) is %s: %s", id, s.Kind, s.State, s.waitsFor()))
			}
		}
		return nil
	})
	return errors.Join(append(errs, err)...)
}

// waitsFor tells a person why an open job does not go on by itself.
func (s *stored) waitsFor() string {
	switch {
	case s.Waits > 0:
		return fmt.Sprintf("it comes after %d jobs that have not ended", s.Waits)
	case s.Home == homeWait:
		return fmt.Sprintf("it waits for %d children", s.Open)
	case s.Home == homeReady:
		return fmt.Sprintf("there is no place for it in channel %s", s.Channel)
	case s.Error != "":
		return s.Error
	}
	return "it waits in " + string(s.Home)
}
