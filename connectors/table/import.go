package table

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"crema/queue"
	"crema/store"
)

// ImportState is how far an import is.
type ImportState string

// The states of an import.
const (
	Receiving ImportState = "receiving" // its file has not come whole
	Running   ImportState = "running"
	Done      ImportState = "done"      // all records were taken or refused
	Failed    ImportState = "failed"    // a job failed: what is left is imported when it is requeued
	Cancelled ImportState = "cancelled" // what is left is not imported
)

// Import is a file that is, or was, imported. Its JSON is that at rest.
type Import struct {
	ID    uint64      `json:"id"`
	Table string      `json:"table"`
	Name  string      `json:"name"` // of the file
	State ImportState `json:"state"`
	// Columns are the file's, in its order.
	Columns []string `json:"columns"`
	// Records is how many the file has. Of them Done were looked at: Changed brought something
	// new, Refused are in the report, and the rest was so already.
	Records int `json:"records"`
	Done    int `json:"done"`
	Changed int `json:"changed"`
	Refused int `json:"refused"`
	// Batch is its jobs', Job the last of them: when that is done, all are.
	Batch   queue.BatchID `json:"batch"`
	Job     queue.ID      `json:"job"`
	Created time.Time     `json:"created"`
	Ended   time.Time     `json:"ended,omitzero"`
}

// Over tells whether nothing more happens with it by itself.
func (i Import) Over() bool { return i.State == Done || i.State == Failed || i.State == Cancelled }

// Unchanged is how many records were so already.
func (i Import) Unchanged() int { return i.Done - i.Changed - i.Refused }

// refusal is a refused record.
type refusal struct {
	Line  int      `json:"line"`
	Cells []string `json:"cells"` // none where it could not be read
	Wrong string   `json:"wrong"`
}

// chunkKey is a chunk of an import, by their numbers.
type chunkKey = store.Pair[uint64, uint64]

// chunk is records that one job imports; the first Next of them are done.
type chunk struct {
	Rows []row `json:"rows"`
	Next int   `json:"next,omitempty"`
}

// An import is its record, the chunks that are not done, and the refused records by chunk.
// The whole of it is in the store, so that it commits with its jobs, and a snapshot has both.
var (
	imports        = store.NewBucket[uint64, Import]("table.imports", store.Uint64Key())
	importsByBatch = store.NewBucket[queue.BatchID, uint64]("table.imports.batch", store.Uint64KeyOf[queue.BatchID]())
	chunks         = store.NewBucket[chunkKey, chunk]("table.chunks", store.PairKey(store.Uint64Key(), store.Uint64Key()))
	refused        = store.NewBucket[chunkKey, []refusal]("table.refused", store.PairKey(store.Uint64Key(), store.Uint64Key()))
)

// GetImport is one import; ErrNoFile.
func (x *Exchange) GetImport(tx *store.Tx, id uint64) (Import, error) {
	i, found, err := imports.Get(tx, id)
	if err == nil && !found {
		err = fmt.Errorf("import %d: %w", id, ErrNoFile)
	}
	return i, err
}

// ListImports is up to limit imports, oldest first, from the one behind after on (0: from the
// first). next is the after of the next page, 0 at the end.
func (x *Exchange) ListImports(tx *store.Tx, after uint64, limit int) (list []Import, next uint64, err error) {
	return listed(tx, imports, after, limit)
}

func listed[V any](tx *store.Tx, of store.Bucket[uint64, V], after uint64, limit int) (list []V, next uint64, err error) {
	if after == math.MaxUint64 {
		return nil, 0, nil // nothing is behind the last number
	}
	var last uint64
	for id, v := range of.From(tx, after+1) {
		if len(list) == max(limit, 1) {
			return list, last, nil
		}
		list, last = append(list, v), id
	}
	return list, 0, nil
}

// Cancel gives up what is left of an import; what was done stays. ErrNoFile.
func (x *Exchange) Cancel(ctx context.Context, id uint64) error {
	var i Import
	err := x.Store.View(func(tx *store.Tx) (err error) { i, err = x.GetImport(tx, id); return err })
	if err != nil || i.Batch == 0 {
		return err
	}
	_, err = x.Queue.CancelAll(ctx, queue.Filter{Batch: i.Batch})
	return err
}

// forgetImport removes all that there is of an import.
func forgetImport(tx *store.Tx, id uint64) error {
	i, found, err := imports.Get(tx, id)
	if err != nil || !found {
		return err
	}
	return errors.Join(forgetChunks(tx, chunks, id), forgetChunks(tx, refused, id), importsByBatch.Delete(tx, i.Batch), imports.Delete(tx, id))
}

// forgetChunks removes what a bucket has of an import.
func forgetChunks[V any](tx *store.Tx, from store.Bucket[chunkKey, V], id uint64) error {
	var keys []chunkKey
	for k := range from.Prefix(tx, store.Leading(store.Uint64Key(), id)) {
		keys = append(keys, k)
	}
	for _, k := range keys {
		if err := from.Delete(tx, k); err != nil {
			return err
		}
	}
	return nil
}
