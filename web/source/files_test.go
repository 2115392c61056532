package source

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"crema/connectors"
	"crema/connectors/table"
	"crema/queue"
	"crema/store"
	"crema/web"
	"crema/web/client"
	"crema/web/webtest"
)

// TestFiles: a file goes in, is imported by real jobs, and comes out again, by the API's client; what can't be is a
// problem of its status.
func TestFiles(t *testing.T) {
	p, _ := newParts(t, queue.Config{})
	p.CheckToken = func(token string) bool { return token == webtest.Token }
	var err error
	p.Files, err = table.New(table.Config{Store: p.Store, Queue: p.Queue, Checkpoints: p.Checkpoints, Dir: t.TempDir()},
		table.Bindings(p.Store, func(*store.Tx, connectors.Binding) error { return nil }))
	if err != nil {
		t.Fatal(err)
	}
	err = p.Store.Update(t.Context(), func(tx *store.Tx) error {
		return connectors.Backends{}.Put(tx, connectors.Backend{Name: "office", Kind: connectors.NewKind("files").Version("os")})
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(web.New(web.Config{}, p.Deps()).Handler())
	defer server.Close()
	c := client.New(server.URL, webtest.Token)
	defer c.Close()
	ctx := t.Context()
	drain := func() {
		t.Helper()
		if err := p.Queue.Drain(ctx); err != nil {
			t.Fatal(err)
		}
	}

	i, err := c.Import(ctx, "bindings", `C:\My Files\b.csv`, strings.NewReader("backend,model,odoo_id,external_id\noffice,res.partner,7,0\noffice,res.partner,x,1\n"))
	if err != nil || i.State != web.FileRunning || i.Records != 2 || i.Name != "b.csv" || i.Job == "" {
		t.Fatalf("%+v, %v", i, err)
	}
	drain()
	i, err = c.WaitImport(ctx, string(i.ID), func(web.Import) {})
	if err != nil || i.State != web.FileDone || i.Changed != 1 || i.Refused != 1 || i.Ended.IsZero() {
		t.Errorf("%+v, %v", i, err)
	}
	var refused strings.Builder
	if err := c.Refused(ctx, string(i.ID), &refused); err != nil || !strings.Contains(refused.String(), `office,res.partner,x,1,3,`) {
		t.Errorf("%q, %v", refused.String(), err)
	}
	e, err := c.Export(ctx, "bindings", map[string]string{"backend": "office"})
	if err != nil || e.State != web.FileRunning {
		t.Fatalf("%+v, %v", e, err)
	}
	if err := c.Exported(ctx, string(e.ID), &refused); !client.IsNotFound(err) {
		t.Errorf("a file that is not written yet: %v", err)
	}
	drain()
	var out strings.Builder
	if e, err = c.WaitExport(ctx, string(e.ID)); err != nil || e.State != web.FileDone || e.Records != 1 {
		t.Errorf("%+v, %v", e, err)
	}
	if err := c.Exported(ctx, string(e.ID), &out); err != nil || !strings.Contains(out.String(), "office,res.partner,7,0,false,") {
		t.Errorf("%q, %v", out.String(), err)
	}
	if tables, err := c.Tables(ctx); err != nil || len(tables) != 1 || !tables[0].Imports || !tables[0].Exports || !tables[0].Columns[0].Required {
		t.Errorf("%+v, %v", tables, err)
	}
	for what, err := range map[string]error{
		"a file without a column": second(c.Import(ctx, "bindings", "x", strings.NewReader("backend\nx\n"))),
		"a file of 11 MB":         second(c.Import(ctx, "bindings", "x", strings.NewReader("backend,model,odoo_id,external_id\n"+strings.Repeat("office,res.partner,8,8\n", 500_000)))),
		"a filter":                second(c.Export(ctx, "bindings", map[string]string{"colour": "red"})),
	} {
		if problem, ok := err.(*web.Problem); !ok || problem.Status != http.StatusBadRequest || problem.Fix == "" {
			t.Errorf("%s: %v", what, err)
		}
	}
	for what, err := range map[string]error{
		"a table": second(c.Import(ctx, "nothing", "x", strings.NewReader(""))), "an import": second(c.GetImport(ctx, "99")), "an export": second(c.GetExport(ctx, "99")),
	} {
		if !client.IsNotFound(err) {
			t.Errorf("%s that there is not: %v", what, err)
		}
	}
}

func second[T any](_ T, err error) error { return err }
