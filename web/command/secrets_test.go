package command

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"crema/store"
	"crema/store/secret"
)

// secretsDir is the data directory of a board that ended, with two secrets; the second
// opens with no key.
func secretsDir(t *testing.T) (dir string) {
	t.Helper()
	dir, path := storeDir(t, "one")
	keys, err := SealingKeys(dir).Open()
	if err != nil {
		t.Fatal(err)
	}
	foreign, err := SealingKeys(t.TempDir()).Open()
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	err = s.Update(t.Context(), func(tx *store.Tx) error {
		return errors.Join(secret.NewVault(s, keys).Put(tx, "odoo", []byte("sesame")), secret.NewVault(s, foreign).Put(tx, "other", []byte("sesame")))
	})
	if err := errors.Join(err, s.Close()); err != nil {
		t.Fatal(err)
	}
	return dir
}

func TestSecretCommands(t *testing.T) {
	t.Setenv("CREDENTIALS_DIRECTORY", "")
	dir := secretsDir(t)
	list := func() (list []sealed) {
		t.Helper()
		out, err := run(t, dir, true, secretList{})
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(out, "sesame") {
			t.Errorf("a secret is shown: %s", out)
		}
		if err := json.Unmarshal([]byte(out), &list); err != nil {
			t.Fatalf("%s: %v", out, err)
		}
		if len(list) != 2 || list[0] != (sealed{Name: "odoo", Opens: true}) || list[1].Name != "other" || list[1].Opens || !strings.Contains(list[1].Reason, "another key") {
			t.Errorf("list = %+v", list)
		}
		return list
	}
	list()
	before, err := os.ReadFile(filepath.Join(dir, sealingKey))
	if err != nil {
		t.Fatal(err)
	}
	out, err := run(t, dir, false, secretRotate{})
	if err != nil || !strings.Contains(out, "sealed anew: 1") || !strings.Contains(out, "other opens with neither key") {
		t.Errorf("rotate = %q, %v", out, err)
	}
	if after, err := os.ReadFile(filepath.Join(dir, sealingKey)); err != nil || string(after) == string(before) {
		t.Errorf("the key is %x, %v, as before", after, err)
	}
	list()
	if out, err := run(t, dir, false, secretList{}); err != nil || !strings.Contains(out, "NAME") || strings.Contains(out, "sesame") {
		t.Errorf("list = %q, %v", out, err)
	}
}

func TestSecretCommandsAreRefused(t *testing.T) {
	dir := secretsDir(t)
	t.Setenv("CREDENTIALS_DIRECTORY", "")
	running := func() { running(t, dir) }
	for _, c := range []struct {
		name  string
		first func()
		want  string
	}{
		{"the key is a credential that this process is not given", func() { os.Rename(filepath.Join(dir, sealingKey), filepath.Join(t.TempDir(), "x")) }, "credential"},
		{"a board runs", running, "stop it first"},
	} {
		c.first()
		for _, command := range []runner{secretList{}, secretRotate{}} {
			if out, err := run(t, dir, false, command); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %T = %q, %v, want %q", c.name, command, out, err, c.want)
			}
		}
		if keys, _ := filepath.Glob(filepath.Join(dir, sealingKey+"*")); c.want == "credential" && len(keys) > 0 {
			t.Errorf("a key was made: %q", keys)
		}
	}
}
