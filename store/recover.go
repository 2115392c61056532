package store

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"time"
)

// OpenOrRestore is Open, but where the file is damaged, or gone while there are
// snapshots of it, it puts the best that there is in its place: the file's own state
// before its last commit, else the newest snapshot that proves sound, else a new
// file (doc.go has it in full). What was there stays, as path + ".damaged-" + the
// time; nothing is written over, but of more than four such files all are removed but
// the first and the last three. The store then has a PendingRestoration.
//
// It returns what Open does, but a *DamagedError only if nothing that it put in place
// could be opened. It leaves alone a file that is another program's (ErrForeign), one
// of a newer schema, and one whose only sound snapshots are of a newer schema
// (*NewerSchemaError).
func OpenOrRestore(path string, o Options) (*Store, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	r := &restorer{path: path, options: o, tried: make(map[string]bool)}
	for {
		s, err := r.open()
		if err == nil {
			return s, nil
		}
		if d := new(DamagedError); !errors.As(err, &d) && !errors.Is(err, errGone) || r.tried[FromNothing] {
			return nil, err
		}
		if err := r.restore(context.Background(), err); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("restore store %s: %w", path, err)
		}
	}
}

var errGone = errors.New("the file is gone")

// restorer looks for the best state of a store whose file is damaged.
type restorer struct {
	path    string
	options Options
	seen    fs.FileInfo       // the file that open tried; nil if there was none
	tried   map[string]bool   // sources that were put in place, or can't be
	newer   *NewerSchemaError // of a sound source that this program can't read
}

// open opens the file, if nothing was lost of it.
func (r *restorer) open() (*Store, error) {
	r.seen, _ = os.Stat(r.path)
	l, err := openLook(r.path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if files, _ := snapshotFiles(r.options.Snapshots); len(files) > 0 {
			return nil, errGone
		}
	case err != nil:
		return nil, err
	case err == nil:
		damage := l.headerDamage()
		if err := l.close(); err != nil {
			return nil, err
		}
		if damage != nil {
			return nil, l.damaged(damage)
		}
	}
	return Open(r.path, r.options)
}

// restore puts the next best source in place.
func (r *restorer) restore(ctx context.Context, cause error) (err error) {
	lock, there, err := lockPlace(r.path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.Close()) }()
	if there != (r.seen != nil) || there && !isFile(lock, r.seen) {
		return nil // another process was faster: what it put in place may be sound
	}
	rest := Restoration{Time: time.Now().UTC(), Reason: reason(cause)}
	var damaged *os.File
	if there {
		damaged = lock
		if rest.Aside, err = asideName(r.path, "damaged"); err != nil {
			return err
		}
	}
	fill, err := r.choose(ctx, damaged, &rest)
	if err != nil {
		return err
	}
	r.tried[rest.From] = true
	temp, err := prepare(ctx, r.path, fill, &rest)
	if errors.Is(err, ErrFull) {
		return fmt.Errorf("%w: make room on the disk for another file like it (from %s, since %s)", err, rest.From, rest.Reason)
	} else if err != nil {
		return fmt.Errorf("%w (from %s, since %s)", err, rest.From, rest.Reason)
	}
	if err := swap(temp, r.path, rest.Aside); err != nil {
		return errors.Join(classify(err), os.Remove(temp))
	}
	r.options.Logger.Error("the store was "+rest.String(), "path", r.path)
	return nil
}

// choose gives the best source that was not tried yet, and completes rest.
func (r *restorer) choose(ctx context.Context, damaged *os.File, rest *Restoration) (fill func(string) error, err error) {
	skip := func(err error) {
		rest.Reason += "; " + reason(err)
		_ = errors.As(err, &r.newer)
	}
	files, err := r.sources()
	if err != nil {
		skip(err)
	}
	if damaged != nil && !r.tried[FromPreviousCommit] {
		h, c, from, err := ownState(ctx, damaged, r.tried)
		if err == nil {
			if err := c.known(r.path, r.options.Migrations); err != nil {
				return nil, err // its own program knows better how to mend it
			}
			if !r.hasNext(ctx, files, h) { // it may be of the commit after: one header can lie over the other
				rest.From = from
				return copyState(damaged, h), nil
			}
			err = errors.New("the newest snapshot has the commit that is lost")
		}
		r.tried[FromLastCommit], r.tried[FromPreviousCommit] = true, true
		skip(err)
	}
	for _, rest.From = range files {
		if r.tried[rest.From] {
			continue
		}
		err := usable(ctx, rest.From, r.options.Migrations)
		var info fs.FileInfo
		if err == nil {
			info, err = os.Stat(rest.From)
		}
		if err == nil {
			rest.Taken = info.ModTime().UTC()
			return copyTo(rest.From), nil
		}
		r.tried[rest.From] = true
		skip(err)
	}
	if r.newer != nil {
		return nil, r.newer
	}
	rest.From = FromNothing
	return initFile, nil
}

// hasNext says whether the first of files holds the commit after h, and can be used.
// One that has lost a header may be of the commit that the other names, or the next,
// and so is no worse than h.
func (r *restorer) hasNext(ctx context.Context, files []string, h header) bool {
	if len(files) == 0 || usable(ctx, files[0], r.options.Migrations) != nil {
		return false
	}
	hs, err := headersOf(files[0])
	return err == nil && (hs[0].txid == h.txid+1 || len(hs) == 1 && hs[0].txid == h.txid)
}
