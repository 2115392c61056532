package command

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"

	"crema/web"
	"crema/web/client"
)

// refusedShown is how many refused records are told one by one.
const refusedShown = 5

// errEnough ends a file of which no more is wanted.
var errEnough = errors.New("enough was read")

// printRefused tells the first records that an import refused: their lines in the file, and why.
func printRefused(ctx context.Context, c *client.Client, i web.Import, out io.Writer) error {
	if i.Refused == 0 {
		return nil
	}
	r, w := io.Pipe()
	sent := make(chan error, 1)
	go func() {
		err := c.Refused(ctx, string(i.ID), w)
		w.CloseWithError(err)
		sent <- err
	}()
	told, err := readRefused(r, out)
	r.CloseWithError(errEnough)
	if serr := <-sent; serr != nil && !errors.Is(serr, errEnough) {
		return serr
	}
	if err != nil {
		return fmt.Errorf("refused records of import %s: %w", i.ID, err)
	}
	if more := i.Refused - told; more > 0 {
		fmt.Fprintf(out, "  and %d more\n", more)
	}
	return nil
}

// readRefused prints the first rows of a file of refused records, whose last two columns are the line and what is wrong.
func readRefused(r io.Reader, out io.Writer) (told int, err error) {
	rows := csv.NewReader(r)
	rows.ReuseRecord = true
	if _, err = rows.Read(); err != nil { // the columns' names
		return 0, err
	}
	for ; told < refusedShown; told++ {
		row, err := rows.Read()
		if errors.Is(err, io.EOF) {
			return told, nil
		}
		if err != nil {
			return told, err
		}
		if len(row) < 2 {
			return told, errors.New("a row without a line and a reason")
		}
		fmt.Fprintf(out, "  line %s: %s\n", row[len(row)-2], row[len(row)-1])
	}
	return told, nil
}
