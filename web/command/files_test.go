package command

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"crema/web"
	"crema/web/webtest"
)

// An import waits, says what became of the records, and fails where some were refused, whose
// file it writes.
func TestImportFile(t *testing.T) {
	b := webtest.Sample()
	dir := boardDir(t, b)
	file := filepath.Join(t.TempDir(), "slots.csv")
	if err := os.WriteFile(file, []byte("backend,slot\nkitchen,0\nkitchen,1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := run(t, dir, false, importFile{Table: "slots", File: file, Timeout: time.Minute})
	if err != nil || out != "2 records: 2 imported, 0 unchanged, 0 refused\n" {
		t.Errorf("%q, %v", out, err)
	}
	if asked := b.Asked[len(b.Asked)-1]; asked != "import slots slots.csv 33" {
		t.Errorf("asked: %s", asked)
	}
	b.Change(func(b *webtest.Board) { b.Refusals = "slot,line,error\r\n1,3,no\r\n" })
	out, err = run(t, dir, false, importFile{Table: "slots", File: file, Timeout: time.Minute})
	if out != "2 records: 1 imported, 0 unchanged, 1 refused\n  line 3: no\n" || err == nil || !strings.Contains(err.Error(), "1 record was refused: --refused FILE") {
		t.Errorf("%q, %v", out, err)
	}
	refused := filepath.Join(t.TempDir(), "refused.csv")
	out, err = run(t, dir, true, importFile{Table: "slots", File: file, Refused: refused, Timeout: time.Minute})
	var i web.Import
	if json.Unmarshal([]byte(out), &i) != nil || i.Refused != 1 || i.State != web.FileDone || err == nil || !strings.Contains(err.Error(), "1 record was refused: correct them in "+refused) {
		t.Errorf("%q, %v", out, err)
	}
	if text, err := os.ReadFile(refused); err != nil || string(text) != b.Refusals {
		t.Errorf("the refused ones: %q, %v", text, err)
	}
	if _, err := run(t, dir, false, importFile{Table: "cups", File: file, Timeout: time.Minute}); err == nil || !strings.Contains(err.Error(), "there is no table \"cups\"") {
		t.Errorf("no such table: %v", err)
	}
	if out, err := run(t, dir, false, importFile{Table: "slots", File: file, NoWait: true}); err != nil || !strings.HasPrefix(out, "import 4, job ") {
		t.Errorf("%q, %v", out, err)
	}
}

// The first refused records are told with their lines in the file, whatever stands in them; of very many only the number of the others.
func TestImportTellsRefused(t *testing.T) {
	b := webtest.Sample()
	dir := boardDir(t, b)
	file := filepath.Join(t.TempDir(), "slots.csv")
	rows := "backend,slot\n" + strings.Repeat("kitchen,0\n", 100_000)
	if err := os.WriteFile(file, []byte(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	refusals := "slot,line,error\r\n\"1\n2\",3,\"no, \"\"1\"\"\"\r\n" + strings.Repeat("1,77,no\r\n", 99_000)
	b.Change(func(b *webtest.Board) { b.Refusals = refusals })
	out, err := run(t, dir, false, importFile{Table: "slots", File: file, Timeout: time.Minute})
	_, told, _ := strings.Cut(out, "\n")
	if want := "  line 3: no, \"1\"\n" + strings.Repeat("  line 77: no\n", 4) + "  and 98996 more\n"; told != want || err == nil {
		t.Errorf("told %q, want %q (%v)", told, want, err)
	}
}

// An export brings the file here, or prints it; what is there is not written over.
func TestExportTable(t *testing.T) {
	b := webtest.Sample()
	b.Exported = "key\r\nk1\r\nk2\r\n"
	dir := boardDir(t, b)
	out, err := run(t, dir, false, exportTable{Table: "cups", Filter: map[string]string{"from": "2026-03-01"}, Timeout: time.Minute})
	if err != nil || out != b.Exported || b.Asked[len(b.Asked)-1] != "export cups map[from:2026-03-01]" {
		t.Errorf("%q, %v, asked %v", out, err, b.Asked)
	}
	file := filepath.Join(t.TempDir(), "cups.csv")
	out, err = run(t, dir, false, exportTable{Table: "cups", File: file, Timeout: time.Minute})
	if text, errRead := os.ReadFile(file); err != nil || errRead != nil || string(text) != b.Exported || out != file+": 2 records\n" {
		t.Errorf("%q, %v, %q", out, err, text)
	}
	if _, err := run(t, dir, false, exportTable{Table: "cups", File: file, Timeout: time.Minute}); err == nil || !strings.Contains(err.Error(), "--force") {
		t.Errorf("written over: %v", err)
	}
	if _, err := run(t, dir, false, exportTable{Table: "cups", File: file, Force: true, Timeout: time.Minute}); err != nil {
		t.Error(err)
	}
}
