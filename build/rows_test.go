package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestRows proves that each row of rows.md has an answer: tests that exist, with what it
// will come, or why it is not needed.
func TestRows(t *testing.T) {
	text, err := os.ReadFile("rows.md")
	if err != nil {
		t.Fatal(err)
	}
	tests := map[string]bool{}
	for _, p := range packages(t) {
		for _, name := range testsOf(t, p) {
			tests[path.Base(p.ImportPath)+"."+name] = true
		}
	}
	named := regexp.MustCompile(`\b[a-z0-9]+\.(?:Test|Fuzz|Example)\w+`)
	rows := 0
	for _, line := range strings.Split(string(text), "\n") {
		cells := strings.Split(strings.Trim(line, "| "), " | ")
		if !strings.HasPrefix(line, "| ") || len(cells) < 2 || cells[0] == "feature" || strings.HasPrefix(cells[0], "---") {
			continue
		}
		rows++
		shown := named.FindAllString(cells[1], -1)
		for _, name := range shown {
			if !tests[name] {
				t.Errorf("%s: there is no test %s", cells[0], name)
			}
		}
		if len(shown) == 0 && !strings.Contains(cells[1], "later: ") && !strings.Contains(cells[1], "not needed") {
			t.Errorf("%s: no test shows it, and nothing says when it comes or why it isn't needed", cells[0])
		}
	}
	if want := 130; rows != want {
		t.Errorf("%d rows, want %d", rows, want)
	}
}

// testsOf names the tests of a package.
func testsOf(t *testing.T, p pkg) (names []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(p.Dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil {
				names = append(names, fn.Name.Name)
			}
		}
	}
	return names
}
