package store

import (
	"errors"
	"fmt"
	"os"
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
