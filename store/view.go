package store

import (
	"fmt"
	"runtime/debug"
	"time"

	"go.etcd.io/bbolt"
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
// ErrClosed. What a View saw may have changed before an Update: look again there.
func (s *Store) View(fn func(*Tx) error) error {
	began := time.Now()
	s.views.Add(1)
	defer func() {
		s.views.Add(-1)
		if d := time.Since(began); d > slowView {
			s.log.Warn("a view was open for long", "for", d)
		}
	}()
	return s.view(fn)
}

func (s *Store) view(fn func(*Tx) error) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true)) // see call
	b, of, err := s.beginView()
	if err != nil {
		return fmt.Errorf("view: %w", classify(err))
	}
	// In a defer, since fn may end its goroutine, as a test's FailNow does. To roll
	// back what is read-only and open can't fail.
	defer func() { _ = b.Rollback() }()
	return s.call(&Tx{shared: s.newShared(b, of)}, fn)
}

// beginView begins a transaction that reads, with the layer that lies over what it sees.
// Where there was a commit between the one and the other, it takes the newer.
func (s *Store) beginView() (*bbolt.Tx, *layer, error) {
	for {
		least := s.layers.newestID()
		b, err := s.bolt.Begin(false)
		if err != nil {
			return nil, nil, err
		}
		if id := b.ID(); id < least {
			_ = b.Rollback() // what is read-only and open can't fail
			return nil, nil, s.fellBack(id, least)
		}
		if of, ok := s.layers.get(b.ID()); ok {
			return b, of, nil
		}
		if err := b.Rollback(); err != nil {
			return nil, nil, err
		}
	}
}

// fellBack is the damage of a file that shows an older state than was committed: bbolt takes
// the header before where it can't read the last one.
func (s *Store) fellBack(id, last int) error {
	return s.fail(&DamagedError{Path: s.path, Err: fmt.Errorf("the file is at its commit %d again, after %d", id, last)})
}

// call runs fn on tx and ends tx. Pages are read through a map of the file: what the
// disk can't read, or the file no longer has, is a fault, which would end the
// process; every goroutine that gets here has set SetPanicOnFault.
func (s *Store) call(tx *Tx, fn func(*Tx) error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = tx.end(s.panicked(v))
		}
	}()
	return tx.end(fn(tx))
}
