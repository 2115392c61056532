package table

import (
	"context"
	"errors"
	"os"

	"github.com/google/renameio/v2"

	"crema/connectors"
	"crema/queue"
	"crema/store"
)

// exportFile writes the file of an export: whole under its name, or not at all. Begun again
// after a crash, it begins anew.
func (x *Exchange) exportFile(ctx context.Context, job *queue.Job[exportArgs]) (queue.Done, error) {
	id := job.Args.Export
	var e Export
	err := x.Store.View(func(tx *store.Tx) (err error) { e, err = x.GetExport(tx, id); return err })
	if errors.Is(err, ErrNoFile) {
		return nil, queue.Permanent(err)
	}
	if err == nil {
		e.Records, e.Bytes, err = x.writeFile(ctx, e)
	}
	if err != nil {
		return nil, connectors.Outcome(err)
	}
	e.Ended = x.Now().UTC()
	job.SetResult(connectors.Counted(e.Records, "record", "records"))
	return func(tx *store.Tx) error { return exports.Put(tx, id, e) }, nil
}

func (x *Exchange) writeFile(ctx context.Context, e Export) (records int, bytes int64, err error) {
	if err := os.MkdirAll(x.Dir, 0o700); err != nil {
		return 0, 0, err
	}
	f, err := renameio.NewPendingFile(x.path(e.ID), renameio.WithPermissions(0o600))
	if err != nil {
		return 0, 0, err
	}
	defer func() { err = errors.Join(err, f.Cleanup()) }()
	if records, bytes, err = x.Write(ctx, e.Table, e.Filter, f); err != nil {
		return records, bytes, err
	}
	return records, bytes, f.CloseAtomicallyReplace()
}
