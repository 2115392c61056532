package board_test

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"crema/connectors"
	"crema/device/board"
)

// probe is a kind of backend that nobody makes, with a setting of each type: the file
// knows of a kind only what is declared.
var probe = connectors.Connector{
	Kind: connectors.NewKind("probe"),
	Settings: []connectors.Setting{
		{Name: "title", Type: connectors.SettingText, Required: true, Example: "Garden"},
		{Name: "poem", Type: connectors.SettingText, Multiline: true},
		{Name: "partner", Type: connectors.SettingNameOrID, Unique: "partner", Same: strings.ToLower},
		{Name: "depth", Type: connectors.SettingInteger, Min: "-10", Max: "100"},
		{Name: "wet", Type: connectors.SettingBoolean, Default: "true"},
		{Name: "every", Type: connectors.SettingDuration, Min: "1s"},
		{Name: "at", Type: connectors.SettingTime, Default: "12:00"},
		{Name: "mode", Type: connectors.SettingChoice, Choices: []string{"slow", "fast"}},
		{Name: "line", Type: connectors.SettingPath},
		{Name: "hook", Type: connectors.SettingURL, Example: "https://odoo.example.com/hook"},
		{Name: "names", Type: connectors.SettingMap, Check: notHere},
		{Name: "key", Type: connectors.SettingSecret, Required: true, Multiline: true},
		{Name: "ground.kind", Type: connectors.SettingChoice, Choices: []string{"sand", "clay"}, Required: true},
		{Name: "ground.token", Type: connectors.SettingSecret},
		{Name: "ground.plot", Type: connectors.SettingInteger, Unique: "plot"},
	},
	Check: func(b connectors.Backend) error {
		switch {
		case b.Settings["wet"] != "true" && b.Settings["depth"] != "":
			return errors.Join(&connectors.SettingError{Setting: "ground.plot", Wrong: "it is missing", Fix: "write where"},
				&connectors.SettingError{Setting: "depth", Wrong: "nothing is wet", Fix: "leave it out"})
		case b.Name == "nobody":
			return errors.New("nobody has a " + b.Kind.Name())
		}
		return nil
	},
	Flows: []connectors.Flow{{Name: "read"}, {Name: "push", Unscheduled: "turn it on by hand"}},
}

func notHere(value string) error {
	var names map[string]string
	if err := json.Unmarshal([]byte(value), &names); err != nil {
		return err
	}
	if names["a.b"] == "here" {
		return &connectors.SettingError{Entry: "a.b", Wrong: "it is here", Fix: "write elsewhere"}
	}
	return nil
}

const wired = "[[backend]]\nname = 'a'\ntype = 'coffee'\nversion = '1900'\nport = 'a'\n" // 5 lines

const goodProbe = "[[backend]]\nname = 'p'\ntype = 'probe'\ntitle = 'T'\nkey_file = 'k'\nground = { kind = 'sand' }\n" // 6 lines

// Each type of setting, as a file may say it, and as it is kept.
func TestLoadSettings(t *testing.T) {
	path := writeConfig(t, `[[backend]]
title = " Garden "         # what decides about these keys may stand behind them
depth = 0x1_0
wet = false
every = "90s"
at = ""
mode = "fast"
line = "dev/../probe.tty"
hook = "https://u.example.com/a?b=c"
partner = 4_2
names = { b = " 2 ", "a.b" = 1 }
key_file = "/etc/p.pem"
poem = """
 roses
 are red
"""
type = "probe"
name = "garden"
ground.kind = "clay"
ground.token_file = "t"
[backend.schedule]
read = "0 * * * *"

[[backend]]
name = "minimal"
type = "probe"
title = "x"
key_file = "k"
names = {}
partner = ""
[backend.ground]
kind = "sand"
`)
	dir := filepath.Dir(path)
	c, err := board.Load(path, board.Overrides{}, testChecksWithoutWhole())
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []map[string]string{
		{"title": "Garden", "depth": "16", "wet": "false", "every": "1m30s", "at": "", "mode": "fast", "line": filepath.Join(dir, "probe.tty"),
			"hook": "https://u.example.com/a?b=c", "partner": "42", "names": `{"a.b":"1","b":"2"}`, "poem": "roses\n are red", "ground.kind": "clay"},
		{"title": "x", "ground.kind": "sand"},
	} {
		if got := c.Backends[i].Settings; !maps.Equal(got, want) {
			t.Errorf("settings\n got %q\nwant %q", got, want)
		}
	}
	b := c.Backends[0]
	secrets := map[string]board.SecretFile{
		"key":          {Path: "/etc/p.pem", Position: at(path, 12, "backend.key_file"), Multiline: true},
		"ground.token": {Path: filepath.Join(dir, "t"), Position: at(path, 20, "backend.ground.token_file")},
	}
	if !maps.Equal(b.Secrets, secrets) || !maps.Equal(b.Schedule, map[string]string{"read": "0 * * * *"}) || b.Version != "" || b.Position != at(path, 1, "backend") {
		t.Errorf("%+v", b)
	}
}

// A file that is named relative to the working directory has absolute paths in it too.
func TestLoadPathsAreAbsolute(t *testing.T) {
	path := writeConfig(t, goodProbe+"line = 'p.tty'\n")
	t.Chdir(filepath.Dir(path))
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	c, err := board.Load("crema.toml", board.Overrides{}, testChecks)
	if err != nil {
		t.Fatal(err)
	}
	if got := c.Backends[0].Settings["line"]; got != filepath.Join(dir, "p.tty") {
		t.Errorf("line = %q", got)
	}
}

func testChecksWithoutWhole() board.Checks {
	c := testChecks
	c.Kinds = append([]board.Kind(nil), c.Kinds...)
	for i := range c.Kinds {
		c.Kinds[i].Check = nil
	}
	return c
}
