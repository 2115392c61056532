package secret_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"crema/store/secret"
	"crema/store/storetest"
)

// keyFile writes a key file of one repeated byte, so that files can be told to be equal.
func keyFile(t *testing.T, path string, b byte, mode os.FileMode) {
	t.Helper()
	if err := writeMode(path, bytes.Repeat([]byte{b}, 32), mode); err != nil {
		t.Fatal(err)
	}
}

func writeMode(path string, content []byte, mode os.FileMode) error {
	if err := os.WriteFile(path, content, mode); err != nil {
		return err
	}
	return os.Chmod(path, mode) // past the umask
}

// mark is how keys of that byte print.
func mark(t *testing.T, b byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "sealing.key")
	keyFile(t, path, b, 0o600)
	k, err := secret.KeyFiles{Path: path}.Read()
	if err != nil {
		t.Fatal(err)
	}
	return k.String()
}

func TestKeyFileStaysTheSame(t *testing.T) {
	files := secret.KeyFiles{Path: filepath.Join(t.TempDir(), "sealing.key")}
	if _, err := files.Read(); !errors.Is(err, fs.ErrNotExist) {
		t.Fatalf("Read of none = %v", err)
	}
	a, err := files.Open()
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(files.Path); err != nil || info.Mode() != 0o600 || info.Size() != 32 {
		t.Fatalf("key file: %v, %v", info, err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(files.Path), ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if b, err := files.Open(); err != nil || b.String() != a.String() {
		t.Errorf("opened again it is %v, %v, and was %v", b, err, a)
	}
}

func TestKeyFileIsMadeOnce(t *testing.T) {
	files := secret.KeyFiles{Path: filepath.Join(t.TempDir(), "sealing.key")}
	keys := make([]*secret.Keys, 8)
	var all sync.WaitGroup
	for i := range keys {
		all.Go(func() {
			var err error
			if keys[i], err = files.Open(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	for i, k := range keys {
		if k.String() != keys[0].String() {
			t.Errorf("%d opened %v, 0 %v", i, k, keys[0])
		}
	}
}

func TestBadKeyFilesAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		make func(path string) error
		want string
	}{
		"others read":  {func(p string) error { return writeMode(p, make([]byte, 32), 0o604) }, "others can read"},
		"group writes": {func(p string) error { return writeMode(p, make([]byte, 32), 0o620) }, "others can read"},
		"empty":        {func(p string) error { return writeMode(p, nil, 0o600) }, "has 0 bytes"},
		"too long":     {func(p string) error { return writeMode(p, make([]byte, 33), 0o600) }, "has 33 bytes"},
		"directory":    {func(p string) error { return os.Mkdir(p, 0o700) }, "no file"},
		"no directory": {func(p string) error { return os.Remove(filepath.Dir(p)) }, "no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "sub", "sealing.key")
			if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := c.make(path); err != nil {
				t.Fatal(err)
			}
			if _, err := (secret.KeyFiles{Path: path}).Open(); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("Open = %v, want %q", err, c.want)
			}
		})
	}
}

// Which key seals, of those that there are: keys are named by a digit, and lie in the key
// file, the one beside it, the credential and the old credential.
func TestWhichKeySeals(t *testing.T) {
	for _, c := range []struct {
		file, next, given, old byte
		seals                  byte
		refused                string
	}{
		{file: '1', seals: '1'},
		{file: '1', next: '2', seals: '2'},
		{next: '2', seals: '2'},
		{given: '3', seals: '3'},
		{given: '3', old: '4', seals: '3'},
		{file: '1', given: '1', seals: '1'},
		{file: '1', given: '3', refused: "differ"},
		{file: '1', given: '3', old: '4', refused: "differ"},
		{file: '1', given: '3', old: '1', seals: '3'},
		{file: '1', next: '2', given: '1', seals: '1'},
		{file: '1', old: '4', refused: "and none crema.key"},
		{refused: "there is no sealing key"},
	} {
		dir, credentials := t.TempDir(), t.TempDir()
		files := secret.KeyFiles{Path: filepath.Join(dir, "sealing.key"), Credentials: credentials}
		for path, b := range map[string]byte{files.Path: c.file, files.Path + ".new": c.next} {
			if b != 0 {
				keyFile(t, path, b, 0o600)
			}
		}
		for name, b := range map[string]byte{"crema.key": c.given, "crema.key.old": c.old} {
			if b != 0 {
				keyFile(t, filepath.Join(credentials, name), b, 0o440) // as systemd gives it
			}
		}
		keys, err := files.Read()
		switch {
		case c.refused != "":
			if err == nil || !strings.Contains(err.Error(), c.refused) {
				t.Errorf("%+v: Read = %v, %v", c, keys, err)
			}
		case err != nil || keys.String() != mark(t, c.seals):
			t.Errorf("%+v: Read = %v, %v", c, keys, err)
		}
	}
}

// A credential that anybody may read is none.
func TestExposedCredentialIsRefused(t *testing.T) {
	for mode, ok := range map[os.FileMode]bool{0o400: true, 0o440: true, 0o460: false, 0o444: false} {
		dir := t.TempDir()
		keyFile(t, filepath.Join(dir, "crema.key"), '1', mode)
		_, err := secret.KeyFiles{Path: filepath.Join(dir, "sealing.key"), Credentials: dir}.Open()
		if ok && err != nil || !ok && !errors.Is(err, secret.ErrExposed) {
			t.Errorf("mode %#o: %v", mode, err)
		}
	}
}

// Nothing that holds a key, or what it opens, prints either.
func TestKeysPrintNoKey(t *testing.T) {
	files := secret.KeyFiles{Path: filepath.Join(t.TempDir(), "sealing.key")}
	keys, err := files.Open()
	if err != nil {
		t.Fatal(err)
	}
	key, _ := os.ReadFile(files.Path)
	vault := secret.NewVault(storetest.Open(t), keys)
	for _, v := range []any{keys, vault, struct{ K *secret.Keys }{keys}, struct{ v *secret.Vault }{vault}} {
		var log bytes.Buffer
		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "v", v)
		slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "v", v)
		encoded, err := json.Marshal(v)
		if err != nil {
			t.Error(err)
		}
		for _, text := range []string{fmt.Sprint(v), fmt.Sprintf("%v %+v %#v %s", v, v, v, v), log.String(), string(encoded)} {
			if len(text) > 600 || strings.Contains(text, fmt.Sprintf("%x", key[:4])) || strings.Contains(text, fmt.Sprint(key[0:3])) {
				t.Errorf("prints as %q", text)
			}
		}
	}
}
