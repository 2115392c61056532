package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// OpenOrRestore is Open, but where the file is damaged, or gone while there are
// snapshots of it, it puts the best that there is in its place: the file's own state
// before its last commit, else the newest snapshot that proves sound, else a new
// file. What was there stays, as path + ".damaged-" + its time; nothing is ever
// written over. The store then has a PendingRestoration.
//
// It returns what Open does, but a *DamagedError only if the file that it put in
// place is damaged too. It leaves alone a file that is another program's
// (ErrForeign), one of a newer schema, and one whose only sound snapshots are of a
// newer schema (*NewerSchemaError).
func OpenOrRestore(path string, o Options) (*Store, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	r := &restorer{path: path, options: o, tried: make(map[string]bool)}
	for {
		s, err := r.open()
		var damaged *DamagedError
		if err == nil || !errors.As(err, &damaged) && !errors.Is(err, errGone) || r.tried[FromNothing] {
			return s, err
		}
		if err := r.restore(err); err != nil {
			return nil, err
		}
	}
}

var errGone = errors.New("the file is gone")

// restorer looks for the best state of a store whose file is damaged.
type restorer struct {
	path    string
	options Options
	tried   map[string]bool // sources that were put in place, or can't be
}

// open opens the file, if it is there or there never was one.
func (r *restorer) open() (*Store, error) {
	if _, err := os.Lstat(r.path); errors.Is(err, fs.ErrNotExist) {
		if ns, _ := snapshotNumbers(r.options.Snapshots); len(ns) > 0 && len(r.tried) == 0 {
			return nil, errGone
		}
	}
	return Open(r.path, r.options)
}

// restore puts the next best source in place.
func (r *restorer) restore(cause error) (err error) {
	locked, err := lockFile(r.path, syscall.LOCK_EX)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("restore store: %w", err)
	}
	rest := Restoration{Time: time.Now().UTC(), Reason: reason(cause)}
	if locked != nil {
		defer func() { err = errors.Join(err, locked.Close()) }()
		if rest.Aside, err = asideName(r.path, "damaged", locked); err != nil {
			return fmt.Errorf("restore store: %w", err)
		}
	}
	temp, err := r.prepare(&rest)
	if err != nil {
		return fmt.Errorf("restore store %s: %w (%w)", r.path, err, cause)
	}
	if err := swap(temp, r.path, rest.Aside); err != nil {
		return fmt.Errorf("restore store %s: %w", r.path, errors.Join(classify(err), os.Remove(temp)))
	}
	r.options.Logger.Error("the store was "+rest.String(), "path", r.path)
	return nil
}

// prepare makes the file that is to be put in place, and completes rest.
func (r *restorer) prepare(rest *Restoration) (temp string, err error) {
	ns, err := snapshotNumbers(r.options.Snapshots)
	if err != nil {
		rest.Reason += "; " + err.Error()
	}
	for _, n := range ns {
		name := filepath.Join(r.options.Snapshots, snapshotName(n))
		if r.tried[name] {
			continue
		}
		r.tried[name] = true
		if err := usable(context.Background(), name, r.options.Migrations); err != nil {
			rest.Reason += "; " + reason(err)
			continue
		}
		info, err := os.Stat(name)
		if err != nil {
			return "", err
		}
		rest.From, rest.Taken = name, info.ModTime().UTC()
		return prepare(r.path, *rest, func(to *os.File) error { return copyFile(to, name) })
	}
	r.tried[FromNothing] = true
	rest.From = FromNothing
	return prepare(r.path, *rest, nil)
}

// prepare writes a file beside path by fill, a new store if that is nil, marks and
// verifies it.
func prepare(path string, rest Restoration, fill func(*os.File) error) (temp string, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".restored-")
	if err != nil {
		return "", classify(err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(classify(err), os.Remove(f.Name()))
		}
	}()
	if fill != nil {
		err = fill(f)
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return "", err
	}
	if fill == nil {
		if err := initFile(f.Name()); err != nil {
			return "", err
		}
	}
	if err := mark(f.Name(), rest); err != nil {
		return "", err
	}
	_, err = Verify(context.Background(), f.Name())
	return f.Name(), err
}

func copyFile(to *os.File, from string) (err error) {
	f, err := os.Open(from)
	if err != nil {
		return err
	}
	defer f.Close() // only read
	_, err = io.Copy(to, f)
	return err
}

// reason is an error's text without the advice that a DamagedError gives.
func reason(err error) string {
	if d := new(DamagedError); errors.As(err, &d) {
		return fmt.Sprintf("%s is damaged: %v", d.Path, d.Err)
	}
	return strings.TrimPrefix(err.Error(), "open store: ")
}
