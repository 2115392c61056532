package store

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// exclusive takes the lock of the file at path, as bbolt does, and says that it is
// still that file; nil if there is none. To close it lets go of the lock.
func exclusive(path string) (*os.File, error) {
	for end := time.Now().Add(lockWait); ; {
		f, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		} else if err != nil {
			return nil, err
		}
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
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
		time.Sleep(lockWait / 20)
	}
}

// isAt says whether path still names the file f.
func isAt(f *os.File, path string) bool {
	open, err := f.Stat()
	named, err2 := os.Stat(path)
	return err == nil && err2 == nil && os.SameFile(open, named)
}

func sameFile(a, b string) bool {
	x, err := os.Stat(a)
	y, err2 := os.Stat(b)
	return err == nil && err2 == nil && os.SameFile(x, y)
}

// asideName gives a name for the file at path to be kept under: one that it has
// already, as a restoration that was cut off gave it, else a free one.
func asideName(path, kind string, f *os.File) (string, error) {
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	prefix := path + "." + kind + "-"
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return "", err
	}
	taken := make(map[string]bool)
	for _, e := range entries {
		name := filepath.Join(filepath.Dir(path), e.Name())
		taken[name] = true
		if !strings.HasPrefix(name, prefix) {
			continue
		}
		if other, err := e.Info(); err == nil && os.SameFile(info, other) {
			return name, nil
		}
	}
	prefix += time.Now().UTC().Format("20060102T150405Z")
	name := prefix
	for n := 2; taken[name]; n++ {
		name = fmt.Sprintf("%s-%d", prefix, n)
	}
	return name, nil
}

// swap puts the file temp in the place of the one at path, which is kept under the
// name aside, if that is not empty. A cut leaves either there, each whole.
func swap(temp, path, aside string) error {
	dir := filepath.Dir(path)
	if aside != "" {
		if err := os.Link(path, aside); errors.Is(err, fs.ErrExist) && !sameFile(path, aside) || err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
		if err := syncDir(dir); err != nil {
			return err
		}
	}
	if err := os.Rename(temp, path); err != nil {
		return err
	}
	return syncDir(dir)
}
