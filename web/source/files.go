package source

import (
	"context"
	"errors"
	"io"

	"crema/connectors/table"
	"crema/queue"
	"crema/store"
	"crema/web"
)

type files struct{ p *Parts }

func (s files) Tables() []web.Table {
	var list []web.Table
	for _, t := range s.p.Files.Tables() {
		list = append(list, web.Table{Name: t.Name, Text: t.Text, Imports: t.Imports(), Exports: t.Export != nil, Columns: columns(t.Columns), Filters: columns(t.Filters)})
	}
	return list
}

func columns(list []table.Column) []web.Column {
	all := []web.Column{}
	for _, c := range list {
		all = append(all, web.Column(c))
	}
	return all
}

func (s files) Import(ctx context.Context, name, file string, src io.Reader) (web.Import, error) {
	i, err := s.p.Files.Import(ctx, name, file, src)
	return imported(i), fileProblem(err)
}

func (s files) Imports(_ context.Context, p web.Paging) (web.Page[web.Import], error) {
	return fileList(s.p.Store, p, s.p.Files.ListImports, func(_ *store.Tx, i table.Import) (web.Import, error) { return imported(i), nil })
}

func (s files) GetImport(_ context.Context, name string) (web.Import, error) {
	return oneFile(s.p.Store, "import", name, s.p.Files.GetImport, func(_ *store.Tx, i table.Import) (web.Import, error) { return imported(i), nil })
}

func (s files) Refused(ctx context.Context, name string, to io.Writer) error {
	n, err := number("import", name)
	if err != nil {
		return err
	}
	return fileProblem(s.p.Files.Refused(ctx, n, to))
}

func (s files) Cancel(ctx context.Context, name string) error {
	n, err := number("import", name)
	if err != nil {
		return err
	}
	return fileProblem(s.p.Files.Cancel(ctx, n))
}

func (s files) Export(ctx context.Context, name string, filter map[string]string) (web.Export, error) {
	e, err := s.p.Files.Export(ctx, name, filter)
	if err != nil {
		return web.Export{}, fileProblem(err)
	}
	return s.GetExport(ctx, next(e.ID))
}

func (s files) Exports(_ context.Context, p web.Paging) (web.Page[web.Export], error) {
	return fileList(s.p.Store, p, s.p.Files.ListExports, s.exported)
}

func (s files) GetExport(_ context.Context, name string) (web.Export, error) {
	return oneFile(s.p.Store, "export", name, s.p.Files.GetExport, s.exported)
}

func (s files) Open(ctx context.Context, name string) (io.ReadCloser, web.Export, error) {
	n, err := number("export", name)
	if err != nil {
		return nil, web.Export{}, err
	}
	file, _, err := s.p.Files.Open(n)
	if err != nil {
		return nil, web.Export{}, fileProblem(err)
	}
	e, err := s.GetExport(ctx, name)
	if err != nil {
		return nil, e, errors.Join(err, file.Close())
	}
	return file, e, nil
}

func fileList[T, W any](s *store.Store, p web.Paging, list func(*store.Tx, uint64, int) ([]T, uint64, error), wire func(*store.Tx, T) (W, error)) (page web.Page[W], err error) {
	after, err := number("after", p.After)
	if err != nil {
		return page, err
	}
	err = s.View(func(tx *store.Tx) error {
		all, last, err := list(tx, after, p.Limit)
		page.Next = next(last)
		for _, v := range all {
			if err == nil {
				var w W
				w, err = wire(tx, v)
				page.Items = append(page.Items, w)
			}
		}
		return err
	})
	return page, err
}

func oneFile[T, W any](s *store.Store, what, name string, get func(*store.Tx, uint64) (T, error), wire func(*store.Tx, T) (W, error)) (w W, err error) {
	n, err := number(what, name)
	if err != nil {
		return w, err
	}
	err = s.View(func(tx *store.Tx) error {
		v, err := get(tx, n)
		if err == nil {
			w, err = wire(tx, v)
		}
		return err
	})
	return w, fileProblem(err)
}

// imported is an import on the wire.
func imported(i table.Import) web.Import {
	return web.Import{ID: id(i.ID), Table: i.Table, Name: i.Name, State: string(i.State), Records: i.Records, Done: i.Done, Changed: i.Changed, Unchanged: i.Unchanged(),
		Refused: i.Refused, Batch: id(uint64(i.Batch)), Job: id(uint64(i.Job)), Created: web.At(i.Created), Ended: web.At(i.Ended)}
}

// exported is an export on the wire; how far it is, its job says.
func (s files) exported(tx *store.Tx, e table.Export) (web.Export, error) {
	w := web.Export{ID: id(e.ID), Table: e.Table, Filter: e.Filter, Name: e.Name(), State: web.FileRunning, Records: e.Records, Bytes: e.Bytes,
		Job: id(uint64(e.Job)), Created: web.At(e.Created), Ended: web.At(e.Ended)}
	if !e.Ended.IsZero() {
		w.State = web.FileDone
		return w, nil
	}
	job, err := s.p.Queue.Get(tx, e.Job)
	if errors.Is(err, queue.ErrNotFound) { // pruned, so it has failed
		w.State = web.FileFailed
		return w, nil
	}
	switch w.Error = job.Error; job.State {
	case queue.StateFailed:
		w.State = web.FileFailed
	case queue.StateCancelled:
		w.State = web.FileCancelled
	}
	return w, err
}

// fileProblem gives errors of files their status and their advice.
func fileProblem(err error) error {
	if wrong, ok := errors.AsType[*table.FileError](err); ok {
		short := *wrong // its advice has a place of its own
		short.Fix = ""
		fix := wrong.Fix
		if fix == "" {
			fix = "correct it and ask again"
		}
		return web.Invalid(short.Error(), fix)
	}
	if errors.Is(err, table.ErrNoTable) || errors.Is(err, table.ErrNoFile) {
		problem := web.NotFound("", "", "")
		problem.Detail = err.Error()
		return problem
	}
	return asProblem(err)
}
