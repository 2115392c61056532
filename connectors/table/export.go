package table

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"crema/queue"
	"crema/store"
)

// Export is a file that is, or was, exported. Its JSON is that at rest.
type Export struct {
	ID     uint64 `json:"id"`
	Table  string `json:"table"`
	Filter Filter `json:"filter,omitempty"`
	// Job writes the file. Once it is done, the file has so many Records, in so many Bytes.
	Job     queue.ID  `json:"job"`
	Records int       `json:"records"`
	Bytes   int64     `json:"bytes"`
	Created time.Time `json:"created"`
	// Ended is when the file was whole; zero before.
	Ended time.Time `json:"ended,omitzero"`
}

// Name is what the file is called where it is taken away: "cups-20261122.csv".
func (e Export) Name() string {
	return fmt.Sprintf("%s-%s.csv", e.Table, e.Created.Format("20060102"))
}

var exports = store.NewBucket[uint64, Export]("table.exports", store.Uint64Key())

// exportArgs name an export.
type exportArgs struct {
	Export uint64 `json:"export"`
}

var exportKind = queue.Kind[exportArgs]{Name: "table.export", Version: 1, Channel: "root.export", Priority: 50}

// Export has the records of a table written into a file in the background. ErrNoTable; what
// is wrong with the filter is a *FileError.
func (x *Exchange) Export(ctx context.Context, table string, f Filter) (Export, error) {
	t, err := x.exportable(ctx, table, f)
	if err != nil {
		return Export{}, err
	}
	var e Export
	err = x.Store.Update(ctx, func(tx *store.Tx) (err error) {
		e = Export{Table: t.Name, Filter: f, Created: x.Now().UTC()}
		if e.ID, err = exports.Next(tx); err != nil {
			return err
		}
		e.Job, err = queue.Enqueue(tx, x.Queue, exportKind, exportArgs{e.ID}, queue.Options{Related: fmt.Sprintf("export %d", e.ID), Description: "export of " + t.Name})
		if err != nil {
			return err
		}
		if err := x.removeLater(tx, removeArgs{Export: e.ID}, x.Keep); err != nil {
			return err
		}
		return exports.Put(tx, e.ID, e)
	})
	return e, err
}

// exportable is the table of an export that is possible.
func (x *Exchange) exportable(ctx context.Context, table string, f Filter) (Table, error) {
	t, err := x.table(table, func(t Table) bool { return t.Export != nil })
	if err == nil {
		err = t.check(f)
	}
	if err == nil {
		_, err = t.Export(ctx, f)
	}
	return t, err
}

// Write writes the records of a table that a filter takes to w, as a file, and tells how many
// they are.
func (x *Exchange) Write(ctx context.Context, table string, f Filter, w io.Writer) (records int, bytes int64, err error) {
	t, err := x.exportable(ctx, table, f)
	if err != nil {
		return 0, 0, err
	}
	rows, err := t.Export(ctx, f)
	if err != nil {
		return 0, 0, err
	}
	out := newWriter(w)
	out.row(t.names(true))
	for cells, err := range rows {
		if err != nil {
			return records, out.n.bytes, err
		}
		if out.row(cells); out.err() != nil || ctx.Err() != nil {
			break
		}
		records++
	}
	err = out.end(ctx)
	return records, out.n.bytes, err
}

// GetExport is one export; ErrNoFile.
func (x *Exchange) GetExport(tx *store.Tx, id uint64) (Export, error) {
	e, found, err := exports.Get(tx, id)
	if err == nil && !found {
		err = fmt.Errorf("export %d: %w", id, ErrNoFile)
	}
	return e, err
}

// ListExports is up to limit exports, as ListImports does it.
func (x *Exchange) ListExports(tx *store.Tx, after uint64, limit int) (list []Export, next uint64, err error) {
	return listed(tx, exports, after, limit)
}

// Open opens the file of an export that has ended; the caller closes it. ErrNoFile, also where
// the file itself is gone: a backup, say, has none.
func (x *Exchange) Open(id uint64) (io.ReadCloser, Export, error) {
	var e Export
	err := x.Store.View(func(tx *store.Tx) (err error) { e, err = x.GetExport(tx, id); return err })
	if err != nil {
		return nil, e, err
	}
	f, err := os.Open(x.path(id))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, e, fmt.Errorf("export %d: %w: its job has not ended well, or the file was removed: export it again", id, ErrNoFile)
	}
	return f, e, err
}

// path is where the file of an export is.
func (x *Exchange) path(id uint64) string { return filepath.Join(x.Dir, fmt.Sprintf("%d.csv", id)) }
