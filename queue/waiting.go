package queue

import (
	"math"
	"time"

	"crema/store"
)

// waitingLook bounds how many of a channel's line Waiting looks at.
const waitingLook = 100

// Waiting gives for each channel with a line how long the oldest job in it could have started but for a place, in board time. Of a long
// line only the first hundred are looked at: those behind them came later, but for their priority.
func (q *Queue) Waiting(tx *store.Tx) (map[string]time.Duration, error) {
	oldest := map[string]time.Duration{}
	now := q.clock.Board()
	from, looked := readyKey{B: math.MinInt64}, 0
	for more := true; more; {
		more = false
		for k := range readyBucket.From(tx, from) {
			if k.A != from.A {
				looked = 0
			}
			if looked++; looked > waitingLook {
				from, looked, more = readyKey{A: k.A + "\x00", B: math.MinInt64}, 0, true // the next channel
				break
			}
			from.A = k.A
			s, ok, err := jobsBucket.Get(tx, k.C)
			if err != nil {
				return nil, err
			}
			if ok { // parked jobs stand in no channel's line
				oldest[s.Channel] = max(oldest[s.Channel], now-s.readySince())
			}
		}
	}
	return oldest, nil
}
