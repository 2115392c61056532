package board

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestSecretFile(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) SecretFile {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return SecretFile{Path: path, Position: Position{"crema.toml", 7, "odoo.api_key_file"}}
	}
	for _, text := range []string{" k3y \r\n", "\ufeff k3y "} {
		s, err := write("good", text).Read()
		if err != nil || s.Reveal() != " k3y " {
			t.Errorf("Read of %q = %q, %v", text, s.Reveal(), err)
		}
	}
	for name, f := range map[string]SecretFile{
		"the file is empty":             write("empty", "\n"),
		"more than one line":            write("two", "a\nb\n"),
		"no such file":                  {Path: filepath.Join(dir, "none"), Position: Position{"crema.toml", 7, "odoo.api_key_file"}},
		"it is a directory":             {Path: dir, Position: Position{"crema.toml", 7, "odoo.api_key_file"}},
		"more than the 16384 that are ": write("big", strings.Repeat("a", secretMax+1)),
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
