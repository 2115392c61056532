package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"go.etcd.io/bbolt"
)

const (
	// lockWait is how long to wait for another process's lock: a restart overlaps
	// the end of the process before it by less.
	lockWait = time.Second

	// pageSize is fixed, since bbolt takes the kernel's for new files: 16 KiB on a
	// Raspberry Pi 5, which makes a small commit write 3.3 times the bytes.
	pageSize = 4096

	defaultMaxSize = 4 << 30
	// maxSize32 is for a 32-bit board, where the map ends at 1 GiB: a file that
	// outgrew it could neither be read nor written until the process restarts.
	maxSize32 = 900 << 20

	// growth is the step in which the file grows: each costs a sync more. A store with
	// little room takes smaller ones.
	growth = 16 << 20
)

// sizeLimit gives the greatest size of the file for a wish.
func sizeLimit(wish int64) int64 {
	if strconv.IntSize == 32 && (wish <= 0 || wish > maxSize32) {
		return maxSize32
	}
	if wish <= 0 {
		return defaultMaxSize
	}
	return wish
}

// growthStep gives the step for a limit.
func growthStep(limit int64) int64 {
	return min(growth, max(limit/16/pageSize, 1)*pageSize)
}

// reserve is what of a limit is held back for steps that don't make the data grow:
// to delete, or to write anew what is there, takes pages too.
func reserve(limit int64) int64 { return limit / 20 }

// openFile opens path for writing, after a look at it that changes nothing, and
// compacts it if that is worth it.
func openFile(path string, limit int64, ms []Migration, log *slog.Logger) (*bbolt.DB, error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		if err := makeFile(path); errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("make store %s: make the directory first: %w", path, err)
		} else if err != nil {
			return nil, fmt.Errorf("make store %s: %w", path, classify(err))
		}
	}
	for {
		clean, err := inspect(path, ms, log)
		if err != nil {
			return nil, err
		}
		if !clean {
			log.Info("the store was not closed before; its pages were read through", "path", path)
		}
		db, err := openMapped(path, limit, log)
		if errors.Is(err, errReplaced) {
			continue // look at what is there now
		} else if err != nil {
			return nil, err
		}
		done, err := compact(context.Background(), path, db, log)
		if err == nil && !done {
			return db, nil
		}
		if err := errors.Join(err, db.Close()); err != nil {
			return nil, err
		}
	}
}

// makeFile makes an empty store at path so that a power cut leaves either none or a
// whole one: it is written under another name, and linked, which unlike a rename
// can't replace what another process made meanwhile.
func makeFile(path string) (err error) {
	dir := filepath.Dir(path)
	temp, err := os.CreateTemp(dir, "."+filepath.Base(path)+".new-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(temp.Name())) }()
	if err := temp.Close(); err != nil {
		return err
	}
	if err := initFile(temp.Name()); err != nil {
		return err
	}
	if err := os.Link(temp.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(dir)
}

// syncDir brings a directory's names to disk.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// inspect looks at the file without changing it, under a shared lock: whether it
// is whole, whether it is ours, whether we know its schema. A file that was not
// closed is read page by page, before bbolt does so to find the free ones.
func inspect(path string, ms []Migration, log *slog.Logger) (clean bool, err error) {
	l, err := openLook(path)
	if err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, l.close()) }()
	if err := l.headerDamage(); err != nil {
		log.Warn("a header of the store is damaged; it is opened all the same", "path", path, "err", err)
	}
	ctx := context.Background()
	c, err := l.content(ctx)
	if err != nil {
		return false, err
	}
	if known := len(ms); c.version > known {
		return false, &NewerSchemaError{Path: path, Found: c.version, FoundName: c.name, Known: known}
	}
	if l.head.clean() {
		return true, l.verifyFreelist(ctx)
	}
	_, err = l.verify(ctx)
	return false, err
}
