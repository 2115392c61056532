package main

import (
	"go/ast"
	"go/token"
	"slices"
	"strconv"
	"testing"
)

// TestNoConnectorIsSpecial holds the connectors that crema comes with to what any other
// has. A package sees only what another exports, so what is left to prove is that nobody
// below them treats a kind by its name: the framework, the configuration, the page and the
// commands go by what a connector declares.
func TestNoConnectorIsSpecial(t *testing.T) {
	kinds := []string{"coffee", "webhook", "files"}
	treat := []string{"connectors", "connectors/table", "connectors/remote", "device/board", "queue", "store", "store/secret", "web", "web/client", "web/command"}
	seen := 0
	for _, p := range packages(t) {
		if !slices.Contains(treat, inside(p.ImportPath)) {
			continue
		}
		seen++
		for _, imp := range p.Imports {
			for _, kind := range kinds {
				if inside(imp) == "connectors/"+kind {
					t.Errorf("%s imports %s: a connector is known by what it declares", p.ImportPath, imp)
				}
			}
		}
		for _, f := range parsed(t, p) {
			ast.Inspect(f.file, func(n ast.Node) bool {
				var operands []ast.Expr
				switch n := n.(type) {
				case *ast.BinaryExpr:
					operands = []ast.Expr{n.X, n.Y}
				case *ast.CaseClause:
					operands = n.List
				}
				for _, x := range operands {
					if text, ok := x.(*ast.BasicLit); ok && text.Kind == token.STRING {
						if name, err := strconv.Unquote(text.Value); err == nil && slices.Contains(kinds, name) {
							t.Errorf("%s treats the kind %q apart: a connector is known by what it declares", f.name, name)
						}
					}
				}
				return true
			})
		}
	}
	if seen != len(treat) {
		t.Errorf("%d of the packages %v are there", seen, treat)
	}
}
