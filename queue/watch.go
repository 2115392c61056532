package queue

import (
	"context"
	"maps"
	"slices"
	"sync"

	"crema/store"
)

// watchBuffer is how far a watcher may lag before it loses changes.
const watchBuffer = 256

type watcher[T any] struct {
	mu     sync.Mutex
	ch     chan T
	closed bool
}

// watchers are those who look at one sort of thing. The zero value has none.
type watchers[T any] struct {
	mu  sync.Mutex
	all map[*watcher[T]]struct{}
}

func (l *watchers[T]) add() (changes <-chan T, stop func()) {
	w := &watcher[T]{ch: make(chan T, watchBuffer)}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all == nil {
		l.all = map[*watcher[T]]struct{}{}
	}
	l.all[w] = struct{}{}
	return w.ch, func() {
		l.mu.Lock()
		delete(l.all, w)
		l.mu.Unlock()
		w.close()
	}
}

func (l *watchers[T]) list() []*watcher[T] {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Collect(maps.Keys(l.all))
}

func (l *watchers[T]) send(v T) {
	for _, w := range l.list() {
		w.send(v)
	}
}

// Watch gives every change of every job after its commit, in order. A reader that lags by more than 256 loses the oldest changes: what it
// gets are hints, the store has the truth. stop ends it and closes the channel; it may be called more than once.
func (q *Queue) Watch() (changes <-chan Info, stop func()) { return q.watchers.add() }

func (w *watcher[T]) send(v T) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for !w.closed {
		select {
		case w.ch <- v:
			return
		default:
		}
		select {
		case <-w.ch: // the oldest
		default:
		}
	}
}

func (w *watcher[T]) close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.closed {
		w.closed = true
		close(w.ch)
	}
}

// tell reports changes after their commit; it never blocks.
func (q *Queue) tell(changed []*record) {
	q.mu.Lock()
	for _, r := range changed {
		if !r.State.Terminal() {
			continue
		}
		for _, ch := range q.waiters[r.id] {
			close(ch)
		}
		delete(q.waiters, r.id)
	}
	q.mu.Unlock()
	if watchers := q.watchers.list(); len(watchers) > 0 {
		for _, r := range changed {
			i := r.info(r.id, q.clock)
			for _, w := range watchers {
				w.send(i)
			}
		}
	}
	q.idle.send()
}

// Wait blocks until the job is done or failed, and gives it. It returns ErrNotFound for a job that is not there (any more), or ctx's error.
func (q *Queue) Wait(ctx context.Context, id ID) (Info, error) {
	for {
		ended := make(chan struct{})
		q.mu.Lock()
		q.waiters[id] = append(q.waiters[id], ended)
		q.mu.Unlock()
		var i Info
		err := q.store.View(func(tx *store.Tx) (err error) {
			i, err = q.Get(tx, id)
			return err
		})
		if err != nil || i.State.Terminal() {
			q.unwait(id, ended)
			return i, err
		}
		select {
		case <-ended: // look again: a person may have started it anew
		case <-ctx.Done():
			q.unwait(id, ended)
			return i, context.Cause(ctx)
		}
	}
}

func (q *Queue) unwait(id ID, ended chan struct{}) {
	q.mu.Lock()
	defer q.mu.Unlock()
	list := q.waiters[id]
	for i, ch := range list {
		if ch == ended {
			list = append(list[:i], list[i+1:]...)
			break
		}
	}
	if len(list) == 0 {
		delete(q.waiters, id)
		return
	}
	q.waiters[id] = list
}
