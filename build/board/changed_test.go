package board

import (
	"go/parser"
	"go/token"
	"path/filepath"
	"testing"
)

// TestChanges: the sources still say what the controls' crema has differently, and are Go with it.
func TestChanges(t *testing.T) {
	for file, words := range changes {
		to := filepath.Join(t.TempDir(), "edited.go")
		if err := edit(filepath.Join("..", "..", file), to, words); err != nil {
			t.Error(err)
		} else if _, err := parser.ParseFile(token.NewFileSet(), to, nil, parser.AllErrors); err != nil {
			t.Errorf("%s: %v", file, err)
		}
	}
}
