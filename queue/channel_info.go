package queue

import (
	"maps"
	"slices"
	"time"

	"crema/store"
)

// A ChannelInfo is a channel as it is now.
type ChannelInfo struct {
	Name     string `json:"name"`
	Capacity int    `json:"capacity"` // -1: only its parents bound it
	Running  int    `json:"running"`  // those of the channels below it included
	Paused   bool   `json:"paused"`   // by itself: by hand, or by the capacity 0
	// PausedBy is the nearest paused channel, itself or one above it, that keeps its jobs from starting; "" for none.
	PausedBy   string `json:"paused_by,omitempty"`
	Sequential bool   `json:"sequential"`
	Throttle   int    `json:"throttle"` // seconds from one start to the next; 0: none
	// Next is when the throttle lets the next job start, as the wall clock will show it; zero when it does now.
	Next time.Time `json:"next_start,omitzero"`
	// BlockedBy is, in a sequential channel or below one, the job that all others wait for and that itself has failed or waits for
	// something else than a place; 0 for none. BlockedFor says what it waits for.
	BlockedBy  ID     `json:"blocked_by,omitempty"`
	BlockedFor string `json:"blocked_for,omitempty"`
	// Counts are its jobs by state, without those of the channels below it.
	Counts map[State]int `json:"counts"`
}

// Channels lists the channels that are configured, and those that are still paused without being so, by name.
func (q *Queue) Channels(tx *store.Tx) ([]ChannelInfo, error) {
	p, err := q.places(tx)
	if err != nil {
		return nil, err
	}
	counts := q.CountsByChannel()
	names := map[string]bool{}
	for _, name := range p.channels.names() {
		names[name] = true
	}
	for name := range p.paused {
		names[name] = true
	}
	var list []ChannelInfo
	for _, name := range slices.Sorted(maps.Keys(names)) {
		i, err := q.channel(tx, p, name)
		if err != nil {
			return nil, err
		}
		if i.Counts = counts[name]; i.Counts == nil {
			i.Counts = map[State]int{}
		}
		list = append(list, i)
	}
	return list, nil
}

func (q *Queue) channel(tx *store.Tx, p *places, name string) (ChannelInfo, error) {
	r := p.channels.rules[name]
	i := ChannelInfo{Name: name, Capacity: p.channels.limit(name), Running: p.used[name], Paused: p.stopped(name),
		Sequential: r.sequential, Throttle: r.throttle}
	for _, above := range ancestors(name) {
		if p.stopped(above) {
			i.PausedBy = above
			break
		}
	}
	if wait := time.Duration(p.until[name]) - q.clock.Board(); wait > 0 {
		i.Next = q.clock.Now().Add(wait).UTC()
	}
	sequence := p.channels.sequence(name)
	if sequence == "" {
		return i, nil
	}
	head, err := q.edit(tx).turn(sequence)
	if err != nil || head == nil {
		return i, err
	}
	if i.BlockedFor = head.blocked(); i.BlockedFor != "" {
		i.BlockedBy = head.id
	}
	return i, nil
}

// stopped tells whether a channel is paused by itself.
func (p *places) stopped(name string) bool { return p.paused[name] || p.channels.limit(name) == 0 }

// blocked says why a job whose turn it is neither runs nor waits for a place alone; "" if it does.
func (r *record) blocked() string {
	switch {
	case r.State == StateFailed:
		return "failed: " + r.Error
	case r.State == StateWaitDependencies:
		return "waits for the jobs it comes after"
	case r.parked():
		return "parked: " + r.Error
	}
	switch r.Home {
	case homeTimer:
		if r.Error != "" {
			return "waits for its retry: " + r.Error
		}
		return "waits for its hour"
	case homeWall:
		return "waits for its hour"
	case homeWait:
		return "waits for its children"
	case homeHeld:
		return "held: " + r.Error
	}
	return ""
}
