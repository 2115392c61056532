package files_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"crema/connectors"
	"crema/connectors/files"
	"crema/connectors/remote/remotetest"
	"crema/store"
	"crema/store/secret"
	"crema/store/storetest"
)

var _ connectors.Secrets = (*secret.Vault)(nil)

// The secrets of a backend are nowhere but sealed in the store: not in the file, nor in
// snapshots and backups, errors, findings, the log, or whatever prints a part of it.
func TestSecretsStayOut(t *testing.T) {
	dir := storetest.Memory(t)
	s, err := store.Open(filepath.Join(dir, "crema.db"), store.Options{Snapshots: filepath.Join(dir, "snapshots")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	keys, err := secret.KeyFiles{Path: filepath.Join(dir, "sealing.key")}.Open()
	if err != nil {
		t.Fatal(err)
	}
	vault := secret.NewVault(s, keys)
	key, public := remotetest.NewKey(t, "the phrase of it")
	given := map[string]string{"password": "sesame-opens", "private_key": key, "private_key_password": "the phrase of it"}
	seal := func(change map[string]string) {
		t.Helper()
		if err := s.Update(t.Context(), func(tx *store.Tx) error {
			for setting, value := range given {
				if other, ok := change[setting]; ok {
					value = other
				}
				if err := vault.Seal(tx, "files", setting, value); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	server := &remotetest.SSH{User: "crema", Password: given["password"], Key: public, Serve: remotetest.Files()}
	server.Start(t)

	var seen bytes.Buffer
	for _, c := range []struct {
		secrets, settings map[string]string
	}{
		{nil, nil},
		{map[string]string{"password": ""}, nil},
		{map[string]string{"private_key": "", "private_key_password": ""}, nil},
		{map[string]string{"private_key_password": "another phrase"}, nil},
		{map[string]string{"private_key": key[:len(key)/2]}, nil},
		{nil, map[string]string{"username": "nobody"}},
		{nil, map[string]string{"fingerprint": "SHA256:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU"}},
		{nil, map[string]string{"path": filepath.Join(dir, "none")}},
	} {
		seal(c.secrets)
		settings := server.Settings()
		settings["path"] = dir
		for k, v := range c.settings {
			settings[k] = v
		}
		w := work(files.SFTP, settings, nil)
		w.Secrets = vault
		w.Environment.Logger = slog.New(slog.NewTextHandler(&seen, &slog.HandlerOptions{Level: slog.LevelDebug}))
		findings, err := files.New().Test(t.Context(), w)
		client, end, openErr := files.New().Open(t.Context(), w)
		for _, v := range []any{findings, err, client, openErr, w, w.Environment, w.Backend, vault, keys} {
			fmt.Fprintf(&seen, "%v %+v %#v\n", v, v, v)
			w.Environment.Logger.Info("seen", "v", v)
		}
		encoded, err := json.Marshal([]any{findings, w.Backend, vault, keys})
		if err != nil {
			t.Fatal(err)
		}
		seen.Write(encoded)
		if end != nil {
			if err := end(); err != nil {
				t.Error(err)
			}
		}
	}
	seal(nil)
	if err := s.SnapshotNow(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.SnapshotFile(t.Context(), filepath.Join(dir, "backup.db")); err != nil {
		t.Fatal(err)
	}
	places := map[string][]byte{"what is printed": seen.Bytes()}
	for _, name := range []string{"crema.db", "backup.db", "snapshots/*"} {
		paths, err := filepath.Glob(filepath.Join(dir, name))
		if err != nil || len(paths) == 0 {
			t.Fatalf("there is no %s: %v", name, err)
		}
		for _, path := range paths {
			if places[path], err = os.ReadFile(path); err != nil {
				t.Fatal(err)
			}
		}
	}
	for place, text := range places {
		for setting, value := range given {
			for _, line := range strings.Split(value, "\n") {
				if !strings.HasPrefix(line, "-----") && len(line) > 8 && bytes.Contains(text, []byte(line)) {
					t.Errorf("%s has the %s in clear", place, setting)
				}
			}
		}
	}
	if !bytes.Contains(seen.Bytes(), []byte("login_refused")) || !bytes.Contains(seen.Bytes(), []byte("private_key_password")) {
		t.Errorf("the test did not get far: %s", seen.String())
	}
}
