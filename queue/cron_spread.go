package queue

import (
	"crypto/sha256"
	"encoding/binary"
	"time"
)

// A schedule that is spread comes late by a share of the time until its next hour: up to a third of it, and never by more than five minutes.
const (
	spreadPart = 3
	spreadMost = 5 * time.Minute
)

// spreadShare is the share of a schedule on a board, from 0 to below 1: always the same, so that restarts move no hour, and as good as
// random among boards.
func spreadShare(board, schedule string) float64 {
	sum := sha256.Sum256([]byte(board + "\x00" + schedule))
	return float64(binary.BigEndian.Uint64(sum[:])>>11) / (1 << 53)
}

// fires is when the schedule runs that has this hour: before the next one, since it comes late by a part of what is between.
func (c crontab) fires(hour time.Time) time.Time {
	next := c.hour(hour)
	if next.IsZero() {
		return hour
	}
	most := min(next.Sub(hour)/spreadPart, spreadMost)
	return hour.Add(time.Duration(c.share * float64(most)).Truncate(time.Millisecond))
}
