package queue

import (
	"context"
	"fmt"

	"crema/store"
)

// boardBucket holds the board that the jobs belong to, under one key.
var boardBucket = store.NewBucket[string, string]("queue.board", store.StringKey())

const boardKey = "board"

// Foreign tells whether the jobs come from another board than Config.Board: the store's card was copied, or moved. Jobs are accepted then,
// and none runs, nor does any schedule fire, until Adopt: a copy would do again what the first card does. It is known from the start of
// Run on.
func (q *Queue) Foreign() bool { return q.foreign.Load() }

// Adopt says that the jobs belong to this board from now on, and runs them. It is for a person to say. Where they do already, it does
// nothing. Before Run has begun it returns ErrNotRunning.
func (q *Queue) Adopt(ctx context.Context) error {
	q.mu.Lock()
	running := q.running
	q.mu.Unlock()
	if !running {
		return fmt.Errorf("adopt the jobs: %w", ErrNotRunning)
	}
	if !q.foreign.Load() {
		return nil
	}
	err := q.store.Update(ctx, func(tx *store.Tx) error {
		tx.OnCommit(func() { q.foreign.Store(false) })
		return boardBucket.Put(tx, boardKey, q.config.Board)
	})
	if err != nil {
		return fmt.Errorf("adopt the jobs: %w", err)
	}
	q.log.Warn("the jobs of another board run on this one from now on", "board", q.config.Board)
	q.takeUp()
	if err := q.recall(ctx); err != nil {
		return err
	}
	err = q.store.Update(ctx, q.fill)
	q.poke()
	return err
}

// meet compares the boards, and gives jobs without one to this one.
func (q *Queue) meet(ctx context.Context) error {
	var owner string
	err := q.store.View(func(tx *store.Tx) (err error) {
		owner, _, err = boardBucket.Get(tx, boardKey)
		return err
	})
	switch {
	case err != nil:
		return err
	case q.config.Board == "" || owner == q.config.Board:
	case owner == "":
		if err := q.store.Update(ctx, func(tx *store.Tx) error { return boardBucket.Put(tx, boardKey, q.config.Board) }); err != nil {
			return err
		}
	default:
		q.log.Warn("the jobs are another board's, so none runs until a person says that they are this one's", "of", owner, "this", q.config.Board)
		q.foreign.Store(true)
	}
	return nil
}

// takeUp has commits give jobs places, if any may run.
func (q *Queue) takeUp() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.active = q.running && !q.ending && q.works()
	q.taking.Store(q.active)
}

// works tells whether Run gives jobs places.
func (q *Queue) works() bool { return q.runner && !q.foreign.Load() }
