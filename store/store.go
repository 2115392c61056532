package store

import (
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
)

// Options says how to open a store. The zero value will do.
type Options struct {
	// Migrations in order, their versions 1, 2, 3 …; the highest is the schema that
	// this program knows.
	Migrations []Migration
	// Stamp is called at the end of each transaction that wrote something, before it
	// goes to disk, and of the one of Close: what must be kept with every commit. Its
	// error fails the whole commit. It is not called for migrations and where the log is
	// moved, and may be nil.
	Stamp func(*Tx) error
	// MaxSize bounds the file, in bytes; 0 is 4 GiB, and 900 MiB on a 32-bit board,
	// where nothing greater is taken. A commit that would pass it gets ErrFull.
	MaxSize int64
	// Snapshots is the directory of the snapshots that KeepSnapshots writes and
	// OpenOrRestore reads; it is made (0700) when the first is written. "" is none.
	// Best on another partition: it needs room for three files like the store's.
	Snapshots string
	// Alive is told by the goroutine that commits that it is alive, and within which time it
	// will say so again; 0: Close has ended it. nil: nobody asks.
	Alive func(within time.Duration)
	// Logger gets what nobody else is told: migrations, long views, a file that was
	// not closed, the failure that stops all writing. Nil discards it.
	Logger *slog.Logger
}

// Store is an open file. All its methods are safe for concurrent use.
type Store struct {
	path     string
	limit    int64
	pageSize int64
	bolt     *bbolt.DB
	room     *room // the committer's own
	log      *slog.Logger

	snapshots     string                // directory; "" is none
	snapshotErr   atomic.Pointer[error] // of the last attempt
	snapshotDue   chan struct{}         // enough was written since the last
	snapshotAfter atomic.Int64          // how much is enough, in bytes; 0 is never
	snapshotAt    atomic.Int64          // what written was at the last
	written       atomic.Int64          // bytes of commits since Open
	verified      sync.Map              // of a snapshot's path: whether it was sound

	layers    layers
	committer *committer
	views     atomic.Int64          // open now
	failed    atomic.Pointer[error] // set once
	failing   chan struct{}         // closed then

	closing  sync.Once
	closeErr error
}

// Open opens the file at path, makes it if it is absent (its directory must exist),
// and brings it to the program's schema. It waits up to a second for another
// process to let go of the file. A file that was not closed is read through first,
// which takes as long as the disk needs for that.
//
// It returns ErrLocked, *NewerSchemaError (the file is as it was), *DamagedError,
// ErrForeign, ErrReadOnly, ErrFull, or a migration's error; the migrations before
// that one are done, and the next Open goes on with it.
func Open(path string, o Options) (*Store, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if err := validate(o.Migrations); err != nil {
		return nil, err
	}
	s := &Store{path: path, limit: sizeLimit(o.MaxSize), snapshots: o.Snapshots, snapshotDue: make(chan struct{}, 1), failing: make(chan struct{}), log: o.Logger}
	s.committer = newCommitter(s, o.Stamp, o.Alive)
	var err error
	if s.bolt, err = openFile(path, s.limit, o.Migrations, s.log); err != nil {
		return nil, err
	}
	s.pageSize = int64(s.bolt.Info().PageSize)
	if err := s.readLog(); err != nil {
		return nil, errors.Join(fmt.Errorf("open store %s: %w", path, err), s.bolt.Close())
	}
	if s.room, err = openRoom(path, s.size(), s.limit); err != nil {
		return nil, errors.Join(fmt.Errorf("open store %s: %w", path, err), s.bolt.Close())
	}
	s.bolt.AllocSize = int(s.room.alloc)
	if err := s.migrate(o.Migrations); err != nil {
		return nil, errors.Join(err, s.room.close(), s.bolt.Close())
	}
	s.markOpen()
	s.sweep()
	go s.committer.run()
	return s, nil
}

// markOpen makes a commit, without the list of free pages: should anything in the
// file bring the process down before the first other commit, the next Open reads it
// through, instead of falling into the same hole again.
func (s *Store) markOpen() {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true)) // see call
	b, err := s.bolt.Begin(true)
	if err == nil {
		err = s.write(s.newShared(b, s.layers.newest()))
	}
	if err != nil {
		s.log.Warn("could not note in the store that it is open", "path", s.path, "err", err)
	}
}

// Path is the file's path, as it was given to Open.
func (s *Store) Path() string { return s.path }

// Err tells why the store takes no writes any more, an ErrFailed or a
// *DamagedError; nil while all is well.
func (s *Store) Err() error {
	if err := s.failed.Load(); err != nil {
		return *err
	}
	return nil
}

// Failed is closed when Err is no longer nil: time to end, and to be opened anew by
// OpenOrRestore.
func (s *Store) Failed() <-chan struct{} { return s.failing }

// Close lets the updates that were accepted finish, writes the list of free pages,
// so that the next Open need not look for them, and closes the file. It waits for
// all open views. Further calls return what the first returned.
func (s *Store) Close() error {
	if s.nested() {
		return ErrNested
	}
	s.closing.Do(func() {
		s.committer.stop()
		if err := errors.Join(s.room.close(), s.bolt.Close()); err != nil {
			s.closeErr = fmt.Errorf("close %s: %w", s.path, err)
		}
	})
	return s.closeErr
}
