package queue

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"crema/store"
)

// settings are the part of the configuration that can change while the queue runs. They are immutable; a change is a new one.
type settings struct {
	channels channels
	timeouts timeouts
}

// parseSettings reads both texts and tells all that is wrong with either.
func parseSettings(channelText, timeoutText string, limit time.Duration) (*settings, error) {
	c, cErr := parseChannels(channelText)
	t, tErr := parseTimeouts(timeoutText, limit)
	if err := errors.Join(cErr, tErr); err != nil {
		return nil, err
	}
	return &settings{c, t}, nil
}

// settings gives what holds in a transaction. A function that writes gets the buckets as the settings say: if the queue doesn't know
// yet that they are, they are brought there in this transaction.
func (q *Queue) settings(tx *store.Tx) (*settings, error) {
	if !tx.Writable() {
		return q.set.Load(), nil
	}
	m, err := q.memory(tx)
	if err != nil {
		return nil, err
	}
	if m.settings == nil {
		set := q.set.Load()
		if !q.ordered.Load() {
			if err := reorder(tx, set.channels); err != nil {
				return nil, err
			}
			tx.OnCommit(func() { q.ordered.Store(true) })
		}
		m.settings = set
	}
	return m.settings, nil
}

// SetChannels changes Config.Channels and Config.Timeouts while all goes on. What is refused changes nothing, and the error says at which
// character and why. Jobs that run go on as they are, also where there are now more of them than places, and keep the time that they
// were given; what can start with the new places starts in the same commit. It is not stored: the next New gives its own. A channel that
// becomes sequential counts the failed jobs it has. ctx bounds the wait for the commit's turn.
func (q *Queue) SetChannels(ctx context.Context, channels, timeouts string) error {
	set, err := parseSettings(channels, timeouts, q.config.Limit)
	if err != nil {
		return fmt.Errorf("queue: %w", err)
	}
	return q.store.Update(ctx, func(tx *store.Tx) error { return q.reload(tx, set) })
}

// AddChannel adds a channel, written as an item of Config.Channels ("root.machine.kitchen:1", "root.hook:1:sequential"), unless one of that
// name is configured, in a transaction: what the configuration can't know of, such as the line of a machine that was added while all goes
// on. It holds until the next SetChannels, which has to name it.
func (q *Queue) AddChannel(tx *store.Tx, item string) error {
	set, err := q.settings(tx)
	if err != nil {
		return err
	}
	text := set.channels.String()
	if name, _, _ := strings.Cut(item, ":"); Declares(text, name) {
		return nil
	}
	c, err := parseChannels(text + "," + item)
	if err != nil {
		return fmt.Errorf("queue: %w", err)
	}
	return q.reload(tx, &settings{c, set.timeouts})
}

func (q *Queue) reload(tx *store.Tx, set *settings) (err error) {
	m, err := q.memory(tx)
	if err != nil {
		return err
	}
	// The functions that are committed together share this memory, also with one that ended in an error before it wrote anything.
	defer func() {
		if err != nil {
			m.settings, m.places = nil, nil
		}
	}()
	if err := reorder(tx, set.channels); err != nil {
		return err
	}
	if err := tidyThrottles(tx, set.channels, int64(q.clock.Board())); err != nil {
		return err
	}
	m.settings, m.places = set, nil
	tx.OnCommit(func() {
		q.set.Store(set)
		q.ordered.Store(true)
		q.forgetAllAhead()
		q.poke() // for the throttles
	})
	e := q.edit(tx)
	if err := e.claim(); err != nil {
		return err
	}
	return e.end()
}

// ChannelConfig writes the channels as they are configured now, in the form of Config.Channels: whole names in order, each with its capacity.
func (q *Queue) ChannelConfig() string { return q.set.Load().channels.String() }

// channels gives the tree that this edit goes by.
func (e *edit) channels() (channels, error) {
	if e.set == nil {
		set, err := e.q.settings(e.tx)
		if err != nil {
			return channels{}, err
		}
		e.set = set
	}
	return e.set.channels, nil
}
