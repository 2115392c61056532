package queue

import (
	"encoding/binary"
	"fmt"
	"strings"

	"crema/store"
)

// An occupant is an entry of the run index: a place that is held. It outlives its job's end by hand until the handler has returned.
type occupant struct {
	epoch    uint64 // of the Run that gave the place: what another one gave is an orphan
	alone    bool
	channel  string
	identity string
}

func (o occupant) encode() []byte {
	b := binary.BigEndian.AppendUint64(make([]byte, 0, 10+len(o.channel)+len(o.identity)), o.epoch)
	if o.alone {
		b = append(b, 1)
	} else {
		b = append(b, 0)
	}
	b = append(b, o.channel...)
	b = append(b, 0) // no channel's name has a zero
	return append(b, o.identity...)
}

func decodeOccupant(b []byte) (occupant, error) {
	if len(b) < 10 {
		return occupant{}, fmt.Errorf("run entry of %d bytes", len(b))
	}
	channel, identity, ok := strings.Cut(string(b[9:]), "\x00")
	if !ok {
		return occupant{}, fmt.Errorf("run entry without a channel's end")
	}
	return occupant{binary.BigEndian.Uint64(b), b[8] == 1, channel, identity}, nil
}

// places is what is taken, as this transaction sees it.
type places struct {
	channels channels
	clock    Clock
	used     map[string]int
	paused   map[string]bool
	until    map[string]int64 // board times at which the throttled channels may start again; nil without such channels
	busy     map[string]bool  // identity keys of what runs
	total    int
	stuck    int  // of those, how many have handlers that don't return
	alone    bool // one that is tried alone runs
}

// places gives what the transaction remembers, or looks.
func (q *Queue) places(tx *store.Tx) (*places, error) {
	m, err := q.memory(tx)
	if err != nil {
		return nil, err
	}
	if m.places == nil {
		if m.places, err = q.lookAtPlaces(tx); err != nil {
			return nil, err
		}
	}
	return m.places, nil
}

func (q *Queue) lookAtPlaces(tx *store.Tx) (*places, error) {
	set, err := q.settings(tx)
	if err != nil {
		return nil, err
	}
	p := &places{channels: set.channels, clock: q.clock, used: map[string]int{}}
	if p.until, err = p.channels.throttles(tx); err != nil {
		return nil, err
	}
	for id, raw := range runBucket.All(tx) {
		o, err := decodeOccupant(raw)
		if err != nil {
			return nil, fmt.Errorf("job %s: %w", id, err)
		}
		if q.isStuck(id) { // nobody waits for its end, it may never come
			o.alone = false
			p.stuck++
		}
		p.take(o)
	}
	for name := range pausedBucket.All(tx) {
		if p.paused == nil {
			p.paused = map[string]bool{}
		}
		p.paused[name] = true
	}
	return p, nil
}

// vacate takes an entry out of the run index.
func (q *Queue) vacate(tx *store.Tx, id ID) error {
	if err := q.forgetPlaces(tx); err != nil {
		return err
	}
	return runBucket.Delete(tx, id)
}

func (p *places) take(o occupant) {
	for _, name := range ancestors(o.channel) {
		p.used[name]++
	}
	if o.identity != "" {
		if p.busy == nil {
			p.busy = map[string]bool{}
		}
		p.busy[o.identity] = true
	}
	p.total++
	p.alone = p.alone || o.alone
}

// free tells whether a job of the channel could start: a place at every level, none of them paused or throttled.
func (p *places) free(channel string) bool {
	if p.alone || p.throttledUntil(channel) > 0 {
		return false
	}
	for _, name := range ancestors(channel) {
		if n := p.channels.limit(name); n != unlimited && p.used[name] >= n || p.paused[name] {
			return false
		}
	}
	return true
}

// open tells whether a job of the channel could start if nothing else ran.
func (p *places) open(channel string) bool {
	for _, name := range ancestors(channel) {
		if p.stopped(name) {
			return false
		}
	}
	return p.throttledUntil(channel) == 0
}
