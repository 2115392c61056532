package table

import (
	"context"
	"errors"
	"fmt"
	"time"

	"crema/connectors"
	"crema/queue"
	"crema/store"
)

// chunkArgs name a chunk of an import.
type chunkArgs struct {
	Import uint64 `json:"import"`
	Chunk  uint64 `json:"chunk"`
}

var importKind = queue.Kind[chunkArgs]{Name: "table.import", Version: 1, Channel: "root.import", Priority: 50}

// importChunk imports a chunk: the records that are good, each by itself. What it commits of
// them it commits with how far the chunk is, so that a run after a crash goes on from there.
func (x *Exchange) importChunk(ctx context.Context, job *queue.Job[chunkArgs]) (queue.Done, error) {
	key := chunkKey{A: job.Args.Import, B: job.Args.Chunk}
	var i Import
	var c chunk
	var found bool
	err := x.Store.View(func(tx *store.Tx) (err error) {
		if i, err = x.GetImport(tx, key.A); err != nil {
			return err
		}
		c, found, err = chunks.Get(tx, key)
		return err
	})
	if errors.Is(err, ErrNoFile) {
		return nil, queue.Permanent(err)
	}
	if err != nil || !found { // not found: it is done, and only the end of the job was not kept
		return nil, err
	}
	t, err := x.table(i.Table, Table.Imports)
	if err != nil {
		return nil, err // after a way back to an older program
	}
	w := &worker{x: x, t: t, i: i, key: key, c: c, step: job.Step}
	work := w.take
	if t.Send != nil {
		work = w.send
	}
	if err := work(ctx); err != nil {
		return nil, connectors.Outcome(err)
	}
	job.SetResult(fmt.Sprintf("%s, %d changed, %d refused", connectors.Counted(w.all.done, "record", "records"), w.all.changed, len(w.all.refused)))
	return nil, nil
}

// worker imports one chunk.
type worker struct {
	x    *Exchange
	t    Table
	i    Import
	key  chunkKey
	c    chunk
	step func(context.Context, func(*store.Tx) error) error
	all  share // of this run
}

// share is what became of some records.
type share struct {
	done, changed int
	refused       []refusal
}

// badRecord is the error of a transaction that one record undid.
type badRecord struct {
	at int
	*RecordError
}

func (e badRecord) Unwrap() error { return e.RecordError }

// take imports what is left of the chunk in one transaction. A record that is refused undoes
// all of it, whatever its table wrote before, and the others are taken without it.
func (w *worker) take(ctx context.Context) error {
	wrong := map[int]*RecordError{}
	for {
		var s share
		err := w.step(ctx, func(tx *store.Tx) error {
			s = share{}
			for at, row := range w.c.Rows {
				if e := wrong[at]; e != nil {
					s.refuse(row, e)
					continue
				}
				changed, err := w.importRow(tx, row)
				if e, ok := errors.AsType[*RecordError](err); ok {
					return badRecord{at, e}
				}
				if err != nil {
					return err
				}
				s.take(changed)
			}
			return w.keep(tx, s, len(w.c.Rows))
		})
		bad, ok := errors.AsType[badRecord](err)
		if !ok {
			w.all = s
			return err
		}
		wrong[bad.at] = bad.RecordError
	}
}

func (w *worker) importRow(tx *store.Tx, row row) (bool, error) {
	r, err := recordOf(w.t, w.i.Columns, row)
	if err != nil {
		return false, err
	}
	return w.t.Import(tx, r)
}

// send imports record by record, each committed when the other system has it.
func (w *worker) send(ctx context.Context) error {
	for at := w.c.Next; at < len(w.c.Rows); at++ {
		row := w.c.Rows[at]
		r, err := recordOf(w.t, w.i.Columns, row)
		changed := false
		if err == nil {
			changed, err = w.t.Send(ctx, r)
		}
		var s share
		if e, ok := errors.AsType[*RecordError](err); ok {
			s.refuse(row, e)
		} else if err != nil {
			return err
		} else {
			s.take(changed)
		}
		if err := w.step(ctx, func(tx *store.Tx) error { return w.keep(tx, s, at+1) }); err != nil {
			return err
		}
		w.all.add(s)
	}
	return nil
}

func (s *share) take(changed bool) {
	if s.done++; changed {
		s.changed++
	}
}

func (s *share) refuse(row row, e *RecordError) {
	s.done++
	s.refused = append(s.refused, refusal{Line: row.Line, Cells: row.Cells, Wrong: e.Error()})
}

func (s *share) add(o share) {
	s.done, s.changed, s.refused = s.done+o.done, s.changed+o.changed, append(s.refused, o.refused...)
}

// keep adds what became of some records, up to the chunk's record next. A chunk that is done
// is removed.
func (w *worker) keep(tx *store.Tx, s share, next int) error {
	i, err := w.x.GetImport(tx, w.i.ID)
	if err != nil {
		return err
	}
	i.Done, i.Changed, i.Refused = i.Done+s.done, i.Changed+s.changed, i.Refused+len(s.refused)
	i.State, i.Ended = Running, time.Time{}
	if err := imports.Put(tx, i.ID, i); err != nil {
		return err
	}
	if len(s.refused) > 0 {
		before, _, err := refused.Get(tx, w.key)
		if err != nil {
			return err
		}
		if err := refused.Put(tx, w.key, append(before, s.refused...)); err != nil {
			return err
		}
	}
	if next == len(w.c.Rows) {
		return chunks.Delete(tx, w.key)
	}
	return chunks.Put(tx, w.key, chunk{Rows: w.c.Rows, Next: next})
}

// recordOf is a row as its table gets it, or what is wrong with it before that.
func recordOf(t Table, columns []string, row row) (Record, error) {
	if row.Wrong != "" {
		return Record{}, &RecordError{Wrong: row.Wrong}
	}
	r := Record{Line: row.Line, cells: map[string]string{}}
	for n, name := range columns {
		if c, ok := t.column(name); ok && !c.Shown {
			r.cells[name] = row.Cells[n]
		}
	}
	for _, c := range t.Columns {
		if c.Required && r.Text(c.Name) == "" {
			return r, &RecordError{Column: c.Name, Wrong: "it is empty", Fix: "write one, such as " + c.Example}
		}
	}
	return r, nil
}
