package queue

import (
	"context"
	"fmt"
	"strings"

	"crema/store"
)

// pausedBucket holds the names of the channels that start nothing.
var pausedBucket = store.NewBucket[string, struct{}]("queue.paused", store.StringKey())

// PauseChannel stops a channel, and those below it, from starting jobs, or lets them start again. What runs goes on. It is stored, and so
// holds over restarts. It returns ErrUnknownChannel for a channel that isn't configured.
func (q *Queue) PauseChannel(ctx context.Context, name string, paused bool) error {
	full, err := channelName(name)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnknownChannel, err)
	}
	if !q.channels.known(full) {
		return fmt.Errorf("%w: %q; there are %s", ErrUnknownChannel, name, strings.Join(q.channels.names(), ", "))
	}
	return q.store.Update(ctx, func(tx *store.Tx) error {
		if err := q.forgetPlaces(tx); err != nil {
			return err
		}
		if paused {
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
}

// A ChannelInfo is a channel as it is now.
type ChannelInfo struct {
	Name     string `json:"name"`
	Capacity int    `json:"capacity"` // -1: only its parents bound it
	Running  int    `json:"running"`  // those of the channels below it included
	Paused   bool   `json:"paused"`   // by itself; a paused parent counts for all below it
}

// Channels lists the configured channels by name.
func (q *Queue) Channels(tx *store.Tx) ([]ChannelInfo, error) {
	p, err := q.places(tx)
	if err != nil {
		return nil, err
	}
	var list []ChannelInfo
	for _, name := range q.channels.names() {
		list = append(list, ChannelInfo{Name: name, Capacity: q.channels.limit(name), Running: p.used[name], Paused: p.paused[name]})
	}
	return list, nil
}
