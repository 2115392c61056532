package board_test

import (
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"crema/connectors"
	"crema/connectors/coffee"
	"crema/device/board"
	"crema/web/command"
)

// testChecks have the real coffee machines and a made-up kind, and stand for the
// packages that know schedules and channels.
var testChecks = func() board.Checks {
	c := command.Checks([]connectors.Connector{coffee.Declared(), probe})
	c.Cron = func(spec string) error {
		if n := len(strings.Fields(spec)); n != 5 {
			return errors.New("a schedule has 5 fields")
		}
		return nil
	}
	c.Channels = func(s string) error {
		if !strings.HasPrefix(s, "root") {
			return errors.New("the first channel is root")
		}
		return nil
	}
	return c
}()

func writeConfig(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "crema.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func at(file string, line int, key string) board.Position {
	return board.Position{File: file, Line: line, Key: key}
}

// The whole file of the documentation, as it is read.
func TestLoadExample(t *testing.T) {
	text, err := os.ReadFile("testdata/example.toml")
	if err != nil {
		t.Fatal(err)
	}
	path := writeConfig(t, string(text))
	dir := filepath.Dir(path)
	got, err := board.Load(path, board.Overrides{}, testChecks)
	if err != nil {
		t.Fatal(err)
	}
	zurich, err := time.LoadLocation("Europe/Zurich")
	if err != nil {
		t.Fatal(err)
	}
	want := &board.Config{
		File: path, Data: "/var/lib/crema", Listen: "127.0.0.1:8080", Timezone: zurich,
		Odoo: board.Odoo{
			URL: "https://odoo.example.com", Database: "prod", User: "crema", RotateKey: true,
			APIKeyFile: board.SecretFile{Path: filepath.Join(dir, "odoo.key"), Position: at(path, 11, "odoo.api_key_file")},
		},
		Queue: board.Queue{Channels: board.DefaultChannels, Timeouts: board.DefaultTimeouts, Limit: time.Hour, Runner: true},
		Backends: []board.Backend{{
			Position: at(path, 19, "backend"), Name: "kitchen", Type: "coffee", Version: "2900",
			Location: "Kitchen, 2nd floor", Language: "en_US",
			Settings: map[string]string{
				"port": "/dev/ttyACM0", "username": "service", "pos_category": "Coffee", "pos": "Kitchen machine", "pos_close": "03:00",
				"payment": `{"card":"Card","cash":"Cash","default":"Card"}`, "slots": `{"ESPRESSO":"0"}`,
				"stock_location": "WH/Stock/Kitchen", "ingredients": `{"1":"BEANS-G","3":"MILK-ML"}`, "poll": "2s",
				"busy.enabled": "false", "busy.slower": "10s", "busy.for": "5m", "busy.drink": "ESPRESSO", "busy.every": "1h",
			},
			Secrets:  map[string]board.SecretFile{"password": {Path: filepath.Join(dir, "kitchen.password"), Position: at(path, 27, "backend.password_file")}},
			Schedule: map[string]string{"catalogue": "*/15 * * * *"},
		}},
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(board.Secret{}), cmpopts.IgnoreUnexported(board.Queue{}), cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() })); diff != "" {
		t.Errorf("Load (-want +got):\n%s", diff)
	}
}

func TestLoadDefaults(t *testing.T) {
	for name, load := range map[string]func() (*board.Config, error){
		"empty file": func() (*board.Config, error) { return board.Load(writeConfig(t, ""), board.Overrides{}, testChecks) },
		"no file":    func() (*board.Config, error) { return board.Load("", board.Overrides{}, testChecks) },
		"no default file": func() (*board.Config, error) {
			return board.Load(filepath.Join(t.TempDir(), "x"), board.Overrides{Optional: true}, testChecks)
		},
	} {
		c, err := load()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if c.Data != board.DefaultData || c.Listen != board.DefaultListen || c.StrictClock || !c.Queue.Runner || c.Odoo.URL != "" || len(c.Backends) != 0 || c.Timezone == nil {
			t.Errorf("%s: %+v", name, c)
		}
	}
	c, err := board.Load(writeConfig(t, "[[backend]]\nname='a'\ntype='coffee'\nversion='1900'\nport='p'\npos_close=''\n[backend.schedule]\nsales=''\n"), board.Overrides{}, testChecks)
	if err != nil {
		t.Fatal(err)
	}
	b := c.Backends[0]
	settings := map[string]string{"port": filepath.Join(filepath.Dir(c.File), "p"), "pos_close": ""} // never, and not the default
	schedule := map[string]string{"sales": ""}
	if !maps.Equal(b.Settings, settings) || !maps.Equal(b.Schedule, schedule) || b.Language != board.DefaultLanguage {
		t.Errorf("%+v", b)
	}
}

// A lower limit lowers the default timeouts, but not those that somebody wrote.
func TestLoadWatchdog(t *testing.T) {
	c, err := board.Load(writeConfig(t, "watchdog = '/dev/watchdog0'\nwatchdog_timeout = '15s'\n"), board.Overrides{}, testChecks)
	if err != nil || c.Watchdog != "/dev/watchdog0" || c.WatchdogTimeout != 15*time.Second {
		t.Errorf("%+v, %v", c, err)
	}
	if c, err = board.Load(writeConfig(t, ""), board.Overrides{}, testChecks); err != nil || c.Watchdog != "" {
		t.Errorf("off by default: %+v, %v", c, err)
	}
}

func TestLoadLimit(t *testing.T) {
	c, err := board.Load(writeConfig(t, "[queue]\nlimit = 300\n"), board.Overrides{}, testChecks)
	if err != nil || c.Queue.Timeouts != "root:300,root.sales:120" {
		t.Errorf("timeouts = %v, %v", c, err)
	}
}

func TestLoadEnvironmentAndFlags(t *testing.T) {
	env := map[string]string{
		"CREMA_DATA": "var", "CREMA_LISTEN": ":9000", "CREMA_CLOCK": "strict", "CREMA_ODOO_URL": "http://localhost:8069/",
		"CREMA_ODOO_DATABASE": "other", "CREMA_ODOO_API_KEY": "  k3y ", "CREMA_QUEUE_LIMIT": "60", "CREMA_QUEUE_RUNNER": "false",
		"CREMA_ODOO_PROXY": "u:p55@10.0.0.1:3128", "CREMA_ODOO_ROTATE_KEY": "false", "CREMA_ODOO_API_KEY_FILE": "my.key", "CREMA_BACKEND": "x", "CREMA_ODOO": "x", "CREMA_ODOO_USER": "",
	}
	path := writeConfig(t, "data='file'\nlisten='1.2.3.4:1'\n[odoo]\nurl='https://file'\nuser='u'\n")
	c, err := board.Load(path, board.Overrides{Getenv: func(k string) string { return env[k] }, Listen: "localhost:0"}, testChecks)
	if err != nil {
		t.Fatal(err)
	}
	if c.Data != "var" || c.Listen != "localhost:0" || !c.StrictClock || c.Odoo.URL != "http://localhost:8069" || c.Odoo.User != "u" ||
		c.Odoo.Database != "other" || c.Odoo.APIKey.Reveal() != "k3y" || c.Queue.Limit != time.Minute || c.Queue.Runner || c.Odoo.APIKeyFile.Path != "my.key" ||
		c.Odoo.RotateKey || c.Odoo.Proxy.Reveal() != "u:p55@10.0.0.1:3128" {
		t.Errorf("%+v", c)
	}
	if c.Queue.Timeouts != "root:60,root.sales:60" {
		t.Errorf("timeouts = %q", c.Queue.Timeouts)
	}
	// A table that only the environment has.
	c, err = board.Load("", board.Overrides{Getenv: func(k string) string { return env[k] }, Data: "/d/"}, testChecks)
	if err != nil || c.Odoo.URL != "http://localhost:8069" || c.Data != "/d" {
		t.Errorf("%+v, %v", c, err)
	}

	for name, o := range map[string]board.Overrides{
		"environment: CREMA_QUEUE_RUNNER: ": {Getenv: envOf("CREMA_QUEUE_RUNNER", "maybe")},
		"environment: CREMA_QUEUE_LIMIT: ":  {Getenv: envOf("CREMA_QUEUE_LIMIT", "1h")},
		"environment: CREMA_ODOO_URL: ":     {Getenv: envOf("CREMA_ODOO_URL", "odoo")},
		"command line: --listen: ":          {Listen: "8080"},
	} {
		if _, err := board.Load(path, o, testChecks); err == nil || !strings.HasPrefix(err.Error(), name) {
			t.Errorf("error %v, want %q", err, name)
		}
	}
	if _, err := board.Load(path, board.Overrides{Getenv: envOf("CREMA_QUEUE_TIMEOUTS", "root:4000")}, testChecks); err == nil || !strings.Contains(err.Error(), "longer than limit") {
		t.Errorf("error %v", err)
	}
}

func TestLoadHosts(t *testing.T) {
	path := writeConfig(t, "hosts = 'coffee.lan, , coffee.example.com '\n")
	for env, want := range map[string][]string{"": {"coffee.lan", "coffee.example.com"}, "here": {"here"}} {
		c, err := board.Load(path, board.Overrides{Getenv: envOf("CREMA_HOSTS", env)}, testChecks)
		if err != nil || !slices.Equal(c.Hosts, want) {
			t.Errorf("hosts = %q, %v, want %q", c.Hosts, err, want)
		}
	}
}

// Without an Odoo the appliance has nothing to do, and the first who starts it reads
// which file and which key to write.
func TestComplete(t *testing.T) {
	none, err := board.Load(filepath.Join(t.TempDir(), "x"), board.Overrides{Optional: true}, testChecks)
	if err != nil {
		t.Fatal(err)
	}
	path := writeConfig(t, "listen = ':1'\n")
	file, err := board.Load(path, board.Overrides{}, testChecks)
	if err != nil {
		t.Fatal(err)
	}
	for c, want := range map[*board.Config]string{
		none:                                 board.DefaultFile + ": odoo.url: it is missing; there is no such file yet: create it",
		file:                                 path + ": odoo.url: it is missing; write url = ",
		{Odoo: board.Odoo{URL: "https://o"}}: "",
	} {
		text := ""
		if err := c.Complete(); err != nil {
			text = err.Error()
		}
		if !strings.HasPrefix(text, want) || want == "" && text != "" {
			t.Errorf("Complete = %q, want %q…", text, want)
		}
	}
}

func envOf(key, value string) func(string) string {
	return func(k string) string {
		if k == key {
			return value
		}
		return ""
	}
}

func TestLoadFileItself(t *testing.T) {
	dir := t.TempDir()
	for _, c := range []struct {
		name, path string
		optional   bool
		want       string
	}{
		{"missing", filepath.Join(dir, "none.toml"), false, "none.toml: it can't be read: no such file or directory; create it, or give another one with --config"},
		{"directory", dir, true, "it is a directory, not a file"},
		{"device", "/dev/null", false, "it is not a regular file"},
		{"below a file", filepath.Join(writeConfig(t, ""), "x"), true, "not a directory"},
		{"not UTF-8", writeConfig(t, "data = 'x'\nlisten = '\xff'\n"), false, "crema.toml:2: the line is not UTF-8; save the file in UTF-8"},
		{"huge", writeConfig(t, strings.Repeat("#", 1<<20+1)), false, "more than"},
	} {
		if _, err := board.Load(c.path, board.Overrides{Optional: c.optional}, testChecks); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
	}
	if _, err := board.Load(writeConfig(t, "\ufeffdata = 'x'\r\nlisten = ':1'\r\n"), board.Overrides{}, testChecks); err != nil {
		t.Errorf("a file of Windows: %v", err)
	}
}

func FuzzLoad(f *testing.F) {
	example, err := os.ReadFile("testdata/example.toml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(example))
	for _, c := range broken {
		f.Add(c.text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		path := writeConfig(t, text)
		_, err := board.Load(path, board.Overrides{}, testChecks)
		if err == nil {
			return
		}
		lines := strings.Count(text, "\n") + 1
		for _, p := range err.(board.Problems) {
			if p.Line < 0 || p.Line > lines || p.Wrong == "" || p.Fix == "" || p.File != path {
				t.Errorf("%+v of a file with %d lines", p, lines)
			}
		}
	})
}

// Channels and their times may stand on lines of their own, and be called by their short names.
func TestQueueOnManyLines(t *testing.T) {
	got, err := board.Load(writeConfig(t, "data = '/x'\n[queue]\nchannels = \"\"\"root:4,\n  sales:1:sequential\n\"\"\"\ntimeouts = \"\"\"\nroot:600\nsales:120\n\"\"\"\n"), board.Overrides{}, testChecks)
	if err != nil {
		t.Fatal(err)
	}
	if got.Queue.Channels != "root:4,,  sales:1:sequential," || got.Queue.Timeouts != "root:600,sales:120" {
		t.Errorf("channels %q, timeouts %q", got.Queue.Channels, got.Queue.Timeouts)
	}
}
