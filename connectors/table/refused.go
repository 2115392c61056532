package table

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"

	"crema/store"
)

// Refused writes the refused records of an import as a CSV file with the columns that they
// had and two more, line and error. Corrected, it can be imported as it is. ErrNoFile; an
// error of w after some was written.
func (x *Exchange) Refused(ctx context.Context, id uint64, w io.Writer) error {
	var i Import
	err := x.Store.View(func(tx *store.Tx) (err error) { i, err = x.GetImport(tx, id); return err })
	if err != nil {
		return err
	}
	columns := slices.DeleteFunc(slices.Clone(i.Columns), func(c string) bool { return c == lineColumn || c == errorColumn })
	out := newWriter(w)
	out.row(append(slices.Clone(columns), lineColumn, errorColumn))
	for from := uint64(0); ; from++ { // a chunk at a time: a slow reader holds no transaction
		list, at, err := x.refusedFrom(id, from)
		if err != nil {
			return err
		}
		for _, r := range list {
			cells := make([]string, 0, len(columns)+2)
			for n, c := range i.Columns {
				switch {
				case c == lineColumn || c == errorColumn:
				case n < len(r.Cells):
					cells = append(cells, r.Cells[n])
				default:
					cells = append(cells, "")
				}
			}
			out.row(append(cells, strconv.Itoa(r.Line), r.Wrong))
		}
		if list == nil || out.err() != nil || ctx.Err() != nil {
			return out.end(ctx)
		}
		from = at
	}
}

// refusedFrom is the refused records of the first chunk from one on that has some.
func (x *Exchange) refusedFrom(id, from uint64) (list []refusal, at uint64, err error) {
	err = x.Store.View(func(tx *store.Tx) error {
		for k, l := range refused.From(tx, chunkKey{A: id, B: from}) {
			if k.A == id {
				list, at = l, k.B
			}
			return nil
		}
		return nil
	})
	if err != nil {
		err = fmt.Errorf("refused records of import %d: %w", id, err)
	}
	return list, at, err
}
