package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// lockFile opens the file at path to read it, and takes its lock, which is bbolt's:
// syscall.LOCK_SH keeps writers out, LOCK_EX all. It waits for it as Open does, and
// gives no file that path no longer names. To close the file lets go of the lock.
func lockFile(path string, how int) (*os.File, error) {
	for end := time.Now().Add(lockWait); ; time.Sleep(lockWait / 20) {
		f, err := os.Open(path)
		if err != nil {
			return nil, err
		}
		err = syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB)
		switch {
		case err == nil && isAt(f, path):
			return f, nil
		case err != nil && !errors.Is(err, syscall.EWOULDBLOCK):
			return nil, errors.Join(fmt.Errorf("lock %s: %w", path, err), f.Close())
		}
		_ = f.Close() // only read
		if time.Now().After(end) {
			return nil, fmt.Errorf("%s: %w", path, ErrLocked)
		}
	}
}

// isAt says whether path still names the file f.
func isAt(f *os.File, path string) bool {
	open, err := f.Stat()
	named, err2 := os.Stat(path)
	return err == nil && err2 == nil && os.SameFile(open, named)
}

// isFile says whether f is the file that info was of.
func isFile(f *os.File, info fs.FileInfo) bool {
	now, err := f.Stat()
	return err == nil && os.SameFile(now, info)
}

// lockPlace takes the lock of the file at path, or where there is none that of its
// directory, for who wants to put another file there.
func lockPlace(path string) (lock *os.File, there bool, err error) {
	if lock, err = lockFile(path, syscall.LOCK_EX); err == nil {
		return lock, true, nil
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, false, err
	}
	if lock, err = lockFile(filepath.Dir(path), syscall.LOCK_EX); err != nil {
		return nil, false, err
	}
	if fileExists(path) {
		return nil, false, errors.Join(fmt.Errorf("%s: %w", path, ErrLocked), lock.Close()) // it has just come
	}
	return lock, false, nil
}
