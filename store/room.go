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
// and the last of them are held back.
type room struct {
	file  *os.File
	bytes int64 // of the file that have their blocks
	held  int64 // the last of these, held back
	step  int64 // by which to take more
	alloc int64 // by which bbolt is to make the file longer, where this did not (its AllocSize)
	limit int64
	tried bool // to take more, in vain
}

// share is how much of what is held back a commit may use. Who deletes makes room, so he
// comes last to an end; what deletes as much as it puts doesn't, where it splits pages.
type share int64

const (
	noneOfIt share = iota // the data grows
	halfOfIt              // it doesn't, but something was put that is longer than what was there
	mostOfIt              // what was acknowledged is moved into the tree
	allOfIt               // what is there is deleted, or written anew
)

// of gives what of held is to be left.
func (s share) of(held int64) int64 { return held * [...]int64{4, 2, 1, 0}[s] / 4 }

// openRoom takes the blocks for all of the file; used is how much of it has data.
func openRoom(path string, used, limit int64) (*room, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	r := &room{file: f, bytes: used, held: min(1<<20, reserve(limit)), step: growthStep(limit), alloc: pageSize, limit: limit}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if err := r.take(max(info.Size(), used+pageSize)); err != nil && !errors.Is(err, ErrFull) {
		return nil, errors.Join(err, f.Close())
	}
	return r, nil
}

// take has the file take blocks up to that size.
func (r *room) take(size int64) error {
	if size <= r.bytes {
		return nil
	}
	err := unix.Fallocate(int(r.file.Fd()), 0, r.bytes, size-r.bytes)
	for err == unix.EINTR {
		err = unix.Fallocate(int(r.file.Fd()), 0, r.bytes, size-r.bytes)
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
		r.bytes, r.alloc = r.limit, r.step // a file system that can't: then it is as bbolt has it
		return nil
	}
	r.tried = true
	return fmt.Errorf("take room for the store: %w", classify(err))
}

// allow gives bbolt's MaxSize for a commit that makes the data grow by so many bytes,
// now or when the log is moved, or ErrFull if that would use up more than its share of what
// is held back: used is how much of the file was ever used, free how much of that holds
// nothing.
func (r *room) allow(used, free, grew int64, may share) (int64, error) {
	if soon := used + max(grew, 0); soon+2*r.held > r.bytes && r.bytes < r.limit {
		_ = r.take(min(max(soon, r.bytes)+r.step, r.limit)) // without more, what follows holds
	}
	end, held := r.end()
	left := may.of(held)
	if end-used+free-grew < left && left > 0 {
		return 0, fmt.Errorf("%w: the last %d bytes are held back for what makes room", ErrFull, left)
	}
	// bbolt counts the step by which it would make the file longer.
	return end - left + r.alloc, nil
}

// end is what the file can reach, and what of that is held back.
func (r *room) end() (end, held int64) {
	if r.tried {
		return r.bytes, r.held
	}
	return r.limit - r.alloc, reserve(r.limit)
}

// left is the room that there is for pages, in bytes.
func (r *room) left(used, free int64) int64 {
	end, _ := r.end()
	return end - used + free
}

func (r *room) close() error { return r.file.Close() }
