package coffee_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// readMethods are the methods of Odoo that change nothing.
var readMethods = []string{"search_read", "search_count", "read", "context_get", "get_installed", "has_access", "get_external_id", "fields_get"}

// anyModel are the calls whose model their caller gives: Records writes for a connector's own adapters, and the machines
// have none; the models of Load and LoadRows are found where these are called.
var anyModel = map[string]bool{"records.go load": true, "records.go write": true, "load.go load": true}

// TestCallsAreInTheTable finds each call to Odoo that changes something, and holds them against the table of doc_calls.go.
func TestCallsAreInTheTable(t *testing.T) {
	made := map[string][]string{} // call → where
	for _, dir := range []string{"../odoo", "."} {
		err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.IsDir() {
				return err
			}
			if d.Name() == "standin" || d.Name() == "testdata" {
				return fs.SkipDir
			}
			return findCalls(path, made)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile("doc_calls.go")
	if err != nil {
		t.Fatal(err)
	}
	rows := map[string]bool{}
	for _, row := range regexp.MustCompile(`(?m)^//\t([a-z.]+/[a-z_]+)`).FindAllStringSubmatch(string(text), -1) {
		rows[row[1]] = true
	}
	if len(made) < 10 || len(rows) < 10 {
		t.Fatalf("%d calls and %d rows were found: this test can't read them any more", len(made), len(rows))
	}
	for _, call := range slices.Sorted(maps.Keys(made)) {
		if !rows[call] {
			t.Errorf("%s (%s) has no row in doc_calls.go: say what makes it safe to make again", call, strings.Join(made[call], ", "))
		}
	}
	for _, row := range slices.Sorted(maps.Keys(rows)) {
		if made[row] == nil {
			t.Errorf("doc_calls.go has a row for %s, and nobody calls it", row)
		}
	}
}

// findCalls collects the calls in the files of a directory.
func findCalls(dir string, made map[string][]string) error {
	names, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return err
	}
	files, set := map[string]*ast.File{}, token.NewFileSet()
	known := map[string]string{} // the package's constants
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(set, name, nil, 0)
		if err != nil {
			return err
		}
		files[name] = f
		for _, d := range f.Decls {
			if g, is := d.(*ast.GenDecl); is {
				constants(g, known)
			}
		}
	}
	for name, f := range files {
		for _, d := range f.Decls {
			local := maps.Clone(known)
			ast.Inspect(d, func(n ast.Node) bool {
				if g, is := n.(*ast.GenDecl); is {
					constants(g, local)
				}
				return true
			})
			ast.Inspect(d, func(n ast.Node) bool {
				c, is := n.(*ast.CallExpr)
				if !is {
					return true
				}
				model, method, is := odooCall(c, local)
				at := filepath.Base(name)
				switch {
				case !is || slices.Contains(readMethods, method):
				case model == "" || method == "":
					if !anyModel[at+" "+method] {
						err = fmt.Errorf("%s: a call to Odoo whose model or method can't be told: make it a constant", set.Position(c.Pos()))
					}
				default:
					made[model+"/"+method] = append(made[model+"/"+method], at)
				}
				return true
			})
		}
	}
	return err
}

// constants adds the texts that a declaration names.
func constants(g *ast.GenDecl, known map[string]string) {
	if g.Tok != token.CONST {
		return
	}
	for _, s := range g.Specs {
		v := s.(*ast.ValueSpec)
		for i, name := range v.Names {
			if i < len(v.Values) {
				if text := textOf(v.Values[i], known); text != "" {
					known[name.Name] = text
				}
			}
		}
	}
}

// odooCall tells whether an expression calls Odoo, and what; model or method is "" where that isn't a constant.
func odooCall(c *ast.CallExpr, known map[string]string) (model, method string, is bool) {
	name := ""
	switch f := c.Fun.(type) {
	case *ast.SelectorExpr:
		name = f.Sel.Name
	case *ast.Ident:
		name = f.Name
	}
	switch {
	case name == "Call" && len(c.Args) == 5:
		return textOf(c.Args[1], known), textOf(c.Args[2], known), true
	case (name == "LoadRows" || name == "Load") && len(c.Args) >= 5:
		return textOf(c.Args[2], known), "load", true
	}
	return "", "", false
}

func textOf(e ast.Expr, known map[string]string) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, _ := strconv.Unquote(e.Value)
		return text
	case *ast.Ident:
		return known[e.Name]
	case *ast.SelectorExpr:
		return known[e.Sel.Name]
	}
	return ""
}
