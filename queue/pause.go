package queue

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"crema/store"
)

// pausedBucket holds the names of the channels that start nothing.
var pausedBucket = store.NewBucket[string, struct{}]("queue.paused", store.StringKey())

// ErrCapacityZero: the channel is paused by its configuration, which no resume changes.
var ErrCapacityZero = errors.New("the channel has the capacity 0, so nothing of it runs")

// PauseChannel stops a channel, and those below it, from starting jobs, or lets them start again. What runs goes on. It is stored, and so
// holds over restarts, also while the channel isn't configured. Of a channel below a paused one nothing starts either, whatever its own
// pause says. It returns ErrUnknownChannel for a channel that isn't configured, and, when it ends the pause of one, ErrCapacityZero if
// that one starts nothing all the same.
func (q *Queue) PauseChannel(ctx context.Context, name string, paused bool) error {
	full, err := channelName(name)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnknownChannel, err)
	}
	var c channels
	err = q.store.Update(ctx, func(tx *store.Tx) error {
		set, err := q.settings(tx)
		if err != nil {
			return err
		}
		if c = set.channels; !c.known(full) && !(!paused && pausedBucket.Has(tx, full)) {
			return fmt.Errorf("%w: %q; there are %s", ErrUnknownChannel, name, strings.Join(c.names(), ", "))
		}
		if err := q.forgetPlaces(tx); err != nil {
			return err
		}
		if paused {
			tx.OnCommit(q.forgetAllAhead)
			return pausedBucket.Put(tx, full, struct{}{})
		}
		if err := pausedBucket.Delete(tx, full); err != nil {
			return err
		}
		e := q.edit(tx)
		if err := e.claim(); err != nil {
			return err
		}
		return e.end()
	})
	if err == nil && !paused && c.limit(full) == 0 {
		return fmt.Errorf("%w: give %s more than 0 places in the configured channels", ErrCapacityZero, full)
	}
	return err
}
