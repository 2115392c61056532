package client

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"crema/web"
)

// Tables is the sorts of records that files bring and take away.
func (c *Client) Tables(ctx context.Context) ([]web.Table, error) {
	page, err := get[web.Page[web.Table]](ctx, c, path("tables"), nil)
	return page.Items, err
}

// Import sends a file, and returns its import once the board has it whole; see [Client.WaitImport].
func (c *Client) Import(ctx context.Context, table, name string, file io.Reader) (i web.Import, err error) {
	err = c.doWith(ctx, http.MethodPost, path("imports"), url.Values{"table": {table}, "name": {name}}, "text/csv; charset=utf-8", struct{ io.Reader }{file}, &i) // whose file it is closes it
	return i, err
}

// GetImport is one import.
func (c *Client) GetImport(ctx context.Context, id string) (web.Import, error) {
	return get[web.Import](ctx, c, path("imports", id), nil)
}

// Refused writes the refused records of an import to w, as a CSV file. After an error what was
// written is not whole.
func (c *Client) Refused(ctx context.Context, id string, w io.Writer) error {
	return c.download(ctx, path("imports", id, "refused"), w)
}

// Export has the records that a filter takes written into a file; see [Client.WaitExport].
func (c *Client) Export(ctx context.Context, table string, filter map[string]string) (web.Export, error) {
	return post[web.Export](ctx, c, path("exports"), map[string]any{"table": table, "filter": filter})
}

// GetExport is one export.
func (c *Client) GetExport(ctx context.Context, id string) (web.Export, error) {
	return get[web.Export](ctx, c, path("exports", id), nil)
}

// Exported writes the file of an export to w. After an error what was written is not whole.
func (c *Client) Exported(ctx context.Context, id string, w io.Writer) error {
	return c.download(ctx, path("exports", id, "file"), w)
}

// WaitImport waits until nothing more happens with an import by itself, and returns it. seen
// is told of it each time it has changed. It ends with ctx.
func (c *Client) WaitImport(ctx context.Context, id string, seen func(web.Import)) (web.Import, error) {
	return waitFile(ctx, func() (web.Import, error) { return c.GetImport(ctx, id) }, web.Import.Over, seen)
}

// WaitExport waits for an export as WaitImport does.
func (c *Client) WaitExport(ctx context.Context, id string) (web.Export, error) {
	return waitFile(ctx, func() (web.Export, error) { return c.GetExport(ctx, id) }, web.Export.Over, func(web.Export) {})
}

func waitFile[T any](ctx context.Context, look func() (T, error), over func(T) bool, seen func(T)) (last T, err error) {
	for {
		now, err := look()
		if err != nil && !passing(err) {
			return last, err
		}
		if err == nil {
			last = now
			if seen(now); over(now) {
				return now, nil
			}
		}
		select {
		case <-ctx.Done():
			return last, context.Cause(ctx)
		case <-time.After(lookSoon):
		}
	}
}

func (c *Client) download(ctx context.Context, path string, w io.Writer) error {
	res, err := c.send(ctx, http.MethodGet, path, nil, nil)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	if _, err := io.Copy(w, res.Body); err != nil {
		return fmt.Errorf("the file is not whole: %w", err)
	}
	return nil
}
