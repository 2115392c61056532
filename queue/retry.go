package queue

import (
	"math/rand/v2"
	"time"
)

// A Range is a wait of Min to Max, random so that what failed together doesn't return together. Max below Min counts as Min.
type Range struct{ Min, Max time.Duration }

// A RetryPattern says how long a job waits after a failed attempt: the entry with the largest key that is not above the number of
// the attempt. Attempts below the smallest key wait ten minutes. A nil or empty pattern is the default: 10 s at first, rising
// to 10 minutes from the fifth attempt on, each with a fifth more or less.
type RetryPattern map[int]Range

// belowPattern is queue_job's wait where a pattern says nothing.
const belowPattern = 10 * time.Minute

// Wait draws the wait after the failed attempt of this number, counted from 1.
func (p RetryPattern) Wait(attempt int) time.Duration {
	if len(p) == 0 {
		p = defaultPattern()
	}
	best, found := 0, false
	for from := range p {
		if from <= attempt && (!found || from > best) {
			best, found = from, true
		}
	}
	if !found {
		return belowPattern
	}
	return p[best].draw()
}

func (r Range) draw() time.Duration {
	if r.Max <= r.Min {
		return max(r.Min, 0)
	}
	return r.Min + rand.N(r.Max-r.Min+1)
}

func defaultPattern() RetryPattern {
	around := func(d time.Duration) Range { return Range{d - d/5, d + d/5} }
	return RetryPattern{
		1: around(10 * time.Second), 2: around(30 * time.Second), 3: around(2 * time.Minute),
		4: around(5 * time.Minute), 5: around(10 * time.Minute),
	}
}
