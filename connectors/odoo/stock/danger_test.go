package stock_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// dangerous are the methods that do it twice, or empty the stock, when they are called again, and the models that only
// they are for.
var dangerous = regexp.MustCompile(`^(action_apply_inventory|action_set_inventory_quantity|do_scrap|action_validate|_action_done|stock\.scrap|stock\.move|stock\.move\.line|inventory_quantity)$`)

// TestNoDangerousCall reads all program code, but for the stand-in, which answers them as Odoo does.
func TestNoDangerousCall(t *testing.T) {
	root := filepath.Join("..", "..", "..")
	read, harmless := 0, false
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "standin" || d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && path != root):
			if path != root {
				return filepath.SkipDir
			}
			return nil
		case !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		read++
		ast.Inspect(file, func(n ast.Node) bool {
			lit, ok := n.(*ast.BasicLit)
			if !ok || lit.Kind != token.STRING {
				return true
			}
			text := strings.Trim(lit.Value, "`\"")
			harmless = harmless || text == "button_validate"
			if dangerous.MatchString(text) {
				t.Errorf("%s names %s: see the package's documentation", path, text)
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if read < 100 || !harmless {
		t.Errorf("%d files were read, and what is called was found: %v", read, harmless)
	}
}
