package command

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"crema/web"
	"crema/web/client"
	"crema/web/webtest"
)

// boardDir is a data directory in which the commands find b.
func boardDir(t *testing.T, b *webtest.Board) string {
	t.Helper()
	site := httptest.NewServer(web.New(web.Config{}, b.Deps()).Handler())
	t.Cleanup(site.Close)
	dir := t.TempDir()
	if _, err := client.Announce(dir, site.Listener.Addr()); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, client.TokenFile), []byte(webtest.Token+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

type runner interface {
	Run(context.Context, *Globals, io.Writer) error
}

// run runs a command on a data directory and returns what it printed.
func run(t *testing.T, dir string, asJSON bool, c runner) (string, error) {
	t.Helper()
	config := filepath.Join(t.TempDir(), "crema.toml")
	if err := os.WriteFile(config, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	err := c.Run(t.Context(), &Globals{Config: config, Data: dir, JSON: asJSON}, &out)
	return out.String(), err
}

// A list is a list in JSON, an empty one too: who pipes it somewhere need not know null.
func TestEmptyListsAreLists(t *testing.T) {
	dir := boardDir(t, webtest.Empty())
	for name, c := range map[string]runner{"backend list": backendList{}, "job list": jobList{Limit: 100}} {
		out, err := run(t, dir, true, c)
		if err != nil || strings.TrimSpace(out) != "[]" {
			t.Errorf("%s --json = %q, %v, want []", name, out, err)
		}
	}
}

func TestJobList(t *testing.T) {
	b := webtest.Troubled()
	dir := boardDir(t, b)
	out, err := run(t, dir, true, jobList{Limit: 2})
	var jobs []web.Job
	if err != nil || json.Unmarshal([]byte(out), &jobs) != nil || len(jobs) != 2 {
		t.Errorf("job list --limit 2 = %s, %v", out, err)
	}
	out, err = run(t, dir, false, jobList{Limit: 100, jobFilter: jobFilter{State: web.JobFailed}})
	if lines := strings.Split(strings.TrimSpace(out), "\n"); err != nil || len(lines) != 2 || !strings.HasPrefix(lines[0], "ID") || !strings.Contains(lines[1], "failed") {
		t.Errorf("job list --state failed = %s, %v", out, err)
	}
	for limit, good := range map[int]bool{-1: false, 0: false, 1: true} {
		if err := (jobList{Limit: limit}).Validate(); (err == nil) != good {
			t.Errorf("--limit %d: %v", limit, err)
		}
	}
}

// A finding is a failure: its text is what is printed, the error says how many.
func TestBackendTest(t *testing.T) {
	b := webtest.Sample()
	dir := boardDir(t, b)
	out, err := run(t, dir, false, backendTest{backendName{"kitchen"}})
	if err != nil || out != "all is well\n" {
		t.Errorf("a good test: %q, %v", out, err)
	}
	b.Change(func(b *webtest.Board) {
		b.Report = web.Report{Findings: []web.Finding{{Code: "odoo", Text: "Odoo is away.", Fix: "Wait."}}}
	})
	out, err = run(t, dir, false, backendTest{backendName{"kitchen"}})
	if err == nil || err.Error() != "kitchen: 1 thing is missing" || out != "Odoo is away.\n  → Wait.\n" {
		t.Errorf("a bad test: %q, %v", out, err)
	}
	if _, err := run(t, dir, false, backendTest{backendName{"attic"}}); !client.IsNotFound(err) {
		t.Errorf("an unknown backend: %v", err)
	}
}

func TestSync(t *testing.T) {
	b := webtest.Sample()
	dir := boardDir(t, b)
	out, err := run(t, dir, false, sync{Name: "kitchen", Flow: "catalogue", NoWait: true})
	if err != nil || !strings.HasPrefix(out, "job ") {
		t.Errorf("sync --no-wait = %q, %v", out, err)
	}
	_, err = run(t, dir, false, sync{Name: "kitchen", Flow: "catalogue", Timeout: 50 * time.Millisecond})
	if err == nil || !strings.Contains(err.Error(), "still runs after 50ms; it goes on: crema job show ") {
		t.Errorf("sync of a job that nobody runs: %v", err)
	}
}

// The help of `sync` names every flow of a coffee machine.
func TestSyncHelp(t *testing.T) {
	flow, _ := reflect.TypeFor[sync]().FieldByName("Flow")
	for _, name := range []string{"catalogue", "cups", "sales", "reconcile", "alarms", "stock", "clock"} {
		if !strings.Contains(flow.Tag.Get("help"), name) {
			t.Errorf("nothing of %s in %q", name, flow.Tag.Get("help"))
		}
	}
}

// Without a board, `check` looks at the store itself, and the others say how to start one.
func TestNoBoard(t *testing.T) {
	dir := t.TempDir()
	if _, err := run(t, dir, false, check{}); err == nil || !strings.Contains(err.Error(), "no store in "+dir) {
		t.Errorf("check of nothing: %v", err)
	}
	if _, err := run(t, dir, false, backendList{}); err == nil || !strings.Contains(err.Error(), "crema serve") {
		t.Errorf("backend list without a board: %v", err)
	}
	if err := os.WriteFile(filepath.Join(dir, StoreName), []byte("not a store"), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := run(t, dir, true, check{})
	var report web.Report
	if err == nil || json.Unmarshal([]byte(out), &report) != nil || report.OK || len(report.Findings) != 1 {
		t.Errorf("check of a damaged store: %s, %v", out, err)
	}
}

// A wrong configuration is wrong usage; what a board answers is not.
func TestIsUsage(t *testing.T) {
	_, err := (&Globals{Config: filepath.Join(t.TempDir(), "none.toml")}).Load("")
	if !IsUsage(err) {
		t.Errorf("a missing --config: %v", err)
	}
	if IsUsage(web.NotFound("backend", "attic", "")) {
		t.Error("an unknown backend is no wrong usage")
	}
}

// Books that don't agree are no damage of the store.
func TestCheckOfBooks(t *testing.T) {
	b := webtest.Sample()
	b.Report = web.Report{Findings: []web.Finding{{Code: web.CodeBooks, Text: "kitchen: 2 that were booked are not in Odoo any more", Fix: "Look in Odoo."}}}
	out, err := run(t, boardDir(t, b), false, check{})
	if err == nil || err.Error() != "the books don't agree" || !strings.Contains(out, "not in Odoo any more") {
		t.Errorf("check of books that differ: %s, %v", out, err)
	}
}
