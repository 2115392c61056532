package main

import (
	"encoding/json"
	"errors"
	"fmt"
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

// A rule is the arrows out of one part of the house: what the packages at and below
// From may import of crema's own. The longest From that fits a package is its rule;
// Why is what a failure says. A package may always import what lies below itself.
type rule struct {
	From string
	May  []string
	Why  string
}

const (
	module  = "crema"
	drivers = "device/driver" // each package below is a part of its own
)

var rules = []rule{
	{"store", nil, "the store keeps bytes for everyone and knows nobody"},
	{"queue", []string{"store"}, "the queue knows no transport, no machine and no connector"},
	{"device", nil, "device is the domain: what a coffee machine is needs the standard library alone"},
	{"device/board", nil, "the board's clock and configuration stand on their own"},
	{"device/serial", []string{"device"}, "the serial edge knows bytes"},
	{"device/gpio", nil, "the board's lines know levels and edges, and no machine"},
	{"device/gpio/gpiotest", []string{"device/gpio"}, "lines for tests"},
	{drivers, []string{"device", "device/serial", "device/gpio"}, "a driver knows its machine and its bus: no other driver, no store, no Odoo"},
	{"device/sim", []string{"device"}, "a simulator that shared the driver's codec would hide its errors"},
	{"device/sim/demo", []string{"device/sim/simulate", "connectors/odoo/standin"}, "the demo is a world for the appliance, which main hands it"},
	{"device/devicetest", []string{"device", "device/sim"}, "the conformance suite judges any driver, so it knows none"},
	{"connectors", []string{"store", "queue"}, "the framework knows no transport and no machine"},
	{"connectors/connectortest", []string{"connectors", "queue", "queue/queuetest", "store", "store/storetest"}, "the conformance suites judge any connector, so they know none"},
	{"connectors/connectortest/shopsign", []string{"connectors", "connectors/coffee", "connectors/odoo", "connectors/odoo/product", "queue", "store"},
		"the guide's example is a connector like any other"},
	{"connectors/remote", []string{"connectors"}, "what every remote system has, and no system in particular"},
	{"connectors/files", []string{"connectors", "connectors/remote"}, "files at another place, whatever is in them"},
	{"connectors/courier", []string{"connectors", "connectors/files", "connectors/table", "queue", "store"}, "it takes files to tables and back, whatever is in them"},
	{"connectors/table", []string{"connectors", "queue", "store"}, "files of records, whoever's records they are"},
	{"connectors/odoo", []string{"connectors", "connectors/remote", "queue", "store"}, "the Odoo client knows no machine"},
	{"connectors/odoo/standin", nil, "a stand-in that shared the client's code would hide its errors"},
	{"connectors/coffee", []string{"connectors", "connectors/table", "connectors/coffee/alarms", "connectors/coffee/busy", "connectors/coffee/ledger", "connectors/coffee/stock", "connectors/odoo", "connectors/odoo/apikey", "connectors/odoo/maintenance", "connectors/odoo/pos", "connectors/odoo/product", "connectors/odoo/stock", "connectors/odoo/tax", "device", "store", "queue"},
		"the coffee connector never imports a driver: main hands it Open"},
	{"connectors/coffee/alarms", []string{"connectors", "connectors/coffee/ledger", "connectors/odoo", "connectors/odoo/maintenance", "device", "store", "queue"},
		"a flow of a machine knows no other: the connector hands it what it needs"},
	{"connectors/coffee/busy", []string{"connectors", "connectors/coffee/ledger", "connectors/odoo", "store"},
		"it looks at Odoo alone: how a cup is made is the connector's"},
	{"connectors/coffee/stock", []string{"connectors", "connectors/coffee/ledger", "connectors/odoo", "connectors/odoo/pos", "connectors/odoo/stock", "device", "store", "queue"},
		"a flow of a machine knows no other: the connector hands it what it needs"},
	{"connectors/webhook", []string{"connectors", "connectors/remote", "connectors/coffee", "connectors/coffee/alarms", "connectors/coffee/ledger", "device", "store", "queue"},
		"a webhook tells what is published: of a machine it knows the topics alone"},
	{"connectors/coffee/ledger", []string{"device", "store"}, "the money has one place to audit, and it asks nobody"},
	{"web", nil, "the page sees the rest through small interfaces of its own"},
	{"web/client", []string{"web"}, "the API's client knows the API"},
	{"web/command", []string{"web", "web/client", "connectors", "connectors/odoo", "connectors/remote", "device/board", "queue", "store", "store/secret"},
		"the commands talk to a running board through the API's client, look after the store of one that doesn't run, and know of connectors what these declare"},
	{"web/source", []string{"web", "connectors", "connectors/coffee", "connectors/coffee/ledger", "connectors/odoo", "connectors/odoo/apikey", "connectors/table", "device", "device/board", "queue", "store"},
		"what the page shows comes from the parts, never from a driver or a simulator"},
	{"build", []string{"*"}, "what proves crema may use all of it"},
	{"", []string{"*"}, "main knows every package"},
}

// alone says which parts alone may import a library, so that it can be replaced in
// one place. "" is main.
var alone = map[string][]string{
	"go.etcd.io/bbolt":           {"store"},
	"github.com/go-chi/chi":      {"web"},
	"go.bug.st/serial":           {"device/serial"},
	"github.com/warthog618":      {"device/gpio"},
	"github.com/robfig/cron":     {"queue"},
	"github.com/pelletier":       {"device/board"},
	"github.com/alecthomas/kong": {"", "build"},
	"golang.org/x/crypto/ssh":    {"connectors/remote", "connectors/files"},
	"github.com/pkg/sftp":        {"connectors/files", "connectors/remote/remotetest"},
}

// reached says who alone may import what is there for tests, or for simulation.
var reached = map[string][]string{
	"store/storetest":              {"connectors/connectortest"},
	"queue/queuetest":              {"connectors/connectortest"},
	"connectors/connectortest":     {},
	"connectors/remote/remotetest": {},
	"device/devicetest":            {},
	"device/gpio/gpiotest":         {},
	"web/webtest":                  {},
	"device/sim":                   {"", "device/sim", "device/devicetest"},
	"connectors/odoo/standin":      {"device/sim/demo"},
}

// transports are what the core must not know.
var transports = []string{"net", "net/http", "net/rpc"}

func TestImports(t *testing.T) {
	for _, p := range packages(t) {
		from := inside(p.ImportPath)
		for _, imp := range p.Imports {
			if why := forbidden(from, imp); why != "" {
				t.Errorf("%s must not import %s: %s", p.ImportPath, imp, why)
			}
		}
		for _, imp := range slices.Concat(p.TestImports, p.XTestImports) {
			if who, ok := owners(imp); ok && !below(from, who...) {
				t.Errorf("a test of %s must not import %s: only %q may", p.ImportPath, imp, who)
			}
		}
	}
}

// forbidden says why a package must not import another, "" where it may.
func forbidden(from, imp string) string {
	if !below(imp, module) {
		switch who, owned := owners(imp); {
		case owned && !slices.Contains(who, from) && !belowAny(from, who):
			return fmt.Sprintf("only %q may, so that it can be replaced in one place", who)
		case slices.Contains([]string{"store", "queue", "connectors", "device"}, from) && slices.Contains(transports, imp):
			return "the core knows no transport"
		case from == "device" && strings.Contains(strings.Split(imp, "/")[0], "."):
			return "device is the domain: standard library only"
		}
		return ""
	}
	own := inside(imp)
	for place, who := range reached {
		if below(own, place) && !below(from, place, "build") && !slices.Contains(who, from) && !belowAny(from, who) {
			return "it is there for tests and for demo and simulate alone"
		}
	}
	r := ruleOf(from)
	if below(own, r.From) && r.From != "" && ruleOf(own).From == r.From || slices.Contains(r.May, "*") || slices.Contains(r.May, own) {
		return ""
	}
	return r.Why
}

// ruleOf is the longest rule that fits a package.
func ruleOf(from string) (best rule) {
	for _, r := range rules {
		if below(from, r.From) && len(r.From) >= len(best.From) {
			best = r
		}
	}
	if driver, ok := strings.CutPrefix(from, drivers+"/"); ok {
		name, _, _ := strings.Cut(driver, "/")
		best.From = path.Join(drivers, name)
	}
	return best
}

// owners are those who alone may import a library.
func owners(imp string) ([]string, bool) {
	for lib, who := range alone {
		if below(imp, lib) {
			return who, true
		}
	}
	return nil, false
}

// inside is a package's path within the module, "" for main.
func inside(path string) string { return strings.TrimPrefix(strings.TrimPrefix(path, module), "/") }

// below tells whether path is one of roots or lies under one; all lies under "".
func below(path string, roots ...string) bool {
	return slices.ContainsFunc(roots, func(root string) bool { return root == "" || path == root || strings.HasPrefix(path, root+"/") })
}

// belowAny is below, but for "", which is main alone here.
func belowAny(path string, roots []string) bool {
	return slices.ContainsFunc(roots, func(root string) bool { return root != "" && below(path, root) })
}

func TestOneComment(t *testing.T) {
	for _, p := range packages(t) {
		var docs []string
		for _, f := range parsed(t, p) {
			name := filepath.Base(f.name)
			if f.file.Doc != nil && !strings.HasPrefix(name, "doc_") { // a chapter of a long one
				docs = append(docs, name)
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
