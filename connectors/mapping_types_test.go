package connectors_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Row "@mapping functions": a wrong type is an error of the compiler. Each line that
// says "wrong" must be refused, and no other.
func TestMapperTypes(t *testing.T) {
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("there is no compiler here")
	}
	source := `package types

import (
	"strconv"

	"crema/connectors"
)

type product struct{ Name, Price string }

type article struct{ Price int }

func name(p *product) string            { return p.Name }
func setName(a *article, v string)      {}
func setPrice(a *article, v int)        {}
func setLines(*article, []connectors.Line[article]) {}

var fields = connectors.Mapping[product, article]{
	connectors.Direct("name", name, setName),
	connectors.Convert("price", name, strconv.Atoi, setPrice),
	connectors.Direct("name", name, setPrice), // wrong: a text is no number
	connectors.Convert("price", name, strconv.Atoi, setName), // wrong: a number is no text
	connectors.OdooOf("x", "m", name, func(*article, int64) {}), // wrong: whether there is one is not told
	connectors.Computed("x", func(*connectors.MapContext, *article) (int, error) { return 0, nil }, setPrice), // wrong: the source is a product
}

var rate = connectors.NewOption[int]("rate").Set("high") // wrong: a text is no number

var lines = connectors.Children("lines", connectors.Lines[product, string, article]{
	Mapper: &connectors.Mapper[product, article]{}, // wrong: the lines are texts
}, setLines)

var mapper = connectors.Mapper[product, article]{
	Direct:   fields,
	Children: connectors.Mapping[article, product]{}, // wrong: the other way round
}

func forced() {
	var m connectors.Mapped[article]
	m.Force("price", func(p *product) {}) // wrong: it is an article
}
`
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "types.go")
	if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {filepath.Join(root, "connectors", "types", "types.go"): file}})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "overlay.json"), overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", "build", "-gcflags=-e", "-overlay", filepath.Join(dir, "overlay.json"), "./connectors/types")
	cmd.Dir = root
	out, err := cmd.CombinedOutput()
	if err == nil {
		t.Fatal("it compiles")
	}
	for i, line := range strings.Split(source, "\n") {
		refused := strings.Contains(string(out), fmt.Sprintf("types.go:%d:", i+1))
		if refused != strings.Contains(line, "// wrong") {
			t.Errorf("refused %t: %s", refused, line)
		}
	}
	if t.Failed() {
		t.Logf("the compiler: %s", out)
	}
}
