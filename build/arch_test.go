package build

import (
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A pkg is what the go command says of a package of this module.
type pkg struct {
	ImportPath   string
	Dir          string
	Imports      []string
	TestImports  []string
	XTestImports []string
	GoFiles      []string
}

// A rule says what the packages below From may import of what lies below Of. The
// first rule that speaks of an import decides; Why is what the failure says.
type rule struct {
	From string   // this package and all below it; "" is main
	Of   string   // imports below this are judged by this rule
	Only []string // allowed ones, each with all below it
	Why  string
}

const module = "crema"

// thirdParty says who alone may import a library (and what lies below it).
var thirdParty = map[string][]string{
	"go.etcd.io/bbolt":           {"store"},
	"github.com/go-chi/chi":      {"web"},
	"go.bug.st/serial":           {"device/serial"},
	"github.com/warthog618":      {"device/gpio"},
	"github.com/robfig/cron":     {"queue"},
	"github.com/pelletier":       {"device/board"},
	"github.com/creack/pty":      {"device/sim"},
	"github.com/alecthomas":      {""},
	"github.com/google/renameio": {"", "device", "store", "web"},
}

// houseRules are the arrows of the house. An import of crema's own that no rule
// allows is a failure.
var houseRules = []rule{
	{"store", module, []string{"store"}, "store knows bbolt and nothing of what is kept in it"},
	{"queue", module, []string{"store", "queue"}, "the queue knows no transport, no machine and no connector"},
	{"device/driver", module, []string{"device", "device/serial", "device/gpio"}, "a driver knows its machine's protocol and its bus; never another driver, the store or Odoo"},
	{"device/sim", module, []string{"device", "device/sim"}, "a simulator that shared the driver's codec would hide its errors"},
	{"device/devicetest", module, []string{"device", "device/sim", "device/devicetest"}, "the conformance suite judges any driver, so it knows none"},
	{"device/board", module, []string{"device/board"}, "the board's clock and configuration stand on their own"},
	{"device/serial", module, []string{"device", "device/serial"}, "the serial edge knows bytes only"},
	{"device", module, []string{}, "device is the domain: what a coffee machine is needs the standard library only"},
	{"connectors/odoo", module, []string{"connectors", "connectors/odoo", "queue", "store"}, "the Odoo client knows no machine"},
	{"connectors/coffee/ledger", module, []string{"store", "device", "connectors/coffee/ledger"}, "the money has one place to audit"},
	{"connectors/coffee", module, []string{"connectors", "device", "store", "queue"}, "the coffee connector never imports a driver: main hands it Open"},
	{"connectors", module, []string{"connectors", "store", "queue"}, "the framework knows no transport and no machine"},
	{"web", module, []string{"web", "device", "queue", "connectors", "store"}, "the page sees the rest through small interfaces of its own"},
	{"build", module, []string{""}, "what proves crema may use all of it"},
	{"", module, []string{""}, "main knows every package"},
}

// testOnly packages are for tests (and, for the simulators, for demo and simulate).
var testOnly = []string{"store/storetest", "queue/queuetest", "device/devicetest"}

func TestImports(t *testing.T) {
	for _, p := range packages(t) {
		from := strings.TrimPrefix(strings.TrimPrefix(p.ImportPath, module), "/")
		for _, imp := range p.Imports {
			if why := forbidden(from, imp, p.Imports); why != "" {
				t.Errorf("%s must not import %s: %s", p.ImportPath, imp, why)
			}
		}
		// Tests of a package may use what is made for tests, and a driver's test its simulator.
		for _, imp := range slices.Concat(p.TestImports, p.XTestImports) {
			for lib, who := range thirdParty {
				if below(imp, lib) && !allowed(from, who) && lib != "github.com/creack/pty" {
					t.Errorf("a test of %s must not import %s: only %q may", p.ImportPath, imp, who)
				}
			}
		}
	}
}

func forbidden(from, imp string, _ []string) string {
	for lib, who := range thirdParty {
		if below(imp, lib) && !allowed(from, who) {
			return "only " + strings.Join(quoteMain(who), ", ") + " may, so that it can be replaced in one place"
		}
	}
	if !below(imp, module) {
		if below(from, "device") && !strings.Contains(from, "/") && strings.Contains(strings.SplitN(imp, "/", 2)[0], ".") {
			return "device is the domain: standard library only"
		}
		if (from == "queue" || from == "connectors" || from == "device" || from == "store") && (below(imp, "net/http") || imp == "net") {
			return "the core knows no transport"
		}
		return ""
	}
	own := strings.TrimPrefix(strings.TrimPrefix(imp, module), "/")
	for _, x := range testOnly {
		if below(own, x) && !below(from, x) {
			return "it is for tests"
		}
	}
	// What is simulated is reached by demo and simulate alone, which are main's.
	if (below(own, "device/sim") || below(own, "connectors/odoo/standin")) && from != "" &&
		!below(from, "device/sim") && !below(from, "connectors/odoo/standin") && !below(from, "device/devicetest") && !below(from, "build") {
		return "only main's demo and simulate reach what is simulated"
	}
	for _, r := range houseRules {
		if !below(from, r.From) {
			continue
		}
		if allowed(own, r.Only) && !(below(own, "device/driver") && from != "" && !below(from, "build") && own != from) {
			return ""
		}
		return r.Why
	}
	return "no rule of build/arch_test.go speaks of it: draw the arrow there first"
}

// below tells whether path p is root or lies under it; everything lies under "".
func below(p, root string) bool {
	return root == "" || p == root || strings.HasPrefix(p, root+"/")
}

// allowed tells whether p is one of roots or lies under one. Here "" stands for
// main alone when other roots stand beside it, and for everything when it is alone.
func allowed(p string, roots []string) bool {
	if len(roots) == 1 && roots[0] == "" && p != "" {
		return true
	}
	return slices.ContainsFunc(roots, func(r string) bool { return p == r || r != "" && below(p, r) })
}

func quoteMain(who []string) []string {
	out := slices.Clone(who)
	for i, w := range out {
		if w == "" {
			out[i] = "main"
		}
	}
	return out
}

func TestOneComment(t *testing.T) {
	for _, p := range packages(t) {
		var docs []string
		for _, f := range parsed(t, p) {
			if f.file.Doc != nil {
				docs = append(docs, filepath.Base(f.name))
			}
		}
		want := "doc.go"
		if p.ImportPath == module {
			want = "main.go"
		}
		if !slices.Equal(docs, []string{want}) {
			t.Errorf("%s has its package comment in %v; it belongs in %s, once", p.ImportPath, docs, want)
		}
	}
}

// TestNoMagic keeps registration visible: main lists what there is.
func TestNoMagic(t *testing.T) {
	for _, p := range packages(t) {
		for _, f := range parsed(t, p) {
			for _, d := range f.file.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
					t.Errorf("%s: no init functions: what happens at start stands in main", f.name)
				}
			}
			for _, imp := range f.file.Imports {
				if imp.Name != nil && imp.Name.Name == "_" && imp.Path.Value != `"embed"` {
					t.Errorf("%s: no blank imports: %s", f.name, imp.Path.Value)
				}
			}
		}
	}
}

func TestNoUtils(t *testing.T) {
	banned := []string{"util", "utils", "common", "helper", "helpers", "types", "models", "base", "manager", "misc", "shared"}
	for _, p := range packages(t) {
		if slices.Contains(banned, path.Base(p.ImportPath)) {
			t.Errorf("%s: a package is named after what it is, not %q", p.ImportPath, path.Base(p.ImportPath))
		}
		for _, f := range p.GoFiles {
			if slices.Contains(banned, strings.TrimSuffix(f, ".go")) {
				t.Errorf("%s/%s: a file is named after what is in it", p.ImportPath, f)
			}
		}
	}
}

// TestTop keeps the top level as it is drawn in README.md.
func TestTop(t *testing.T) {
	want := []string{"CHANGELOG.md", "LICENSE", "README.md", "build", "connectors", "device", "go.mod", "go.sum", "main.go", "queue", "store", "web"}
	entries, err := os.ReadDir("..")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), ".") || slices.Contains(want, e.Name()) || ignored(t, e.Name()) {
			continue
		}
		t.Errorf("%s stands at the top level; there is room for %v only", e.Name(), want)
	}
}

func ignored(t *testing.T, name string) bool {
	t.Helper()
	err := exec.Command("git", "-C", "..", "check-ignore", "-q", name).Run()
	var exit *exec.ExitError
	return err == nil || !errors.As(err, &exit) || exit.ExitCode() > 1 // outside a checkout nothing can be said
}

func packages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Dir,Imports,TestImports,XTestImports,GoFiles", "./...")
	cmd.Dir = ".."
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var ps []pkg
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return ps
		} else if err != nil {
			t.Fatal(err)
		}
		ps = append(ps, p)
	}
}

type source struct {
	name string
	file *ast.File
}

func parsed(t *testing.T, p pkg) []source {
	t.Helper()
	var out []source
	for _, name := range p.GoFiles {
		full := filepath.Join(p.Dir, name)
		f, err := parser.ParseFile(token.NewFileSet(), full, nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, source{full, f})
	}
	return out
}
