package secret_test

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"crema/store"
	"crema/store/secret"
	"crema/store/storetest"
)

// openKeys are the keys of a new board.
func openKeys(t *testing.T) *secret.Keys {
	t.Helper()
	keys, err := secret.KeyFiles{Path: filepath.Join(t.TempDir(), "sealing.key")}.Open()
	if err != nil {
		t.Fatal(err)
	}
	return keys
}

func TestVault(t *testing.T) {
	s := storetest.Open(t)
	vault := secret.NewVault(s, openKeys(t))
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
		other := secret.NewVault(s, openKeys(t))
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
	vault := secret.NewVault(s, openKeys(t))
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

// What a connector asks for, under the name that the file and the page seal it.
func TestSecretOfASetting(t *testing.T) {
	s := storetest.Open(t)
	vault := secret.NewVault(s, openKeys(t))
	if err := s.Update(t.Context(), func(tx *store.Tx) error {
		return errors.Join(vault.Seal(tx, "kitchen", "password", "sesame"), vault.Seal(tx, "kitchen", "gone", "soon"), vault.Seal(tx, "kitchen", "gone", ""))
	}); err != nil {
		t.Fatal(err)
	}
	if got, err := vault.Secret("kitchen", "password"); got != "sesame" || err != nil {
		t.Errorf("Secret = %q, %v", got, err)
	}
	for _, other := range [][2]string{{"kitchen", "private_key"}, {"kitchen", "gone"}, {"lobby", "password"}} {
		_, err := vault.Secret(other[0], other[1])
		if !errors.Is(err, secret.ErrMissing) || !strings.Contains(err.Error(), other[1]+"_file") || !strings.Contains(err.Error(), other[0]) {
			t.Errorf("Secret(%q) = %v", other, err)
		}
	}
	if err := s.View(func(tx *store.Tx) error {
		for setting, want := range map[string]bool{"password": true, "gone": false} {
			if got, err := vault.Sealed(tx, "kitchen", setting); got != want || err != nil {
				t.Errorf("Sealed(%q) = %v, %v", setting, got, err)
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := secret.NewVault(s, openKeys(t)).Secret("kitchen", "password"); !errors.Is(err, secret.ErrOtherKey) {
		t.Errorf("with another key: %v", err)
	}
}
