package command

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"crema/connectors"
	"crema/device/board"
	"crema/store"
	"crema/store/secret"
	"crema/web/client"
)

const goodSetup = `listen = ":8080"

[odoo]
url = "https://odoo.example.com"
api_key_file = "odoo.key"

[[backend]]
name = "kitchen"
type = "coffee"
version = "2900"
password_file = "kitchen.password"
`

// A card is a board that gets its configuration from a directory.
type card struct {
	t       *testing.T
	dir     string // what somebody wrote
	globals *Globals
}

func newCard(t *testing.T, files map[string]string) *card {
	t.Setenv("CREDENTIALS_DIRECTORY", "")
	coffee := connectors.NewKind("coffee")
	c := &card{t: t, dir: t.TempDir(), globals: &Globals{
		Config: filepath.Join(t.TempDir(), "etc", "crema.toml"), Data: filepath.Join(t.TempDir(), "data"), JSON: true,
		Connectors: []connectors.Connector{{Kind: coffee, Versions: []*connectors.Kind{coffee.Version("2900")}, Settings: []connectors.Setting{
			{Name: "password", Type: connectors.SettingSecret}}}}}}
	c.write(files)
	return c
}

func (c *card) write(files map[string]string) {
	c.t.Helper()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(c.dir, name), []byte(text), 0o644); err != nil {
			c.t.Fatal(err)
		}
	}
}

func (c *card) setup() (done setupDone, err error) {
	c.t.Helper()
	var out bytes.Buffer
	err = setup{Dir: c.dir}.Run(c.t.Context(), c.globals, &out)
	if err == nil && json.Unmarshal(out.Bytes(), &done) != nil {
		c.t.Fatalf("setup printed %s", out.String())
	}
	return done, err
}

// state is all that the board has: files by name with what is in them but the store and its key, and the opened secrets.
func (c *card) state() map[string]string {
	c.t.Helper()
	all := map[string]string{}
	for _, dir := range []string{c.dir, filepath.Dir(c.globals.Config), c.globals.Data} {
		entries, err := os.ReadDir(dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			c.t.Fatal(err)
		}
		for _, e := range entries {
			if strings.HasPrefix(e.Name(), StoreName) || e.Name() == sealingKey || e.IsDir() {
				continue
			}
			text, err := os.ReadFile(filepath.Join(dir, e.Name()))
			if err != nil {
				c.t.Fatal(err)
			}
			all[filepath.Base(dir)+"/"+e.Name()] = string(text)
		}
	}
	maps.Copy(all, c.secrets())
	return all
}

func (c *card) secrets() map[string]string {
	c.t.Helper()
	all := map[string]string{}
	if !exists(filepath.Join(c.globals.Data, StoreName)) {
		return all
	}
	if err := c.globals.inVault(c.globals.Data, func(db *store.Store, vault *secret.Vault) error {
		return db.View(func(tx *store.Tx) error {
			for name := range vault.Names(tx) {
				value, _, err := vault.Get(tx, name)
				if err != nil {
					return err
				}
				all["sealed "+name] = string(value)
			}
			return nil
		})
	}); err != nil {
		c.t.Fatal(err)
	}
	return all
}

// told are the messages of the open checkpoints.
func (c *card) told() (messages []string) {
	c.t.Helper()
	if err := c.globals.inStore(c.globals.Data, func(db *store.Store) error {
		return db.View(func(tx *store.Tx) error {
			list, _, err := connectors.NewCheckpoints().List(tx, connectors.CheckpointFilter{State: connectors.CheckpointOpen})
			for _, p := range list {
				messages = append(messages, p.Reason+": "+p.Message)
			}
			return err
		})
	}); err != nil {
		c.t.Fatal(err)
	}
	return messages
}

// What was written is in force, its secrets are sealed and gone from where they were, and another run finds all done.
func TestSetup(t *testing.T) {
	c := newCard(t, map[string]string{setupConfig: goodSetup, "odoo.key": "sesame\r\n", "kitchen.password": "open", setupCode: "a long enough code\r\n"})
	done, err := c.setup()
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(done.Removed)
	want := setupDone{Config: c.globals.Config, Changed: true, Token: true, Removed: []string{"kitchen.password", "odoo.key", setupCode}}
	if diff := cmp.Diff(want, done); diff != "" {
		t.Errorf("setup (-want +got):\n%s", diff)
	}
	state := map[string]string{
		filepath.Base(c.dir) + "/" + setupConfig: goodSetup, "etc/crema.toml": goodSetup, "data/" + client.TokenFile: "a long enough code\n",
		"sealed odoo": "sesame", "sealed backend/kitchen/password": "open"}
	if diff := cmp.Diff(state, c.state()); diff != "" {
		t.Errorf("the board has (-want +got):\n%s", diff)
	}
	for _, path := range []string{c.globals.Config, filepath.Join(c.globals.Data, client.TokenFile)} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v, others can read it", path, info.Mode(), err)
		}
	}
	if _, err := board.Load(c.globals.Config, board.Overrides{}, Checks(c.globals.Connectors)); err != nil {
		t.Errorf("what is in force is refused: %v", err)
	}
	done, err = c.setup()
	if diff := cmp.Diff(setupDone{Config: c.globals.Config}, done); err != nil || diff != "" {
		t.Errorf("setup again: %v (-want +got):\n%s", err, diff)
	}
	// A key that is written later takes the place of the one before; the rest stays.
	c.write(map[string]string{"odoo.key": "another"})
	done, err = c.setup()
	if diff := cmp.Diff(setupDone{Config: c.globals.Config, Removed: []string{"odoo.key"}}, done); err != nil || diff != "" {
		t.Errorf("setup with another key: %v (-want +got):\n%s", err, diff)
	}
	state["sealed odoo"] = "another"
	if diff := cmp.Diff(state, c.state()); diff != "" {
		t.Errorf("the board has (-want +got):\n%s", diff)
	}
}

// Whatever is wrong, all of it is said, by file and line, and nothing is changed: neither on a new board nor on one at
// work, whose page says so until a good file comes.
func TestSetupIsRefused(t *testing.T) {
	for _, test := range []struct {
		name  string
		files map[string]string
		wants []string
	}{
		{"not TOML", map[string]string{setupConfig: "listen = \n"}, []string{"crema.toml:1"}},
		{"unknown keys", map[string]string{setupConfig: strings.Replace(goodSetup, "version", "version_", 1) + "milk = 1\n"}, []string{"crema.toml:10: backend.version_", "crema.toml:12: backend.milk"}},
		{"no Odoo", map[string]string{setupConfig: "listen = \":80\"\n"}, []string{"odoo.url: it is missing"}},
		{"missing secrets", map[string]string{setupConfig: goodSetup}, []string{"crema.toml:5: odoo.api_key_file", "odoo.key is missing", "crema.toml:11: backend.password_file"}},
		{"a secret of two lines, and a short code", map[string]string{setupConfig: goodSetup, "kitchen.password": "a\nb", setupCode: "1234"},
			[]string{"more than one line", "setup-code: the code is too short"}},
		{"no certificate", map[string]string{setupConfig: strings.Replace(goodSetup, "[odoo]", "[odoo]\nca_file = \"ca.pem\"", 1), "ca.pem": "?"}, []string{"crema.toml:4: odoo.ca_file"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := map[string]string{"odoo.key": "sesame", "kitchen.password": "open", setupCode: "a long enough code"}
			if test.name == "missing secrets" {
				files = map[string]string{setupCode: "a long enough code"}
			}
			maps.Copy(files, test.files)
			c := newCard(t, files)
			refused := func() {
				t.Helper()
				before := c.state()
				_, err := c.setup()
				if err == nil || !IsUsage(err) {
					t.Fatalf("setup: %v, want it refused", err)
				}
				for _, want := range test.wants {
					if !strings.Contains(err.Error(), want) {
						t.Errorf("%q is not said:\n%v", want, err)
					}
				}
				if diff := cmp.Diff(before, c.state()); diff != "" {
					t.Errorf("it changed (-before +after):\n%s", diff)
				}
			}
			refused()
			if exists(c.globals.Data) {
				t.Errorf("a board was made")
			}
			if test.name == "missing secrets" {
				return // they are sealed then
			}

			c.write(map[string]string{setupConfig: strings.Replace(goodSetup, "8080", "9090", 1), "odoo.key": "first", "kitchen.password": "first", setupCode: "the first long code"})
			if _, err := c.setup(); err != nil {
				t.Fatal(err)
			}
			c.write(files)
			refused()
			if told := c.told(); len(told) != 1 || !strings.HasPrefix(told[0], setupRefused) || !strings.Contains(told[0], test.wants[0]) {
				t.Errorf("the page says %q", told)
			}
			c.write(map[string]string{setupConfig: goodSetup, "kitchen.password": "open", setupCode: "a long enough code"})
			if _, err := c.setup(); err != nil {
				t.Fatal(err)
			}
			if told := c.told(); len(told) != 0 {
				t.Errorf("the page still says %q", told)
			}
		})
	}
}

// A directory without a configuration changes nothing, and says so.
func TestSetupOfNothing(t *testing.T) {
	c := newCard(t, map[string]string{"odoo.key": "sesame"})
	before := c.state()
	if done, err := c.setup(); err != nil || done.Changed || done.Removed != nil {
		t.Errorf("setup = %+v, %v", done, err)
	}
	if diff := cmp.Diff(before, c.state()); diff != "" {
		t.Errorf("it changed (-before +after):\n%s", diff)
	}
}

// A run that was cut off after any of its steps is brought to its end by the next one.
func TestSetupGoesOn(t *testing.T) {
	files := map[string]string{setupConfig: goodSetup, "odoo.key": "sesame", "kitchen.password": "open", setupCode: "a long enough code"}
	whole := newCard(t, files)
	if _, err := whole.setup(); err != nil {
		t.Fatal(err)
	}
	given := func(c *card) given {
		cfg, err := board.Load(filepath.Join(c.dir, setupConfig), board.Overrides{Data: c.globals.Data}, Checks(c.globals.Connectors))
		if err != nil {
			t.Fatal(err)
		}
		g, err := readGiven(cfg, c.dir)
		if err != nil {
			t.Fatal(err)
		}
		return g
	}
	seal := func(c *card) error {
		return errors.Join(os.MkdirAll(c.globals.Data, 0o700), given(c).seal(context.Background(), c.globals, c.globals.Data))
	}
	token := func(c *card) error {
		return errors.Join(seal(c), os.WriteFile(filepath.Join(c.globals.Data, client.TokenFile), []byte("a long enough code\n"), 0o600))
	}
	config := func(c *card) error {
		return errors.Join(token(c), os.MkdirAll(filepath.Dir(c.globals.Config), 0o700), os.WriteFile(c.globals.Config, []byte(goodSetup), 0o600))
	}
	wiped := func(c *card) error { return errors.Join(config(c), secret.Wipe(filepath.Join(c.dir, "odoo.key"))) }
	overwritten := func(c *card) error {
		return errors.Join(config(c), os.WriteFile(filepath.Join(c.dir, setupCode), make([]byte, 20), 0), os.WriteFile(filepath.Join(c.dir, "odoo.key"), make([]byte, 6), 0))
	}
	for name, steps := range map[string]func(*card) error{"sealed": seal, "token": token, "config": config, "one file removed": wiped, "two files overwritten": overwritten} {
		c := newCard(t, files)
		if err := steps(c); err != nil {
			t.Fatal(err)
		}
		done, err := c.setup()
		if err != nil {
			t.Errorf("after %s: %v", name, err)
		}
		if len(done.Zeros) != map[string]int{"two files overwritten": 2}[name] {
			t.Errorf("after %s: %+v", name, done)
		}
		rename := func(s map[string]string) map[string]string {
			s[setupConfig] = s[filepath.Base(c.dir)+"/"+setupConfig] + s[filepath.Base(whole.dir)+"/"+setupConfig]
			delete(s, filepath.Base(c.dir)+"/"+setupConfig)
			delete(s, filepath.Base(whole.dir)+"/"+setupConfig)
			return s
		}
		if diff := cmp.Diff(rename(whole.state()), rename(c.state())); diff != "" {
			t.Errorf("after %s (-whole +got):\n%s", name, diff)
		}
	}
}

// Where there is no room for the configuration, or another reason not to write it, its secrets are not sealed either, and stay on the card.
func TestSetupIsWholeOrNothing(t *testing.T) {
	c := newCard(t, map[string]string{setupConfig: goodSetup, "odoo.key": "sesame", "kitchen.password": "open", setupCode: "a long enough code"})
	if _, err := c.setup(); err != nil {
		t.Fatal(err)
	}
	c.write(map[string]string{setupConfig: goodSetup + "location = \"lobby\"\n", "odoo.key": "another", setupCode: "another long enough code"})
	before, config := c.state(), c.globals.Config
	c.globals.Config = filepath.Join(config, "crema.toml") // can't be
	if _, err := c.setup(); err == nil {
		t.Error("it is in force nowhere")
	}
	c.globals.Config = config
	if diff := cmp.Diff(before, c.state()); diff != "" {
		t.Errorf("it changed (-before +after):\n%s", diff)
	}
}

// A damaged store, which crema would mend at its start, doesn't keep a good configuration out.
func TestSetupOnADamagedStore(t *testing.T) {
	c := newCard(t, map[string]string{setupConfig: goodSetup, "odoo.key": "sesame", "kitchen.password": "open"})
	if _, err := c.setup(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(c.globals.Data, StoreName)
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	clear(text[2*os.Getpagesize():]) // all but what says that it is a store
	c.write(map[string]string{setupConfig: goodSetup + "location = \"lobby\"\n", "odoo.key": "another", "kitchen.password": "shut"})
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if done, err := c.setup(); err != nil || !done.Changed {
		t.Errorf("setup = %+v, %v", done, err)
	}
	if got := c.secrets(); len(got) != 2 {
		t.Errorf("the secrets are %v", got)
	}
}

// On a board that runs nothing is changed.
func TestSetupOfARunningBoard(t *testing.T) {
	c := newCard(t, map[string]string{setupConfig: goodSetup, "odoo.key": "sesame", "kitchen.password": "open"})
	if err := os.MkdirAll(c.globals.Data, 0o700); err != nil {
		t.Fatal(err)
	}
	running(t, c.globals.Data)
	if _, err := c.setup(); err == nil || !strings.Contains(err.Error(), "stop it first") {
		t.Errorf("setup = %v, want it refused", err)
	}
	if !exists(filepath.Join(c.dir, "odoo.key")) || exists(c.globals.Config) {
		t.Error("it changed something")
	}
}
