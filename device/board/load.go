package board

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"
)

// Overrides is what goes before the file.
type Overrides struct {
	// Getenv looks a CREMA_… variable up, os.Getenv; nil for no environment. An empty
	// variable is none. Every key outside of the backends has one: CREMA_DATA,
	// CREMA_ODOO_URL, …, and CREMA_ODOO_API_KEY for the key itself.
	Getenv func(string) string
	// Data and Listen are the flags, "" where not given; they go before the environment.
	Data, Listen string
	// Optional is a file at its default path: a missing one is as good as an empty one.
	Optional bool
}

// Checks is what other packages know better; a nil check accepts anything. Their errors
// say what is wrong.
type Checks struct {
	Cron     func(spec string) error
	Channels func(channels string) error
	// Fingerprint and Proxy look at what stands in [odoo]. They repeat nothing of a proxy's
	// address that may be a secret.
	Fingerprint, Proxy func(text string) []Fault
	// Kinds are the types that a backend may have.
	Kinds []Kind
}

// fileMax is far more than any configuration has.
const fileMax = 1 << 20

// Load reads the configuration file at path; "" for none. The error is a Problems
// with everything that is wrong, in order of the lines. Paths in the file are
// relative to its directory, others to the working directory.
func Load(path string, o Overrides, c Checks) (*Config, error) {
	cfg := newConfig()
	var text []byte
	if path != "" {
		var err error
		text, err = readFile(path, fileMax)
		switch {
		case err == nil:
			cfg.File = path
		case o.Optional && errors.Is(err, fs.ErrNotExist):
		default:
			fix := "give a TOML file with --config"
			if errors.Is(err, fs.ErrNotExist) {
				fix = "create it, or give another one with --config"
			} else if errors.Is(err, fs.ErrPermission) {
				fix = "let the user that runs crema read it"
			}
			return nil, Problems{{Position{File: path}, "it can't be read: " + cause(err).Error(), fix}}
		}
	}
	text = bytes.TrimPrefix(text, []byte("\ufeff")) // as some editors on Windows write it
	if bad := invalidUTF8(text); bad > 0 {
		return nil, Problems{{Position{File: path, Line: bad}, "the line is not UTF-8", "save the file in UTF-8"}}
	}

	dir, err := filepath.Abs(filepath.Dir(path))
	if err != nil {
		return nil, err // there is no working directory
	}
	r := &reader{parser: parse(path, text), getenv: o.Getenv, dir: dir}
	top := &table{r: r, node: r.root, env: true, keys: map[string]func(*value){}}
	cfg.declare(top, c)
	top.read()
	cfg.flags(r, o)
	cfg.checkWhole(r, c)
	if len(r.problems) == 0 {
		r.library(text)
	}
	if len(r.problems) > 0 {
		return nil, r.problems.sorted(path)
	}
	cfg.makeRoom()
	return cfg, nil
}

// checkWhole looks at what several keys and backends have to do with each other.
func (c *Config) checkWhole(r *reader, checks Checks) {
	c.Odoo.check(r)
	c.Queue.check(r)
	c.checkUnique(r, checks)
}

// makeRoom widens the default channels to a place for every machine: one that hangs
// keeps no place that another needs. Channels that the file names are left alone.
func (c *Config) makeRoom() {
	if n := len(c.Backends); n > 2 && c.Queue.Channels == DefaultChannels {
		c.Queue.Channels = fmt.Sprintf("root:%d,root.machine:%d,root.sales:1,root.catalogue:1", n+2, n)
	}
}

// library asks the TOML library's own decoder as well: it knows rules that the tree
// doesn't, say how far a date may go.
func (r *reader) library(text []byte) {
	var all map[string]any
	err := toml.Unmarshal(text, &all)
	if err == nil {
		return
	}
	line := 0
	var at *toml.DecodeError
	if errors.As(err, &at) {
		line, _ = at.Position()
	}
	r.problem(line, "", "this is not TOML: "+strings.TrimPrefix(err.Error(), "toml: "), "correct the line")
}

// flags applies the command line.
func (c *Config) flags(r *reader, o Overrides) {
	flag := func(name, text string) *value {
		return &value{node: &node{key: name, text: text}, r: r, pos: Position{File: "command line", Key: "--" + name}}
	}
	if o.Data != "" {
		c.Data = filepath.Clean(o.Data)
	}
	if o.Listen != "" {
		c.readListen(flag("listen", o.Listen), o.Listen)
	}
}

// invalidUTF8 returns the first line that is not UTF-8, or 0.
func invalidUTF8(text []byte) int {
	if utf8.Valid(text) {
		return 0
	}
	for i, line := range bytes.Split(text, []byte("\n")) {
		if !utf8.Valid(line) {
			return i + 1
		}
	}
	return 0
}
