package queue

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestAcceptance proves that the documentation names tests that exist.
func TestAcceptance(t *testing.T) {
	doc, err := os.ReadFile("doc_acceptance.go")
	if err != nil {
		t.Fatal(err)
	}
	dirs := map[string]string{"": ".", "web": "../web", "store": "../store", "queuetest": "queuetest", "source": "../web/source", "command": "../web/command", "coffee": "../connectors/coffee"}
	known := map[string]map[string]bool{}
	named := regexp.MustCompile(`(?:\b([a-z]+)\.)?\b((?:Test|Fuzz)[A-Z]\w*)`)
	for _, m := range named.FindAllStringSubmatch(string(doc), -1) {
		pkg, name := m[1], m[2]
		dir, ok := dirs[pkg]
		if !ok {
			t.Errorf("%s: no such package", m[0])
			continue
		}
		if known[pkg] == nil {
			known[pkg] = testsOf(t, dir)
		}
		if !known[pkg][name] {
			t.Errorf("%s: no such test in %s", m[0], dir)
		}
	}
}

func testsOf(t *testing.T, dir string) map[string]bool {
	t.Helper()
	tests := map[string]bool{}
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && (strings.HasPrefix(fn.Name.Name, "Test") || strings.HasPrefix(fn.Name.Name, "Fuzz")) {
				tests[fn.Name.Name] = true
			}
		}
	}
	return tests
}
