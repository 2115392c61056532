package store

import (
	"fmt"
	"runtime/debug"
	"time"
)

// slowView is how long a view may last before the log names it: as long as it is
// open, no page that is freed can be used again.
const slowView = time.Second

// View runs fn on the last commit. It blocks nobody and is blocked by nobody, but
// holds back the pages that are freed meanwhile: keep it short, copy what you need,
// and never wait for a network, a machine or a person in it.
//
// It returns fn's error, or that of a bucket that could not decode something. A
// panic in fn becomes a *PanicError, one in the file's pages a *DamagedError. Also
// ErrClosed. What fn learns is of no use to a later Update but as a hint: look again.
func (s *Store) View(fn func(*Tx) error) error {
	s.views.Add(1)
	defer s.views.Add(-1)
	began := time.Now()
	bolt, err := s.bolt.Begin(false)
	if err != nil {
		return fmt.Errorf("view %s: %w", s.path, s.classify(err))
	}
	// In a defer, since fn may end its goroutine, as a test's FailNow does.
	defer func() {
		_ = bolt.Rollback() // of a read-only transaction: can only say that it is closed
		if d := time.Since(began); d > slowView {
			s.log.Warn("a view was open for long", "for", d)
		}
	}()
	return s.call(&Tx{shared: newShared(bolt)}, fn)
}

// call runs fn on tx and ends tx.
func (s *Store) call(tx *Tx, fn func(*Tx) error) (err error) {
	// The pages are read through a map of the file: a disk that can't read gives a
	// fault there, which would end the process.
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if v := recover(); v != nil {
			err = tx.end(s.panicked(v, debug.Stack()))
		}
	}()
	return tx.end(fn(tx))
}
