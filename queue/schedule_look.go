package queue

import (
	"context"
	"fmt"
	"time"
)

// Where a schedule stands that looks before it fires.
const (
	lookNot   = int32(iota)
	looking   // somebody does
	lookFound // there is something to do
)

// lookTime is what a look may take.
const lookTime = time.Minute

// lookFirst has a schedule that is due look whether there is something to do, and tells whether it is to be left alone until that is known,
// or was nothing.
func (q *Queue) lookFirst(s *schedule, now time.Time, board time.Duration) bool {
	if s.looked.CompareAndSwap(lookFound, lookNot) {
		return false
	}
	if !s.looked.CompareAndSwap(lookNot, looking) {
		return true
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	current := q.current
	if !q.active || current == nil {
		s.looked.Store(lookNot)
		return true // Run is at its end
	}
	current.goLocked(func() {
		defer q.poke()
		ctx, cancel := context.WithTimeout(current.ctx, lookTime)
		defer cancel()
		found, err := s.looks(ctx)
		switch {
		case current.ctx.Err() != nil:
			s.looked.Store(lookNot) // the next Run looks
		case found || err != nil:
			q.log.Debug("a schedule has something to do", "schedule", s.name, "error", err)
			s.looked.Store(lookFound)
		default:
			s.rested.Store(&lastRun{Wall: now.UnixNano(), Board: int64(board)})
			s.looked.Store(lookNot)
		}
	})
	return true
}

// looks calls Look; a panic is something to do.
func (s *schedule) looks(ctx context.Context) (found bool, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("look: panic: %v", p)
		}
	}()
	return s.look(ctx)
}
