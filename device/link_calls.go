package device

import (
	"context"
	"slices"
	"sync"
)

// call is one Do that waits for its turn.
type call struct {
	ctx  context.Context
	fn   func(context.Context, Machine) error
	done chan error // has room for the one answer
}

// calls are those that wait, by priority. Closed while the machine is away.
type calls struct {
	mu      sync.Mutex
	isOpen  bool
	waiting [priorities][]*call
	changed chan struct{} // a hint that something may be waiting
}

func (q *calls) open() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.isOpen = true
}

// close refuses all that wait, and all that come until open.
func (q *calls) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.isOpen = false
	for p, list := range q.waiting {
		for _, c := range list {
			c.done <- ErrAway
		}
		q.waiting[p] = nil
	}
}

// add queues a call; false while the machine is away.
func (q *calls) add(p Priority, c *call) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.isOpen {
		return false
	}
	q.waiting[p] = append(q.waiting[p], c)
	select {
	case q.changed <- struct{}{}:
	default:
	}
	return true
}

// withdraw takes a call out; false where it was taken or refused already.
func (q *calls) withdraw(c *call) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	for p, list := range q.waiting {
		if i := slices.Index(list, c); i >= 0 {
			q.waiting[p] = slices.Delete(list, i, i+1)
			return true
		}
	}
	return false
}

// take gives the next call, nil for none or where a poll that is due goes first:
// before calls of its own priority, and before a second one of normal priority.
func (q *calls) take(due, ranNormal bool) (*call, Priority) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for p := PriorityUrgent; p >= PriorityPoll; p-- {
		if due && (p == PriorityPoll || p == PriorityNormal && ranNormal) {
			break
		}
		if list := q.waiting[p]; len(list) > 0 {
			q.waiting[p] = list[1:]
			return list[0], p
		}
	}
	return nil, PriorityPoll
}
