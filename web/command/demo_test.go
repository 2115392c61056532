package command

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
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
