package secret_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"crema/store"
	"crema/store/secret"
	"crema/store/storetest"
)

func openKey(t *testing.T) *secret.Box {
	t.Helper()
	box, err := secret.OpenKey(filepath.Join(t.TempDir(), "seal.key"))
	if err != nil {
		t.Fatal(err)
	}
	return box
}

func TestSealedOpensOnlyAsItWasSealed(t *testing.T) {
	box, other := openKey(t), openKey(t)
	plain, context := []byte("correct horse"), []byte("backend kitchen")
	sealed, err := box.Seal(plain, context)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := box.Open(sealed, context); err != nil || !bytes.Equal(got, plain) {
		t.Fatalf("Open = %q, %v, want %q", got, err, plain)
	}
	if bytes.Contains(sealed, plain) {
		t.Error("the plain text stands in what was sealed")
	}
	if again, _ := box.Seal(plain, context); bytes.Equal(again, sealed) {
		t.Error("sealed twice the same: the nonce is not random")
	}
	if _, err := box.Open(sealed, []byte("backend kitchen2")); !errors.Is(err, secret.ErrTampered) {
		t.Errorf("in another context: %v, want ErrTampered", err)
	}
	if _, err := other.Open(sealed, context); !errors.Is(err, secret.ErrTampered) || !errors.Is(err, secret.ErrOtherKey) {
		t.Errorf("with another key: %v, want ErrTampered and ErrOtherKey", err)
	}
	for i := range sealed {
		for bit := range 8 {
			bad := bytes.Clone(sealed)
			bad[i] ^= 1 << bit
			if _, err := box.Open(bad, context); !errors.Is(err, secret.ErrTampered) {
				t.Fatalf("bit %d of byte %d turned over: %v, want ErrTampered", bit, i, err)
			}
		}
		if _, err := box.Open(sealed[:i], context); !errors.Is(err, secret.ErrTampered) {
			t.Fatalf("cut to %d bytes: %v, want ErrTampered", i, err)
		}
	}
}

func TestEmptySecretSeals(t *testing.T) {
	box := openKey(t)
	sealed, err := box.Seal(nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := box.Open(sealed, nil); err != nil || len(got) != 0 {
		t.Fatalf("Open = %q, %v", got, err)
	}
}

func TestKeyFileStaysTheSame(t *testing.T) {
	path := filepath.Join(t.TempDir(), "seal.key")
	a, err := secret.OpenKey(path)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 || info.Size() != 32 {
		t.Fatalf("key file: %v, %v", info, err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	sealed, _ := a.Seal([]byte("x"), nil)
	b, err := secret.OpenKey(path)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := b.Open(sealed, nil); err != nil || string(got) != "x" {
		t.Errorf("after opening the key again: %q, %v", got, err)
	}
}

func TestKeyFileIsMadeOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "seal.key")
	boxes := make([]*secret.Box, 8)
	var all sync.WaitGroup
	for i := range boxes {
		all.Go(func() {
			var err error
			if boxes[i], err = secret.OpenKey(path); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	sealed, _ := boxes[0].Seal([]byte("x"), nil)
	for i, b := range boxes {
		if _, err := b.Open(sealed, nil); err != nil {
			t.Errorf("box %d: %v", i, err)
		}
	}
}

func TestBadKeyFilesAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		make func(path string) error
		want string
	}{
		"others read":  {func(p string) error { return writeMode(p, 32, 0o604) }, "others can read"},
		"group writes": {func(p string) error { return writeMode(p, 32, 0o620) }, "others can read"},
		"empty":        {func(p string) error { return writeMode(p, 0, 0o600) }, "has 0 bytes"},
		"too long":     {func(p string) error { return writeMode(p, 33, 0o600) }, "has 33 bytes"},
		"directory":    {func(p string) error { return os.Mkdir(p, 0o700) }, "no file"},
		"no directory": {func(p string) error { return os.Remove(filepath.Dir(p)) }, "no such file"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "sub", "seal.key")
			if err := os.Mkdir(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := c.make(path); err != nil {
				t.Fatal(err)
			}
			if _, err := secret.OpenKey(path); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("OpenKey = %v, want %q", err, c.want)
			}
		})
	}
}

func writeMode(path string, size int, mode os.FileMode) error {
	if err := os.WriteFile(path, make([]byte, size), mode); err != nil {
		return err
	}
	return os.Chmod(path, mode) // past the umask
}

func TestBoxPrintsNoKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "seal.key")
	box, err := secret.OpenKey(path)
	if err != nil {
		t.Fatal(err)
	}
	key, _ := os.ReadFile(path)
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "box", box)
	for _, text := range []string{fmt.Sprint(box), fmt.Sprintf("%+v %#v", box, box), log.String()} {
		if !strings.Contains(text, "secret.Box(") || len(text) > 200 ||
			strings.Contains(text, fmt.Sprintf("%x", key[:4])) || strings.Contains(text, fmt.Sprint(key[0:3])) {
			t.Errorf("prints as %q", text)
		}
	}
}

func TestVault(t *testing.T) {
	s := storetest.Open(t)
	vault := secret.Vault{Box: openKey(t)}
	ctx := t.Context()
	password := []byte("s3cret-never-in-the-file")
	err := s.Update(ctx, func(tx *store.Tx) error {
		return errors.Join(
			vault.Put(tx, "odoo", password),
			vault.Put(tx, "kitchen", []byte("other")),
			vault.Put(tx, "gone", []byte("soon")),
			vault.Delete(tx, "gone"),
			vault.Delete(tx, "never there"),
		)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Update(ctx, func(tx *store.Tx) error { return vault.Put(tx, "", password) }); err == nil {
		t.Error("a secret without a name was taken")
	}
	err = s.View(func(tx *store.Tx) error {
		if got, ok, err := vault.Get(tx, "odoo"); err != nil || !ok || !bytes.Equal(got, password) {
			t.Errorf("Get(odoo) = %q, %v, %v", got, ok, err)
		}
		if _, ok, err := vault.Get(tx, "gone"); err != nil || ok {
			t.Errorf("Get(gone) = %v, %v", ok, err)
		}
		if got := slices.Collect(vault.Names(tx)); !slices.Equal(got, []string{"kitchen", "odoo"}) {
			t.Errorf("Names = %q", got)
		}
		other := secret.Vault{Box: openKey(t)}
		if _, ok, err := other.Get(tx, "odoo"); !ok || !errors.Is(err, secret.ErrOtherKey) {
			t.Errorf("Get with another key = %v, %v, want ErrOtherKey", ok, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(s.Path())
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(file, password) {
		t.Error("the password stands in the file")
	}
}

func TestSwappedSecretsDoNotOpen(t *testing.T) {
	s := storetest.Open(t)
	vault := secret.Vault{Box: openKey(t)}
	raw := store.NewBucket[string, []byte]("secrets", store.StringKey())
	err := s.Update(t.Context(), func(tx *store.Tx) error {
		if err := vault.Put(tx, "a", []byte("secret of a")); err != nil {
			return err
		}
		sealed, _, err := raw.Get(tx, "a")
		if err != nil {
			return err
		}
		if err := raw.Put(tx, "b", sealed); err != nil {
			return err
		}
		if _, ok, err := vault.Get(tx, "b"); !ok || !errors.Is(err, secret.ErrTampered) {
			t.Errorf("a's secret in b's place: %v, %v, want ErrTampered", ok, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
