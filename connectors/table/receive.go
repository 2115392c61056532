package table

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"

	"crema/queue"
	"crema/store"
)

// How much of a file one job imports, at most, and how much one commit of its receiving has.
const (
	chunkRecords = 100
	chunkBytes   = 256 << 10
	commitBytes  = 1 << 20
)

// Import takes a file in and has its records imported in the background, chunk after chunk
// in the order of the file: what two lines say of one record is decided by the later one.
// name is what people call the file. It returns when the file has come whole and is
// committed, together with its jobs; before, nothing is imported. ErrNoTable; a *FileError
// for a file that can't be imported at all, for its columns or its size, say; the error of
// src. A record that can't be read is no error, but refused in the report.
func (x *Exchange) Import(ctx context.Context, table, name string, src io.Reader) (Import, error) {
	return x.ImportWith(ctx, table, name, src, func(*store.Tx, Import) error { return nil })
}

// ImportWith is Import for who keeps what became of a file: also takes part in the commit that
// has the import begin, after all of src was read. Its error undoes the import.
func (x *Exchange) ImportWith(ctx context.Context, table, name string, src io.Reader, also func(tx *store.Tx, i Import) error) (Import, error) {
	t, err := x.table(table, Table.Imports)
	if err != nil {
		return Import{}, err
	}
	in := newReader(src)
	columns, err := in.header(t)
	if err != nil {
		return Import{}, err
	}
	i := Import{Table: t.Name, Name: fileName(name), State: Receiving, Columns: columns, Created: x.Now().UTC()}
	err = x.Store.Update(ctx, func(tx *store.Tx) (err error) {
		if i.ID, err = imports.Next(tx); err != nil {
			return err
		}
		return imports.Put(tx, i.ID, i)
	})
	if err != nil {
		return Import{}, err
	}
	r := receiver{x: x, i: i}
	err = r.all(ctx, in)
	if err == nil {
		err = x.begin(ctx, &r.i, r.chunks, also)
	}
	if err != nil { // what is left in the store if the program ends now, Recover removes
		return Import{}, errors.Join(err, x.Store.Update(context.WithoutCancel(ctx), func(tx *store.Tx) error { return forgetImport(tx, i.ID) }))
	}
	return r.i, nil
}

// fileName is a name fit to be shown: the last part of a path, in one line.
func fileName(name string) string {
	name = strings.ToValidUTF8(name[strings.LastIndexAny(name, `/\`)+1:], "\uFFFD")
	name = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, name)
	if shown := []rune(name); len(shown) > 100 {
		name = string(shown[:100])
	}
	if name == "" {
		return "file"
	}
	return name
}

// receiver cuts the records of a file into chunks, and commits some at a time.
type receiver struct {
	x      *Exchange
	i      Import
	chunks []int // records of each, those that wait for their commit as well

	rows   []row // of the chunk being filled
	filled int   // its bytes
	wait   []chunk
	bytes  int
}

func (r *receiver) all(ctx context.Context, in *reader) error {
	for {
		row, err := in.record()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if r.i.Records++; r.i.Records > MaxRecords {
			return &FileError{Line: row.Line, Wrong: fmt.Sprintf("the file has more than %d records", MaxRecords), Fix: "split it into several"}
		}
		size := len(row.Wrong)
		for _, cell := range row.Cells {
			size += len(cell)
		}
		if len(r.rows) == chunkRecords || r.filled+size > chunkBytes {
			if err := r.cut(ctx, commitBytes); err != nil {
				return err
			}
		}
		r.rows, r.filled = append(r.rows, row), r.filled+size
	}
	if r.i.Records == 0 {
		return &FileError{Wrong: "the file has no records", Fix: "write them below its first line"}
	}
	return r.cut(ctx, 0)
}

// cut ends a chunk, and commits those that wait if they have so many bytes.
func (r *receiver) cut(ctx context.Context, enough int) error {
	if len(r.rows) > 0 {
		r.wait, r.chunks, r.bytes = append(r.wait, chunk{Rows: r.rows}), append(r.chunks, len(r.rows)), r.bytes+r.filled
		r.rows, r.filled = nil, 0
	}
	if r.bytes < enough {
		return nil
	}
	first := len(r.chunks) - len(r.wait)
	err := r.x.Store.Update(ctx, func(tx *store.Tx) error {
		for n, c := range r.wait {
			if err := chunks.Put(tx, chunkKey{A: r.i.ID, B: uint64(first + n)}, c); err != nil {
				return err
			}
		}
		return nil
	})
	r.wait, r.bytes = nil, 0
	return err
}

// begin enqueues a job for each chunk of a file that has come whole, one after the other.
func (x *Exchange) begin(ctx context.Context, i *Import, sizes []int, also func(*store.Tx, Import) error) error {
	begun := *i
	err := x.Store.Update(ctx, func(tx *store.Tx) (err error) {
		begun = *i
		if begun.Batch, err = x.Queue.NewBatch(tx, fmt.Sprintf("import of %s into %s", i.Name, i.Table)); err != nil {
			return err
		}
		parts, at := make([]queue.Part, len(sizes)), 0
		var last *queue.Node
		for n, size := range sizes {
			last = queue.NewNode(importKind, chunkArgs{Import: i.ID, Chunk: uint64(n)}, queue.Options{Batch: begun.Batch, Related: fmt.Sprintf("import %d", i.ID),
				Description: fmt.Sprintf("records %d to %d of %s into %s", at+1, at+size, i.Name, i.Table)})
			parts[n], at = last, at+size
		}
		if _, err := queue.EnqueueGraph(tx, x.Queue, queue.Chain(parts...)); err != nil {
			return err
		}
		begun.Job, begun.State = last.ID(), Running
		if err := x.Queue.SealBatch(tx, begun.Batch); err != nil {
			return err
		}
		if err := importsByBatch.Put(tx, begun.Batch, i.ID); err != nil {
			return err
		}
		if err := imports.Put(tx, i.ID, begun); err != nil {
			return err
		}
		return also(tx, begun)
	})
	if err == nil {
		*i = begun
	}
	return err
}
