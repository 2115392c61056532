package connectors

import (
	"errors"
	"fmt"
	"sync"
	"time"
)

// Locks are names that one task at a time may hold. They are in memory, since one
// process owns the store: a restart frees all. The zero value is ready; it is safe for
// concurrent use, and must not be copied.
type Locks struct {
	mu   sync.Mutex
	held map[string]bool
}

// TryLock takes a name, or reports that somebody else has it; it never waits. unlock
// gives the name back, does nothing when called again, and is nil where ok is false.
func (l *Locks) TryLock(name string) (unlock func(), ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held[name] {
		return nil, false
	}
	if l.held == nil {
		l.held = map[string]bool{}
	}
	l.held[name] = true
	return sync.OnceFunc(func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.held, name)
	}), true
}

// LockedError is a name that another task holds. [Outcome] has the job come again, at the
// cost of no attempt.
type LockedError struct {
	Name string
	// After is how long to wait; 0: a second.
	After time.Duration
}

func (e *LockedError) Error() string {
	return fmt.Sprintf("another task works on %s", e.Name)
}

// Lock takes a name for the task, or fails with a *LockedError where another task has
// it. Defer the unlock: then a panic frees the name too.
//
//	unlock, err := w.Lock("price list of " + w.Backend.Name)
//	if err != nil {
//		return err
//	}
//	defer unlock()
func (w *Work) Lock(name string) (unlock func(), err error) {
	if w.Locks == nil {
		return nil, errors.New("nothing can be locked: the environment has no Locks; give it new(connectors.Locks)")
	}
	unlock, ok := w.Locks.TryLock(name)
	if !ok {
		return nil, &LockedError{Name: name}
	}
	return unlock, nil
}
