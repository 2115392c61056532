package store

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"runtime/debug"
	"syscall"

	"go.etcd.io/bbolt"
)

// openMapped opens path with all that the file may ever need mapped.
func openMapped(path string, limit int64, log *slog.Logger) (*bbolt.DB, error) {
	o := bbolt.Options{
		Timeout:        lockWait,
		PageSize:       pageSize,
		FreelistType:   bbolt.FreelistMapType,
		NoFreelistSync: true, // see doc.go; Close turns it off for one commit
		MaxSize:        int(limit),
		// Address space only. With all that the file may ever need there is never a
		// second map, for which a writer would wait for all readers, and which on 32
		// bits may not be had.
		InitialMmapSize: int(limit),
	}
	db, err := openBolt(path, o)
	if errors.Is(err, syscall.ENOMEM) {
		log.Warn("no address space for the whole store; it will be mapped again as it grows", "path", path, "bytes", o.InitialMmapSize)
		o.InitialMmapSize = 0
		db, err = openBolt(path, o)
	}
	if err != nil {
		return nil, err
	}
	return db, nil
}

// errReplaced means that the file was replaced while its lock was waited for.
var errReplaced = errors.New("the file was replaced")

// openBolt is bbolt.Open with its panics turned into errors, and its lock let go.
func openBolt(path string, o bbolt.Options) (db *bbolt.DB, err error) {
	var file *os.File
	o.OpenFile = func(name string, flag int, mode os.FileMode) (*os.File, error) {
		f, err := os.OpenFile(name, flag&^os.O_CREATE, mode)
		file = f
		return f, err
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if v := recover(); v != nil {
			// The panic left the file open and mapped. The map is lost until the process
			// ends, and with it the lock, which a close alone would not let go.
			unlock := syscall.Flock(int(file.Fd()), syscall.LOCK_UN)
			err = &DamagedError{Path: path, Err: errors.Join(fmt.Errorf("bbolt: %v", v), unlock, file.Close())}
		}
	}()
	db, err = bbolt.Open(path, 0o600, &o)
	if err == nil && !isAt(file, path) {
		return nil, errors.Join(errReplaced, db.Close())
	} else if err == nil {
		return db, nil
	}
	if err := classify(err); errors.Is(err, errBroken) {
		return nil, &DamagedError{Path: path, Err: err}
	} else {
		return nil, fmt.Errorf("open store %s: %w", path, err)
	}
}

// initFile makes the empty file at path a store without migrations, on disk.
func initFile(path string) error {
	db, err := openBolt(path, quiet)
	if err != nil {
		return err
	}
	err = db.Update(func(b *bbolt.Tx) error {
		s := &Store{path: path, bolt: db}
		return schema.Put(&Tx{shared: s.newShared(b, &layer{})}, 0, applied{Name: formatName})
	})
	return errors.Join(err, db.Sync(), db.Close())
}

// quiet are the options of a file that nobody sees yet: it is not synced commit by
// commit, but once when it is whole, and holds its list of free pages.
var quiet = bbolt.Options{Timeout: lockWait, PageSize: pageSize, FreelistType: bbolt.FreelistMapType, NoSync: true}
