package command

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"crema/web/client"
	"crema/web/webtest"
)

// Two demos in one directory would take each other's machines and Odoo away.
func TestDemoDirIsHeld(t *testing.T) {
	g := &Globals{Data: filepath.Join(t.TempDir(), "a", "demo")}
	dir, release, err := g.DemoDir()
	if err != nil || dir != g.Data {
		t.Fatalf("DemoDir = %q, %v", dir, err)
	}
	if _, _, err := g.DemoDir(); err == nil || !strings.Contains(err.Error(), "a demo runs in "+dir) {
		t.Errorf("a second demo: %v", err)
	}
	release()
	if _, release, err = g.DemoDir(); err != nil {
		t.Fatalf("after the first has ended: %v", err)
	}
	release()
}

func TestDemoDirCannotBeMade(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := (&Globals{Data: file}).DemoDir(); err == nil || !strings.Contains(err.Error(), "--data") {
		t.Errorf("a file in its place: %v", err)
	}
}

// The directory that the demo was given is the one that people give to the commands.
func TestCommandsFindTheDemo(t *testing.T) {
	dir := boardDir(t, webtest.Troubled())
	demo := t.TempDir()
	if err := os.Symlink(dir, filepath.Join(demo, "board")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{filepath.Join(demo, "demo.toml"), filepath.Join(dir, StoreName)} {
		if _, err := run(t, demo, false, jobList{Limit: 1}); !errors.Is(err, client.ErrNoBoard) {
			t.Errorf("a directory that is no demo's: %v", err)
		}
		if err := os.WriteFile(name, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if out, err := run(t, demo, false, jobList{Limit: 1}); err != nil || !strings.Contains(out, "coffee.") {
		t.Errorf("job list --data of a demo = %q, %v", out, err)
	}
}
