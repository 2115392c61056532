package board

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// testChecks stand for the packages that know schedules and channels.
var testChecks = Checks{
	Cron: func(spec string) error {
		if n := len(strings.Fields(spec)); n != 5 {
			return errors.New("a schedule has 5 fields")
		}
		return nil
	},
	Channels: func(s string) error {
		if !strings.HasPrefix(s, "root") {
			return errors.New("the first channel is root")
		}
		return nil
	},
}

func writeConfig(t testing.TB, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "crema.toml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// The whole file of the documentation, as it is read.
func TestLoadExample(t *testing.T) {
	text, err := os.ReadFile("testdata/example.toml")
	if err != nil {
		t.Fatal(err)
	}
	path := writeConfig(t, string(text))
	dir := filepath.Dir(path)
	got, err := Load(path, Overrides{}, testChecks)
	if err != nil {
		t.Fatal(err)
	}
	zurich, err := time.LoadLocation("Europe/Zurich")
	if err != nil {
		t.Fatal(err)
	}
	want := &Config{
		File: path, Data: "/var/lib/crema", Listen: "127.0.0.1:8080", Timezone: zurich,
		Odoo: Odoo{
			URL: "https://odoo.example.com", Database: "prod", User: "crema",
			APIKeyFile: SecretFile{filepath.Join(dir, "odoo.key"), Position{path, 11, "odoo.api_key_file"}},
		},
		Queue: Queue{Channels: DefaultChannels, Timeouts: DefaultTimeouts, Limit: time.Hour, Runner: true},
		Backends: []Backend{{
			Position: Position{path, 19, "backend"}, Name: "kitchen", Type: "coffee", Version: "2900", Port: "/dev/ttyACM0",
			Location: "Kitchen, 2nd floor", Language: "en_US", Username: "service",
			PasswordFile: SecretFile{filepath.Join(dir, "kitchen.password"), Position{path, 27, "backend.password_file"}},
			POSCategory:  "Coffee", POS: "Kitchen machine", POSClose: &TimeOfDay{3, 0},
			Payment:       map[string]string{"cash": "Cash", "card": "Card", "default": "Card"},
			Slots:         map[string]string{"ESPRESSO": "0"},
			StockLocation: "WH/Stock/Kitchen", Ingredients: map[int]string{1: "BEANS-G", 3: "MILK-ML"},
			Poll:     2 * time.Second,
			Schedule: map[string]string{"catalogue": "*/15 * * * *", "sales": "*/10 * * * *", "clock": "30 4 * * *"},
			Busy:     Busy{Slower: 10 * time.Second, For: 5 * time.Minute, Drink: "ESPRESSO", Every: time.Hour},
		}},
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(Secret{}), cmpopts.IgnoreUnexported(Queue{}), cmp.Comparer(func(a, b *time.Location) bool { return a.String() == b.String() })); diff != "" {
		t.Errorf("Load (-want +got):\n%s", diff)
	}
}

func TestLoadDefaults(t *testing.T) {
	for name, load := range map[string]func() (*Config, error){
		"empty file": func() (*Config, error) { return Load(writeConfig(t, ""), Overrides{}, testChecks) },
		"no file":    func() (*Config, error) { return Load("", Overrides{}, testChecks) },
		"no default file": func() (*Config, error) {
			return Load(filepath.Join(t.TempDir(), "x"), Overrides{Optional: true}, testChecks)
		},
	} {
		c, err := load()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if c.Data != DefaultData || c.Listen != DefaultListen || c.StrictClock || !c.Queue.Runner || c.Odoo.URL != "" || len(c.Backends) != 0 || c.Timezone == nil {
			t.Errorf("%s: %+v", name, c)
		}
	}
	c, err := Load(writeConfig(t, "[[backend]]\nname='a'\ntype='coffee'\nversion='1900'\nport='p'\npos_close=''\n[backend.schedule]\nsales=''\n"), Overrides{}, testChecks)
	if err != nil {
		t.Fatal(err)
	}
	b := c.Backends[0]
	if b.POSClose != nil || b.Schedule["sales"] != "" || b.Schedule["catalogue"] == "" || b.Poll != DefaultPoll || b.Port != filepath.Join(filepath.Dir(c.File), "p") {
		t.Errorf("%+v", b)
	}
}

// A lower limit lowers the default timeouts, but not those that somebody wrote.
func TestLoadLimit(t *testing.T) {
	c, err := Load(writeConfig(t, "[queue]\nlimit = 300\n"), Overrides{}, testChecks)
	if err != nil || c.Queue.Timeouts != "root:300,root.sales:120" {
		t.Errorf("timeouts = %v, %v", c, err)
	}
}

func TestLoadEnvironmentAndFlags(t *testing.T) {
	env := map[string]string{
		"CREMA_DATA": "var", "CREMA_LISTEN": ":9000", "CREMA_CLOCK": "strict", "CREMA_ODOO_URL": "http://localhost:8069/",
		"CREMA_ODOO_DATABASE": "other", "CREMA_ODOO_API_KEY": "  k3y ", "CREMA_QUEUE_LIMIT": "60", "CREMA_QUEUE_RUNNER": "false",
		"CREMA_ODOO_API_KEY_FILE": "my.key", "CREMA_BACKEND": "x", "CREMA_ODOO": "x", "CREMA_ODOO_USER": "",
	}
	path := writeConfig(t, "data='file'\nlisten='1.2.3.4:1'\n[odoo]\nurl='https://file'\nuser='u'\n")
	c, err := Load(path, Overrides{Getenv: func(k string) string { return env[k] }, Listen: "localhost:0"}, testChecks)
	if err != nil {
		t.Fatal(err)
	}
	if c.Data != "var" || c.Listen != "localhost:0" || !c.StrictClock || c.Odoo.URL != "http://localhost:8069" || c.Odoo.User != "u" ||
		c.Odoo.Database != "other" || c.Odoo.APIKey.Reveal() != "k3y" || c.Queue.Limit != time.Minute || c.Queue.Runner || c.Odoo.APIKeyFile.Path != "my.key" {
		t.Errorf("%+v", c)
	}
	if c.Queue.Timeouts != "root:60,root.sales:60" {
		t.Errorf("timeouts = %q", c.Queue.Timeouts)
	}
	// A table that only the environment has.
	c, err = Load("", Overrides{Getenv: func(k string) string { return env[k] }, Data: "/d/"}, testChecks)
	if err != nil || c.Odoo.URL != "http://localhost:8069" || c.Data != "/d" {
		t.Errorf("%+v, %v", c, err)
	}

	for name, o := range map[string]Overrides{
		"environment: CREMA_QUEUE_RUNNER: ": {Getenv: envOf("CREMA_QUEUE_RUNNER", "maybe")},
		"environment: CREMA_QUEUE_LIMIT: ":  {Getenv: envOf("CREMA_QUEUE_LIMIT", "1h")},
		"environment: CREMA_ODOO_URL: ":     {Getenv: envOf("CREMA_ODOO_URL", "odoo")},
		"command line: --listen: ":          {Listen: "8080"},
	} {
		if _, err := Load(path, o, testChecks); err == nil || !strings.HasPrefix(err.Error(), name) {
			t.Errorf("error %v, want %q", err, name)
		}
	}
	if _, err := Load(path, Overrides{Getenv: envOf("CREMA_QUEUE_TIMEOUTS", "root:4000")}, testChecks); err == nil || !strings.Contains(err.Error(), "longer than limit") {
		t.Errorf("error %v", err)
	}
}

func TestLoadHosts(t *testing.T) {
	path := writeConfig(t, "hosts = 'coffee.lan, , coffee.example.com '\n")
	for env, want := range map[string][]string{"": {"coffee.lan", "coffee.example.com"}, "here": {"here"}} {
		c, err := Load(path, Overrides{Getenv: envOf("CREMA_HOSTS", env)}, testChecks)
		if err != nil || !slices.Equal(c.Hosts, want) {
			t.Errorf("hosts = %q, %v, want %q", c.Hosts, err, want)
		}
	}
}

// Without an Odoo the appliance has nothing to do, and the first who starts it reads
// which file and which key to write.
func TestComplete(t *testing.T) {
	none, err := Load(filepath.Join(t.TempDir(), "x"), Overrides{Optional: true}, testChecks)
	if err != nil {
		t.Fatal(err)
	}
	path := writeConfig(t, "listen = ':1'\n")
	file, err := Load(path, Overrides{}, testChecks)
	if err != nil {
		t.Fatal(err)
	}
	for c, want := range map[*Config]string{
		none:                           DefaultFile + ": odoo.url: it is missing; there is no such file yet: create it",
		file:                           path + ": odoo.url: it is missing; write url = ",
		{Odoo: Odoo{URL: "https://o"}}: "",
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
		{"huge", writeConfig(t, strings.Repeat("#", fileMax+1)), false, "more than"},
	} {
		if _, err := Load(c.path, Overrides{Optional: c.optional}, testChecks); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", c.name, err, c.want)
		}
	}
	if _, err := Load(writeConfig(t, "\ufeffdata = 'x'\r\nlisten = ':1'\r\n"), Overrides{}, testChecks); err != nil {
		t.Errorf("a file of Windows: %v", err)
	}
}

func TestSecretFile(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) SecretFile {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return SecretFile{path, Position{"crema.toml", 7, "odoo.api_key_file"}}
	}
	s, err := write("good", " k3y \r\n").Read()
	if err != nil || s.Reveal() != " k3y " {
		t.Errorf("Read = %q, %v", s.Reveal(), err)
	}
	for name, f := range map[string]SecretFile{
		"the file is empty":            write("empty", "\n"),
		"more than one line":           write("two", "a\nb\n"),
		"no such file":                 {filepath.Join(dir, "none"), Position{"crema.toml", 7, "odoo.api_key_file"}},
		"it is a directory":            {dir, Position{"crema.toml", 7, "odoo.api_key_file"}},
		"more than the 4096 that are ": write("big", strings.Repeat("a", secretMax+1)),
	} {
		_, err := f.Read()
		var p *Problem
		if !errors.As(err, &p) || p.Line != 7 || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: error %v", name, err)
		}
		if missing := errors.Is(err, fs.ErrNotExist); missing != (name == "no such file") {
			t.Errorf("%s: ErrNotExist = %t", name, missing)
		}
	}
	if _, err := (SecretFile{}).Read(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file named: %v", err)
	}
}

func TestSecretHides(t *testing.T) {
	type config struct{ Key Secret }
	c := config{NewSecret("k3y")}
	for _, s := range []string{sprint("%v", c), sprint("%+v", c), sprint("%#v", c), sprint("%s", c.Key), sprint("%q", c.Key), jsonText(t, c), slogText(c)} {
		if strings.Contains(s, "k3y") {
			t.Errorf("the secret is seen: %s", s)
		}
	}
}

func TestTimeOfDayNext(t *testing.T) {
	zurich, err := time.LoadLocation("Europe/Zurich")
	if err != nil {
		t.Fatal(err)
	}
	d := TimeOfDay{2, 30}
	for _, c := range []struct{ from, want string }{
		{"2025-06-01T02:29:59+02:00", "2025-06-01T02:30:00+02:00"},
		{"2025-06-01T02:30:00+02:00", "2025-06-02T02:30:00+02:00"},
		{"2025-12-31T12:00:00+01:00", "2026-01-01T02:30:00+01:00"},
		{"2025-03-30T01:00:00+01:00", "2025-03-30T03:30:00+02:00"}, // there is no 02:30 on this day
	} {
		from, _ := time.Parse(time.RFC3339, c.from)
		if got := d.Next(from.In(zurich)).Format(time.RFC3339); got != c.want {
			t.Errorf("Next(%s) = %s, want %s", c.from, got, c.want)
		}
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
		_, err := Load(path, Overrides{}, testChecks)
		if err == nil {
			return
		}
		lines := strings.Count(text, "\n") + 1
		for _, p := range err.(Problems) {
			if p.Line < 0 || p.Line > lines || p.Wrong == "" || p.Fix == "" || p.File != path {
				t.Errorf("%+v of a file with %d lines", p, lines)
			}
		}
	})
}

// Channels and their times may stand on lines of their own, and be called by their short names.
func TestQueueOnManyLines(t *testing.T) {
	got, err := Load(writeConfig(t, "data = '/x'\n[queue]\nchannels = \"\"\"root:4,\n  sales:1:sequential\n\"\"\"\ntimeouts = \"\"\"\nroot:600\nsales:120\n\"\"\"\n"), Overrides{}, testChecks)
	if err != nil {
		t.Fatal(err)
	}
	if got.Queue.Channels != "root:4,,  sales:1:sequential," || got.Queue.Timeouts != "root:600,sales:120" {
		t.Errorf("channels %q, timeouts %q", got.Queue.Channels, got.Queue.Timeouts)
	}
}
