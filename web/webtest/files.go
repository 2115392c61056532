package webtest

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"crema/web"
)

type files struct{ *Board }

func (b files) Tables() []web.Table {
	backend := web.Column{Name: "backend", Help: "name of the machine", Example: "kitchen", Required: true}
	return []web.Table{
		{Name: "slots", Text: "Which drink is in which slot of a machine", Imports: true, Exports: true, Filters: []web.Column{{Name: "backend", Help: "of this machine", Example: "kitchen"}},
			Columns: []web.Column{backend, {Name: "slot", Help: "number of the slot, from 0", Example: "0", Required: true},
				{Name: "default_code", Help: "the drink’s code in Odoo", Example: "ESPRESSO"}, {Name: "price", Help: "what the machine takes", Shown: true}}},
		{Name: "cups", Text: "Every cup, and whether it is booked", Exports: true, Columns: []web.Column{{Name: "key", Shown: true}},
			Filters: []web.Column{{Name: "from", Help: "made on this day or later", Example: "2026-11-01"}, {Name: "to", Help: "made on this day or earlier", Example: "2026-11-30"}}},
	}
}

func (b files) Import(_ context.Context, table, name string, file io.Reader) (web.Import, error) {
	text, err := io.ReadAll(file)
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case err != nil:
		return web.Import{}, err
	case b.Err != nil:
		return web.Import{}, b.Err
	case table != "slots":
		return web.Import{}, web.NotFound("table", table, "there are slots")
	case !strings.HasPrefix(string(text), "backend,slot"):
		return web.Import{}, web.Invalid("line 1: there is no column \"x\"", "slots has the columns backend, slot, default_code")
	}
	b.ask("import %s %s %d", table, name, len(text))
	i := web.Import{ID: web.ID(fmt.Sprint(len(b.Board.Imports) + 1)), Table: table, Name: name, State: web.FileRunning, Records: strings.Count(string(text), "\n") - 1, Created: web.At(Now()),
		Batch: "9", Job: web.ID(b.start("table.import", "import of "+name, ""))}
	b.Board.Imports = append(b.Board.Imports, i)
	return i, nil
}

func (b files) Imports(_ context.Context, p web.Paging) (web.Page[web.Import], error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return paged(b.Board.Imports, p, func(web.Import) bool { return true }), b.Err
}

// GetImport is an import at its next look: what ran is over, with the records of Refusals refused.
func (b files) GetImport(_ context.Context, id string) (web.Import, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.IndexFunc(b.Board.Imports, func(i web.Import) bool { return string(i.ID) == id })
	if i < 0 {
		return web.Import{}, web.NotFound("import", id, "look at the list")
	}
	if is := &b.Board.Imports[i]; is.State == web.FileRunning {
		is.State, is.Done, is.Refused = web.FileDone, is.Records, max(strings.Count(b.Refusals, "\r\n")-1, 0)
		is.Changed = is.Records - is.Refused
	}
	return b.Board.Imports[i], b.Err
}

func (b files) Refused(ctx context.Context, id string, to io.Writer) error {
	if _, err := b.GetImport(ctx, id); err != nil {
		return err
	}
	_, err := io.WriteString(to, b.Refusals)
	return err
}

func (b files) Cancel(ctx context.Context, id string) error {
	if _, err := b.GetImport(ctx, id); err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ask("cancel import %s", id)
	for n := range b.Board.Imports {
		if string(b.Board.Imports[n].ID) == id {
			b.Board.Imports[n].State = web.FileCancelled
		}
	}
	return b.Err
}

func (b files) Export(_ context.Context, table string, filter map[string]string) (web.Export, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.Err != nil || filter["from"] == "never" {
		return web.Export{}, firstError(b.Err, web.Invalid("from=never is no day", "write it as 2026-11-30"))
	}
	b.ask("export %s %v", table, filter)
	e := web.Export{ID: web.ID(fmt.Sprint(len(b.Board.Exports) + 1)), Table: table, Filter: filter, Name: table + "-20260312.csv", State: web.FileRunning, Created: web.At(Now()),
		Job: web.ID(b.start("table.export", "export of "+table, ""))}
	b.Board.Exports = append(b.Board.Exports, e)
	return e, nil
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (b files) Exports(_ context.Context, p web.Paging) (web.Page[web.Export], error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return paged(b.Board.Exports, p, func(web.Export) bool { return true }), b.Err
}

// GetExport is an export at its next look: what ran is over.
func (b files) GetExport(_ context.Context, id string) (web.Export, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.IndexFunc(b.Board.Exports, func(e web.Export) bool { return string(e.ID) == id })
	if i < 0 {
		return web.Export{}, web.NotFound("export", id, "look at the list")
	}
	if is := &b.Board.Exports[i]; is.State == web.FileRunning {
		is.State, is.Records = web.FileDone, strings.Count(b.Exported, "\n")-1
	}
	return b.Board.Exports[i], b.Err
}

func (b files) Open(ctx context.Context, id string) (io.ReadCloser, web.Export, error) {
	e, err := b.GetExport(ctx, id)
	if err == nil && e.State != web.FileDone {
		err = web.NotFound("file of the export", id, "its job writes it")
	}
	if err != nil {
		return nil, e, err
	}
	return io.NopCloser(strings.NewReader(b.Exported)), e, nil
}
