package table

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"time"

	"crema/queue"
	"crema/store"
)

// removeArgs name the import or the export that is kept long enough.
type removeArgs struct {
	Import uint64 `json:"import,omitempty"`
	Export uint64 `json:"export,omitempty"`
}

var removeKind = queue.Kind[removeArgs]{Name: "table.remove", Version: 1, Channel: "root.import", Priority: 50, Quiet: true,
	Describe: func(a removeArgs) string {
		if a.Export != 0 {
			return "remove an exported file that was kept long enough"
		}
		return "remove the report of an import that was kept long enough"
	}}

func (x *Exchange) removeLater(tx *store.Tx, a removeArgs, keep time.Duration) error {
	_, err := queue.Enqueue(tx, x.Queue, removeKind, a, queue.Options{Delay: keep})
	return err
}

// remove forgets a file that nobody works on.
func (x *Exchange) remove(_ context.Context, job *queue.Job[removeArgs]) (queue.Done, error) {
	if job.Args.Export != 0 {
		return x.removeExport(job.Args.Export)
	}
	return func(tx *store.Tx) error {
		i, found, err := imports.Get(tx, job.Args.Import)
		if err != nil || !found {
			return err
		}
		switch b, err := x.Queue.Batch(tx, i.Batch); {
		case errors.Is(err, queue.ErrNoBatch):
		case err != nil:
			return err
		case b.State != queue.BatchFinished:
			return nil // it goes on again, and its next end has it removed
		}
		return forgetImport(tx, i.ID)
	}, nil
}

// removeExport forgets an export; the file goes before its record, so that none is left that
// nobody knows.
func (x *Exchange) removeExport(id uint64) (queue.Done, error) {
	open := false
	err := x.Store.View(func(tx *store.Tx) error {
		e, found, err := exports.Get(tx, id)
		if err != nil || !found {
			return err
		}
		info, err := x.Queue.Get(tx, e.Job)
		if errors.Is(err, queue.ErrNotFound) {
			return nil
		}
		open = err == nil && !info.State.Terminal()
		return err
	})
	if err != nil {
		return nil, err
	}
	if open {
		return nil, queue.Snooze(errors.New("the file is not written yet"), 24*time.Hour)
	}
	if err := os.Remove(x.path(id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return func(tx *store.Tx) error { return exports.Delete(tx, id) }, nil
}
