package courier

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"crema/connectors"
	"crema/connectors/files"
	"crema/connectors/table"
	"crema/queue"
	"crema/store"
)

const (
	// doneDir is where files go that were imported, beside where they were.
	doneDir = "done"
	// lookAgain is how long a file must stay as it is before it is taken.
	lookAgain  = 10 * time.Second
	lookAtLast = 10 * time.Minute
	// reasonRefused is the checkpoint of a file that can't be imported at all.
	reasonRefused = "file_refused"
)

var (
	errGrowing   = errors.New("files are there that may still be written")
	errImporting = errors.New("files are being imported")
	errChanged   = errors.New("the file was changed meanwhile")
	errSame      = errors.New("the content was imported before")
)

// look is one look at the files of a backend.
type look struct {
	*courier
	w       *connectors.Work
	tree    *files.Tree
	waits   error // why another look is needed soon
	done    int   // files that were settled
	failed  []uint64
	present map[string]bool
}

// fetch imports what is new, and comes again until all of it is imported.
func (k *courier) fetch(ctx context.Context, w *connectors.Work, job *queue.Job[args]) (queue.Done, error) {
	tree, err := connectors.ClientOf[*files.Tree](w)
	if err != nil {
		return nil, err
	}
	l := &look{courier: k, w: w, tree: tree, present: map[string]bool{}}
	wanted := w.Backend.Map(importSetting)
	for _, t := range slices.Sorted(maps.Keys(wanted)) {
		if err := l.all(ctx, t, wanted[t]); err != nil {
			return nil, err
		}
	}
	err = w.Commit(ctx, func(tx *store.Tx) error {
		return forget(tx, w.Backend.Name, func(name string) bool { return !l.present[name] })
	})
	switch {
	case err != nil:
		return nil, err
	case l.waits != nil:
		// Soon at first; an import may wait for Odoo for days.
		return nil, queue.Snooze(l.waits, min(max(lookAgain, k.host.Now().Sub(job.Created)/10), lookAtLast))
	case len(l.failed) > 0:
		return nil, queue.Permanent(fmt.Errorf("imports %v failed: mend what they say, requeue their jobs, then start this again", l.failed))
	}
	job.SetResult(fmt.Sprintf("no more files to import; %d are done", l.done))
	return nil, nil
}

// all looks at the files of one table.
func (l *look) all(ctx context.Context, t, pattern string) error {
	list, err := l.tree.List(ctx, path.Dir(pattern))
	if errors.Is(err, fs.ErrNotExist) {
		return nil // nobody has put one there yet
	}
	if err != nil {
		return err
	}
	for _, info := range list {
		if fits, _ := path.Match(pattern, info.Name); !fits || info.Directory || l.present[info.Name] { // the pattern is right: check
			continue
		}
		l.present[info.Name] = true
		if err := l.one(ctx, t, info); err != nil {
			return fmt.Errorf("%s: %w", info.Name, err)
		}
	}
	return nil
}

// one takes a file a step further.
func (l *look) one(ctx context.Context, t string, info files.Info) error {
	key := fileKey(l.w.Backend.Name, info.Name)
	now := seen{Size: info.Size, Modified: info.Modified.UTC()}
	var before seen
	var known bool
	err := l.host.Store.View(func(tx *store.Tx) (err error) { before, known, err = seenFiles.Get(tx, key); return err })
	switch {
	case err != nil:
		return err
	case !known || !before.like(now):
		l.waits = errGrowing
		now.Hash, now.Before = before.Hash, max(before.Import, before.Before)
		return l.w.Commit(ctx, func(tx *store.Tx) error { return seenFiles.Put(tx, key, now) })
	case before.settled():
		return l.settle(ctx, info, before)
	}
	return l.take(ctx, t, key, before)
}

// take imports a file that stays as it is. The record that it was is in the commit with which
// its import begins.
func (l *look) take(ctx context.Context, t string, key store.Pair[string, string], s seen) error {
	src, err := l.tree.Open(ctx, key.B)
	if err != nil {
		return err
	}
	sum := sha256.New()
	i, err := l.x.ImportWith(ctx, t, key.B, io.TeeReader(src, sum), func(tx *store.Tx, i table.Import) error {
		hash := hex.EncodeToString(sum.Sum(nil))
		if s.Before != 0 && hash == s.Hash {
			return errSame
		}
		taken := s
		taken.Import, taken.Hash, taken.Before = i.ID, hash, 0
		return seenFiles.Put(tx, key, taken)
	})
	err = errors.Join(err, src.Close())
	wrong, refused := errors.AsType[*table.FileError](err)
	switch {
	case errors.Is(err, errSame):
		s.Import, s.Before = s.Before, 0
		l.waits = errImporting // it is settled at the next look
		return l.w.Commit(ctx, func(tx *store.Tx) error { return seenFiles.Put(tx, key, s) })
	case refused:
		return l.refuse(ctx, key, s, wrong)
	case errors.Is(err, table.ErrNoTable):
		return queue.Permanent(err)
	case err != nil:
		return err
	}
	l.waits = errImporting
	l.w.Logger.Info("a file is being imported", "file", key.B, "import", i.ID, "records", i.Records)
	return nil
}

// refuse keeps that a file can't be imported at all, and says so.
func (l *look) refuse(ctx context.Context, key store.Pair[string, string], s seen, why *table.FileError) error {
	s.Refused = why.Error()
	err := l.w.Commit(ctx, func(tx *store.Tx) error {
		if err := seenFiles.Put(tx, key, s); err != nil {
			return err
		}
		_, err := l.host.Checkpoints.OpenCheckpoint(tx, connectors.Checkpoint{Backend: key.A, Model: "file", Record: key.B, Reason: reasonRefused,
			Message: fmt.Sprintf("Nothing of the file %s was imported: %s.", key.B, s.Refused)})
		return err
	})
	if err == nil {
		l.waits = errImporting // it is moved at the next look
	}
	return err
}

// settle moves a file whose import is over, with what was refused beside it.
func (l *look) settle(ctx context.Context, info files.Info, s seen) error {
	dir, base := path.Join(path.Dir(info.Name), doneDir), path.Base(info.Name)
	to := path.Join(dir, "refused-"+base)
	report := func(w io.Writer) error { _, err := io.WriteString(w, s.Refused+"\n"); return err }
	told := s.Refused != ""
	if s.Import != 0 {
		var i table.Import
		err := l.host.Store.View(func(tx *store.Tx) (err error) { i, err = l.x.GetImport(tx, s.Import); return err })
		switch {
		case errors.Is(err, table.ErrNoFile): // its report is gone; it was imported
		case err != nil:
			return err
		case i.State == table.Failed:
			l.failed = append(l.failed, i.ID)
			return nil
		case !i.Over():
			l.waits = errImporting
			return nil
		}
		to, told = path.Join(dir, fmt.Sprintf("%d-%s", s.Import, base)), i.Refused > 0
		report = func(w io.Writer) error { return l.x.Refused(ctx, s.Import, w) }
	}
	l.done++
	switch err := l.move(ctx, info.Name, to, s.Hash, told, report); {
	case errors.Is(err, files.ErrReadOnly):
		return nil // it is known by what was seen of it
	case errors.Is(err, errChanged):
		l.waits = errGrowing
		return nil
	case err != nil:
		return err
	}
	return l.w.Commit(ctx, func(tx *store.Tx) error { return seenFiles.Delete(tx, fileKey(l.w.Backend.Name, info.Name)) })
}

// move puts a file where those go that are done: the report first, and the file where it was
// last, so that a move that was cut off is made again.
func (l *look) move(ctx context.Context, from, to, hash string, told bool, report func(io.Writer) error) error {
	if err := makeDirs(ctx, l.tree, path.Dir(to)); err != nil {
		return err
	}
	if told {
		var b strings.Builder
		if err := report(&b); err != nil {
			return err
		}
		if err := l.tree.Replace(ctx, strings.TrimSuffix(to, path.Ext(to))+".errors.csv", strings.NewReader(b.String())); err != nil {
			return err
		}
	}
	src, err := l.tree.Open(ctx, from)
	if err != nil {
		return err
	}
	sum := sha256.New()
	if err := errors.Join(l.tree.Replace(ctx, to, io.TeeReader(src, sum)), src.Close()); err != nil {
		return err
	}
	if hash != "" && hash != hex.EncodeToString(sum.Sum(nil)) {
		return errors.Join(errChanged, l.tree.Remove(ctx, to)) // another file has its name by now: that one stays
	}
	return l.tree.Remove(ctx, from)
}
