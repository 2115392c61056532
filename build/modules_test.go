package main

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// TestModules holds the table in README.md against go.mod: who adds a module says there
// what it is for.
func TestModules(t *testing.T) {
	cmd := exec.Command("go", "mod", "edit", "-json")
	cmd.Dir, cmd.Stderr = "..", os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var mod struct {
		Require []struct {
			Path     string
			Indirect bool
		}
	}
	if err := json.Unmarshal(out, &mod); err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	_, table, _ := strings.Cut(string(readme), "| module |")
	for _, line := range strings.Split(table, "\n")[2:] {
		cells := strings.Split(line, "|")
		if len(cells) != 5 {
			break
		}
		listed[strings.TrimSpace(cells[1])] = true
	}
	for _, r := range mod.Require {
		if !r.Indirect && !listed[r.Path] {
			t.Errorf("README.md does not say what %s is for", r.Path)
		}
		if !r.Indirect {
			delete(listed, r.Path)
		}
	}
	for _, path := range slices.Sorted(maps.Keys(listed)) {
		t.Errorf("README.md lists %s, which crema does not stand on", path)
	}
}
