package table

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"crema/connectors"
	"crema/queue"
	"crema/store"

	"github.com/google/go-cmp/cmp"
)

func (w *world) read(e Export) string {
	w.t.Helper()
	f, _, err := w.x.Open(e.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	defer f.Close()
	text, err := io.ReadAll(f)
	if err != nil {
		w.t.Error(err)
	}
	return strings.TrimPrefix(string(text), string(byteOrderMark))
}

func (w *world) export(table string, f Filter) Export {
	w.t.Helper()
	e, err := w.x.Export(w.t.Context(), table, f)
	if err != nil {
		w.t.Fatal(err)
	}
	w.idle()
	w.view(func(tx *store.Tx) (err error) { e, err = w.x.GetExport(tx, e.ID); return err })
	return e
}

// A job writes the file; it is there until it was kept long enough, and then it is gone, with
// its record. What was exported can be imported as it is.
func TestAsyncExport(t *testing.T) {
	w := newWorld(t)
	w.run("words", "key,text\na,'=1+1\nb,\"x\ny\"\nc,plain\n")
	e := w.export("words", nil)
	text := w.read(e)
	if want := "key,text,size,taken\r\na,'=1+1,,1\r\nb,\"x\r\ny\",,1\r\nc,plain,,1\r\n"; text != want {
		t.Errorf("%q, want %q", text, want)
	}
	if e.Records != 3 || e.Bytes != int64(len(text)+3) || e.Ended.IsZero() || e.Name() != "words-20260601.csv" {
		t.Errorf("%+v", e)
	}
	if again := w.run("words", text); again.Unchanged() != 3 {
		t.Errorf("imported again: %+v", again)
	}
	if some := w.read(w.export("words", Filter{"from": "c"})); some != "key,text,size,taken\r\nc,plain,,2\r\n" {
		t.Errorf("filtered: %q", some)
	}
	info, err := os.Stat(w.x.path(e.ID))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	w.queue.Clock.Advance(DefaultKeep + time.Hour)
	w.idle()
	if _, _, err := w.x.Open(e.ID); !errors.Is(err, ErrNoFile) {
		t.Errorf("after its time: %v", err)
	}
	if files, err := os.ReadDir(w.x.Dir); len(files) > 0 || err != nil {
		t.Errorf("%v is left, %v", files, err)
	}
}

func TestExportIsRefused(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		table string
		f     Filter
		want  string
	}{
		{"words", Filter{"to": "x"}, `an export of words has no filter "to": there are from`},
		{"words", Filter{"from": "nowhere"}, "from=nowhere: give a key"},
		{"sent", nil, "there is no such table for this; there are words, bindings"},
	} {
		if _, err := w.x.Export(t.Context(), c.table, c.f); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s %v: %v", c.table, c.f, err)
		}
	}
	if jobs := w.queue.Jobs(t, queue.Filter{}); len(jobs) > 0 {
		t.Errorf("%d jobs", len(jobs))
	}
}

// A restart removes what a power cut left of a file half written, and keeps the others; a file
// that is missing, as after a restored backup, is told so.
func TestExportAfterRestart(t *testing.T) {
	w := newWorld(t)
	w.run("words", "key\na\n")
	e := w.export("words", nil)
	half := filepath.Join(w.x.Dir, ".9.csv123")
	if err := os.WriteFile(half, []byte("key"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := w.x.Recover(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(half); err == nil {
		t.Error("half a file is left")
	}
	if !strings.Contains(w.read(e), "a,") {
		t.Error("a whole file is gone")
	}
	if err := os.Remove(w.x.path(e.ID)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.x.Open(e.ID); !errors.Is(err, ErrNoFile) || !strings.Contains(err.Error(), "export it again") {
		t.Errorf("%v", err)
	}
}

// The bindings of a board, exported, bind those of another one. What is bound to another
// record is refused by name.
func TestBindingsTable(t *testing.T) {
	w := newWorld(t)
	kind := connectors.NewKind("probe")
	w.queue.Update(t, func(tx *store.Tx) error {
		binder := connectors.NewBinder("kitchen", "res.partner")
		return errors.Join(connectors.Backends{}.Put(tx, connectors.Backend{Name: "kitchen", Kind: kind}),
			binder.Bind(tx, connectors.Binding{OdooID: 7, External: "0", Fingerprint: "f", Synced: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC)}),
			binder.Bind(tx, connectors.Binding{OdooID: 8, External: "=x"}))
	})
	i := w.run("bindings", `backend,model,odoo_id,external_id,archived
kitchen,res.partner,7,0,TRUE
kitchen,res.partner,9,'=y,
kitchen,res.partner,7,1,
kitchen,res.partner,10,0,
hall,res.partner,7,1,
kitchen,res.partner,0,1,
kitchen,res.partner,x,1,
kitchen,res.partner,8,=x,maybe
`)
	var lines bytes.Buffer
	for line := 2; line <= 9; line++ {
		lines.WriteString(w.refusedLines(i.ID)[line] + "\n")
	}
	want := `

odoo_id: res.partner 7 can't be bound to "1" of backend "kitchen": it is bound to "0"; correct it, or take that binding away first
external_id: "0" of backend "kitchen" can't be bound to res.partner 10: it is bound to 7; correct it, or take that binding away first
backend: backend "hall": there is no such backend; there are kitchen
odoo_id: "0" is no number that is possible; write a whole number from 1 on
odoo_id: "x" is no number that is possible; write a whole number from 1 on
archived: "maybe" is neither true nor false; write true or false
`
	if diff := cmp.Diff(want, lines.String()); diff != "" || i.Changed != 2 {
		t.Errorf("%+v (-want +got):\n%s", i, diff)
	}
	text := w.read(w.export("bindings", Filter{"backend": "kitchen"}))
	if want := "backend,model,odoo_id,external_id,archived,synced\r\nkitchen,res.partner,7,0,true,2026-05-01T00:00:00Z\r\n" +
		"kitchen,res.partner,8,'=x,false,\r\nkitchen,res.partner,9,'=y,false,\r\n"; text != want {
		t.Errorf("exported: %q", text)
	}
	if again := w.run("bindings", text); again.Unchanged() != 3 {
		t.Errorf("imported again: %+v", again)
	}
	w.view(func(tx *store.Tx) error {
		b, _, err := connectors.NewBinder("kitchen", "res.partner").Get(tx, 7)
		if b.Fingerprint != "f" || !b.Archived {
			t.Errorf("an import lost what was written: %+v", b)
		}
		return err
	})
}
