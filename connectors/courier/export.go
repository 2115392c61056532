package courier

import (
	"context"
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
)

// period is what an export covers, by the days that it begins and ends with, and what stands
// for that in the name of its file. Days are those of the clock's zone.
func period(kind string, at time.Time) (name, from, to string) {
	year, month, day := at.Date()
	on := func(y int, m time.Month, d int) string {
		return time.Date(y, m, d, 12, 0, 0, 0, time.UTC).Format(time.DateOnly)
	} // no zone skips noon
	switch kind {
	case "last_day":
		from = on(year, month, day-1)
		return from, from, from
	case "last_month":
		from, to = on(year, month-1, 1), on(year, month, 0)
		return from[:len("2006-01")], from, to
	}
	return on(year, month, day), "", ""
}

// deliver writes each table to its file.
func (k *courier) deliver(ctx context.Context, w *connectors.Work, job *queue.Job[args]) (queue.Done, error) {
	tree, err := connectors.ClientOf[*files.Tree](w)
	if err != nil {
		return nil, err
	}
	zone := k.host.Zone
	if zone == nil {
		zone = time.UTC
	}
	name, from, to := period(w.Backend.Text(periodSetting), job.Args.Time.In(zone))
	wanted := w.Backend.Map(exportSetting)
	var results []string
	for _, t := range slices.Sorted(maps.Keys(wanted)) {
		file := strings.ReplaceAll(wanted[t], date, name)
		n, err := k.write(ctx, tree, t, file, k.filter(t, from, to))
		if err != nil {
			err = fmt.Errorf("export of %s to %s: %w", t, file, err)
			if errors.Is(err, table.ErrNoTable) {
				err = queue.Permanent(err) // the setting is wrong
			}
			return nil, err
		}
		results = append(results, file+": "+connectors.Counted(n, "record", "records"))
	}
	job.SetResult(strings.Join(results, ", "))
	return nil, nil
}

// filter narrows a table to some days, where it knows days.
func (k *courier) filter(name, from, to string) table.Filter {
	f := table.Filter{}
	for _, t := range k.x.Tables() {
		for _, c := range t.Filters {
			switch {
			case t.Name != name:
			case c.Name == "from" && from != "":
				f["from"] = from
			case c.Name == "to" && to != "":
				f["to"] = to
			}
		}
	}
	return f
}

// write sends a table as a file, as it is read.
func (k *courier) write(ctx context.Context, tree *files.Tree, name, file string, f table.Filter) (records int, err error) {
	if err := makeDirs(ctx, tree, path.Dir(file)); err != nil {
		return 0, err
	}
	from, to := io.Pipe()
	written := make(chan error, 1)
	go func() {
		n, _, err := k.x.Write(ctx, name, f, to)
		records = n
		written <- errors.Join(err, to.CloseWithError(err))
	}()
	sent := tree.Replace(ctx, file, from)
	// Where the sending failed, this ends the writing.
	_ = from.CloseWithError(sent)
	err = <-written
	if sent != nil {
		return records, sent // which is the writing's error, where that came first
	}
	return records, err
}

// makeDirs makes a directory with all above it.
func makeDirs(ctx context.Context, tree *files.Tree, dir string) error {
	if dir == "." {
		return nil
	}
	if info, err := tree.Stat(ctx, dir); err == nil && info.Directory {
		return nil
	}
	if err := makeDirs(ctx, tree, path.Dir(dir)); err != nil {
		return err
	}
	if err := tree.Mkdir(ctx, dir); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}
