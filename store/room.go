package store

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// room is the place on disk that the file has for sure. bbolt makes a file longer
// without taking the blocks, so that on a full disk not even what deletes can be
// written, as that needs pages before it frees others. So the blocks are taken ahead,
// and the last of them are held back for updates that don't make the data grow.
type room struct {
	file  *os.File
	bytes int64 // of the file that have their blocks
	held  int64 // the last of these, held back
	step  int64 // by which to take more
	limit int64
	tried bool // to take more, in vain
}

// openRoom takes the blocks for all of the file; used is how much of it has data.
func openRoom(path string, used, limit int64) (*room, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	r := &room{file: f, bytes: used, held: min(1<<20, reserve(limit)), step: growthStep(limit), limit: limit}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if err := r.take(max(info.Size(), used)); err != nil && !errors.Is(err, ErrFull) {
		return nil, errors.Join(err, f.Close())
	}
	return r, nil
}

// take has the file take blocks up to that size.
func (r *room) take(size int64) error {
	err := unix.Fallocate(int(r.file.Fd()), 0, 0, size)
	for err == unix.EINTR {
		err = unix.Fallocate(int(r.file.Fd()), 0, 0, size)
	}
	switch {
	case err == nil:
		// The file's length must be on disk before a header counts on it.
		if err := r.file.Sync(); err != nil {
			return err
		}
		r.bytes, r.tried = size, false
		return nil
	case isErrno(err, syscall.EOPNOTSUPP, syscall.ENOSYS, syscall.EINVAL):
		r.bytes = r.limit // a file system that can't: then it is as bbolt has it
		return nil
	}
	r.tried = true
	return fmt.Errorf("take room for the store: %w", classify(err))
}

// allow gives bbolt's MaxSize for a commit, of which spare may use what is held back,
// where used is how much of the file has data now.
func (r *room) allow(used int64, spare bool) int64 {
	if used+2*r.held > r.bytes && r.bytes < r.limit {
		_ = r.take(min(max(used, r.bytes)+r.step, r.limit)) // without more, what follows holds
	}
	limit := r.limit - reserve(r.limit)
	if spare {
		limit = r.limit
	}
	if !r.tried {
		return limit
	}
	// bbolt counts the step by which it would make the file grow.
	on := r.bytes + r.step
	if !spare {
		on -= r.held
	}
	return min(limit, on)
}

func (r *room) close() error { return r.file.Close() }
