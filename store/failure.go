package store

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"

	bolterrors "go.etcd.io/bbolt/errors"
)

// errBroken marks what bbolt says of a file that it can't make sense of.
var errBroken = errors.New("it can't be read as a store")

// classify gives an error of bbolt or the operating system its name in this package.
func classify(err error) error {
	var name error
	switch {
	case err == nil:
		return nil
	case errors.Is(err, bolterrors.ErrTimeout):
		name = ErrLocked
	case errors.Is(err, bolterrors.ErrDatabaseNotOpen):
		return ErrClosed
	case errors.Is(err, bolterrors.ErrInvalidMapping):
		name = ErrFailed
	case errors.Is(err, bolterrors.ErrInvalid), errors.Is(err, bolterrors.ErrChecksum), errors.Is(err, bolterrors.ErrVersionMismatch):
		name = errBroken
	case errors.Is(err, bolterrors.ErrMaxSizeReached),
		isErrno(err, syscall.ENOSPC, syscall.EDQUOT, syscall.EFBIG):
		name = ErrFull
	case isErrno(err, syscall.EROFS):
		name = ErrReadOnly
	default:
		return err
	}
	return fmt.Errorf("%w: %w", name, err)
}

// isErrno looks for a number in err. Where bbolt grows its file it keeps of an
// error the text alone, hence the second look.
func isErrno(err error, numbers ...syscall.Errno) bool {
	for _, n := range numbers {
		if errors.Is(err, n) || strings.HasSuffix(err.Error(), ": "+n.Error()) {
			return true
		}
	}
	return false
}

// write commits what the steps of sh wrote, to the log or the tree, and names what may
// go wrong.
func (s *Store) write(sh *shared) (err error) {
	b := sh.bolt
	id := b.ID()
	defer func() {
		if v := recover(); v != nil {
			err = s.panicked(v)
			// The panic left bbolt's writer lock held, for which Close would wait.
			func() {
				defer func() { _ = recover() }()
				_ = b.Rollback()
			}()
		}
	}()
	next, err := sh.finish()
	if err != nil {
		_ = b.Rollback() // nothing was written
		return err
	}
	s.layers.prepare(id, next)
	if err := b.Commit(); err != nil {
		return s.commitFailed(id, err)
	}
	s.layers.publish(id, next)
	written := b.Stats()
	s.noteWritten(written.GetPageAlloc() + s.pageSize) // and its header
	return nil
}

// commitFailed names the failure of the transaction of that number.
func (s *Store) commitFailed(id int, err error) error {
	err = classify(err)
	if s.visible(id) {
		// The header was written and not synced: to read, it is committed, and after
		// a power cut it may not be. Nothing can be built on that.
		err = fmt.Errorf("%w: the last commit may or may not be on disk: %w", ErrFailed, err)
	}
	switch {
	case errors.Is(err, ErrFailed):
		return s.fail(err)
	case errors.Is(err, ErrFull), errors.Is(err, ErrReadOnly):
		return err
	default:
		return fmt.Errorf("%w: %w", ErrDisk, err)
	}
}

// visible says whether readers see the transaction of that number.
func (s *Store) visible(id int) bool {
	b, err := s.bolt.Begin(false)
	if err != nil {
		return false
	}
	defer func() { _ = b.Rollback() }()
	return b.ID() >= id
}

// panicked turns a panic of a transaction into an error; it must be called by the
// function that recovered it. Where it came from the file, no more is written: a
// damaged file that is written goes on to damage what was whole.
func (s *Store) panicked(v any) error {
	var fault interface{ Addr() uintptr } // what runtime's error for a bad address has
	if err, ok := v.(error); ok && errors.As(err, &fault) {
		return s.fail(&DamagedError{Path: s.path, Err: fmt.Errorf("a page can't be read: %w", err)})
	}
	if inBolt() {
		return s.fail(&DamagedError{Path: s.path, Err: fmt.Errorf("bbolt: %v", v)})
	}
	return &PanicError{Value: v, Stack: debug.Stack()}
}

// inBolt says whether the panic that is being recovered was raised by bbolt.
func inBolt() bool {
	var pcs [16]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(0, pcs[:])])
	raised := false
	for {
		f, more := frames.Next()
		switch {
		case f.Function == "runtime.gopanic":
			raised = true
		case raised && !strings.HasPrefix(f.Function, "runtime."):
			return strings.HasPrefix(f.Function, "go.etcd.io/bbolt")
		}
		if !more {
			return false
		}
	}
}

// fail stops all writing, the first time for good, and returns err.
func (s *Store) fail(err error) error {
	if s.failed.CompareAndSwap(nil, &err) {
		if s.failing != nil {
			close(s.failing)
		}
		s.log.Error("the store takes no writes any more", "err", err)
	}
	return err
}
