package main

import (
	"fmt"
	"time"
)

// A target is what crema's queue should reach, laid down before it was built, and
// beyond that what it aims at.
type target struct {
	measure   string
	what      string
	of        func(c cell) float64
	unit      string
	less      bool // the less the better
	want, aim float64
	bestAim   float64 // as a multiple of the best durable peer; 0 is none
	slow      bool    // only with syncs slower by slowTarget
}

// slowTarget is the -slow of the targets that are no ratios.
const slowTarget = 5 * time.Millisecond

func xRaw(c cell) float64 { return c.xRaw }

var targets = []target{
	{measure: "enqueue1", what: "enqueue, 1 goroutine", of: xRaw, unit: "× raw", want: 0.45},
	{measure: "enqueue16", what: "enqueue, 16 goroutines", of: xRaw, unit: "× raw", want: 2, aim: 2.5},
	{measure: "batch", what: "batch of 10,000", of: xRaw, unit: "× raw", want: 10},
	{measure: "process2", what: "processed, concurrency 2", of: xRaw, unit: "× raw", want: 0.7},
	{measure: "process8", what: "processed, concurrency 8", of: xRaw, unit: "× raw", want: 2, aim: 3, bestAim: 2.5},
	{measure: "idle", what: "idle start, p50", of: func(c cell) float64 { return c.commitsP50 }, unit: "commits", less: true, want: 1.5},
	{measure: "live", what: "syncs a job, live", of: func(c cell) float64 { return c.syncs }, less: true, want: 4},
	{measure: "burst", what: "syncs a job, burst", of: func(c cell) float64 { return c.syncs }, less: true, want: 0.5, aim: 0.3},
	{measure: "live", what: "kB a job at the device, live", of: func(c cell) float64 { return c.device / 1000 }, unit: "kB", less: true, want: 45},
	{measure: "enqueue16", what: "enqueue, 16 goroutines", of: func(c cell) float64 { return c.rate }, unit: "/s", want: 1221, slow: true},
	{measure: "process8", what: "processed, concurrency 8", of: func(c cell) float64 { return c.rate }, unit: "/s", want: 1229, slow: true},
}

// reached says whether v is as good as want.
func (t target) reached(v, want float64) string {
	if v <= want && t.less || v >= want && !t.less {
		return "reached"
	}
	return "**not**"
}

// bounds says a wish in words; empty for none.
func (t target) bounds(v, want float64) string {
	if want == 0 {
		return ""
	}
	sign := "≥"
	if t.less {
		sign = "≤"
	}
	return fmt.Sprintf("%s %s: %s", sign, number(want), t.reached(v, want))
}

// best finds the peer that is neither bare nor crema's own and is best at it.
func (t target) best(results []Result, peers []entrant) (name string, v float64) {
	for _, e := range peers {
		c := sum(results, e.name, t.measure)
		if e.bare || e.own || c.rounds == 0 {
			continue
		}
		if x := t.of(c); name == "" || x < v && t.less || x > v && !t.less {
			name, v = e.name, x
		}
	}
	return name, v
}
