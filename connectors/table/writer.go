package table

import (
	"context"
	"encoding/csv"
	"errors"
	"io"
)

// writer writes a CSV file as spreadsheets like it: UTF-8 with a mark, so that they see that
// it is; commas; CR LF; and no cell that they would take for a formula.
type writer struct {
	csv   *csv.Writer
	n     counter
	first error
}

func newWriter(w io.Writer) *writer {
	out := &writer{n: counter{to: w}}
	out.csv = csv.NewWriter(&out.n)
	out.csv.UseCRLF = true
	_, out.first = out.n.Write(byteOrderMark)
	return out
}

// row writes cells; they are changed.
func (w *writer) row(cells []string) {
	for i, c := range cells {
		cells[i] = guarded(c)
	}
	if err := w.csv.Write(cells); w.first == nil {
		w.first = err
	}
}

func (w *writer) err() error { return w.first }

// end writes what waits, and tells the first error.
func (w *writer) end(ctx context.Context) error {
	w.csv.Flush()
	return errors.Join(w.first, w.csv.Error(), context.Cause(ctx))
}

// counter counts the bytes that go through.
type counter struct {
	to    io.Writer
	bytes int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.to.Write(p)
	c.bytes += int64(n)
	return n, err
}
