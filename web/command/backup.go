package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"crema/store"
	"crema/web/client"
)

type backup struct {
	File  string `arg:"" help:"Where to write the backup." type:"path"`
	Force bool   `help:"Write over a file that is there."`
}

// saved is what a backup came to.
type saved struct {
	File   string `json:"file"`
	Bytes  int64  `json:"bytes"`
	Schema int    `json:"schema"`
}

// Run writes a backup of the running board's store, which goes on meanwhile; without a
// board it takes the store itself. FILE is there, whole and proved, or as it was.
func (b backup) Run(ctx context.Context, g *Globals, out io.Writer) error {
	if _, err := os.Lstat(b.File); err == nil && !b.Force {
		return fmt.Errorf("%s is there already: name another file, or write over it with --force", b.File)
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	board, data, err := g.board(ctx)
	if err != nil {
		return err
	}
	if isBoards(b.File, data) {
		return fmt.Errorf("%s is one of the board's own files, and no place for a backup: name another file, on another disk", b.File)
	}
	write := func(w io.Writer) (int64, error) { return g.Schema.snapshot(ctx, data, w) }
	if board != nil {
		write = func(w io.Writer) (int64, error) { return board.Backup(ctx, w) }
	}
	done := saved{File: b.File}
	if done.Bytes, done.Schema, err = b.write(ctx, write, newMeter(ctx, board)); err != nil {
		return fmt.Errorf("no backup was written: %w", err)
	}
	return g.Print(out, done, func() {
		fmt.Fprintf(out, "%s: %d bytes, proved whole. It holds no secret in clear; the key that opens them stays on the board.\n", done.File, done.Bytes)
	})
}

// isBoards tells whether a file is one that a board lives on, by whatever path: its store, which would go on where nobody
// finds it again, its keys, or a snapshot.
func isBoards(file, data string) bool {
	same := func(a, b string) bool {
		x, errA := os.Stat(a)
		y, errB := os.Stat(b)
		return errA == nil && errB == nil && os.SameFile(x, y)
	}
	if same(filepath.Dir(file), filepath.Join(data, SnapshotsName)) {
		return true
	}
	for _, name := range []string{StoreName, sealingKey, sealingKey + ".new", client.TokenFile, client.AddrFile} {
		if same(file, filepath.Join(data, name)) {
			return true
		}
	}
	return false
}

// snapshot writes the store of a data directory on which no board runs.
func (s Schema) snapshot(ctx context.Context, data string, w io.Writer) (n int64, err error) {
	path, err := storePath(data)
	if err != nil {
		return 0, err
	}
	db, err := store.Open(path, s.options(data))
	if err != nil {
		return 0, locked(err)
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	return db.Snapshot(ctx, w)
}

// write fills FILE.tmp, proves it, and gives it its name.
func (b backup) write(ctx context.Context, fill func(io.Writer) (int64, error), p *meter) (n int64, schema int, err error) {
	temp := b.File + ".tmp"
	f, err := os.OpenFile(temp, os.O_WRONLY|os.O_CREATE|unix.O_NOFOLLOW, 0o600)
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
		return 0, 0, fmt.Errorf("another backup is being written to %s: %w", temp, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(temp))
		}
	}()
	// One that was cut off may lie there, with any rights.
	if err := errors.Join(f.Chmod(0o600), f.Truncate(0)); err != nil {
		return 0, 0, err
	}
	if n, err = fill(io.MultiWriter(f, p)); err != nil {
		return n, 0, err
	}
	p.end()
	// What proves it wants to share it.
	if err := errors.Join(f.Sync(), unix.Flock(int(f.Fd()), unix.LOCK_SH)); err != nil {
		return n, 0, err
	}
	if schema, err = store.Verify(ctx, temp); err != nil {
		return n, 0, fmt.Errorf("what was written is not whole: %w", err)
	}
	return n, schema, b.name(temp)
}

// name gives the file its name, without writing over one that appeared meanwhile.
func (b backup) name(temp string) error {
	err := error(unix.ENOSYS)
	if !b.Force {
		err = unix.Renameat2(unix.AT_FDCWD, temp, unix.AT_FDCWD, b.File, unix.RENAME_NOREPLACE)
	}
	if errors.Is(err, unix.ENOSYS) || errors.Is(err, unix.EINVAL) { // or a file system that can't
		err = os.Rename(temp, b.File)
	}
	if err != nil {
		return fmt.Errorf("name %s: %w", b.File, err)
	}
	dir, err := os.Open(filepath.Dir(b.File))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// size is how long the backup of a running board will be, 0 where that is not known.
func size(ctx context.Context, board *client.Client) int64 {
	if board == nil {
		return 0
	}
	st, err := board.Status(ctx)
	if err != nil {
		return 0
	}
	return st.Store.Size
}
