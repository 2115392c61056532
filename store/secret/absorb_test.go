package secret_test

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"crema/store"
	"crema/store/secret"
	"crema/store/storetest"
)

func TestAbsorb(t *testing.T) {
	s := storetest.Open(t)
	vault := secret.NewVault(s, openKeys(t))
	give := func(value string, err error) func() (string, error) {
		return func() (string, error) { return value, err }
	}
	unreadable := errors.New("permission denied")
	gone := fmt.Errorf("open odoo.key: %w", fs.ErrNotExist)
	for _, c := range []struct {
		name       string
		read       func() (string, error)
		want       string
		err        error // of Absorb
		commits    uint64
		openingErr error
	}{
		{"nothing is configured or sealed", give("", nil), "", nil, 0, secret.ErrMissing},
		{"the file is missing and nothing sealed", give("", gone), "", fs.ErrNotExist, 0, nil},
		{"the first time", give("one", nil), "one", nil, 1, nil},
		{"the same again", give("one", nil), "one", nil, 0, nil},
		{"the file was deleted", give("", gone), "one", nil, 0, nil},
		{"not configured any more", give("", nil), "one", nil, 0, nil},
		{"another one", give("two", nil), "two", nil, 1, nil},
		{"the file can't be read", give("", unreadable), "", unreadable, 0, nil},
	} {
		before := s.Stats().Commits
		open, err := vault.Absorb(t.Context(), "odoo", c.read)
		if !errors.Is(err, c.err) || (err == nil) != (c.err == nil) {
			t.Errorf("%s: Absorb = %v, want %v", c.name, err, c.err)
		}
		if got := s.Stats().Commits - before; got != c.commits {
			t.Errorf("%s: %d commits, want %d", c.name, got, c.commits)
		}
		if err != nil {
			continue
		}
		if got, err := open(); got != c.want || !errors.Is(err, c.openingErr) {
			t.Errorf("%s: it opens as %q, %v, want %q, %v", c.name, got, err, c.want, c.openingErr)
		}
	}
	// The key file was replaced: what is given anew takes the place of what can't be opened.
	vault = secret.NewVault(s, openKeys(t))
	if _, err := vault.Absorb(t.Context(), "odoo", give("", nil)); !errors.Is(err, secret.ErrOtherKey) {
		t.Errorf("with another key: %v, want ErrOtherKey", err)
	}
	open, err := vault.Absorb(t.Context(), "odoo", give("three", nil))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := open(); got != "three" || err != nil {
		t.Errorf("given anew it opens as %q, %v", got, err)
	}
	view := s.View(func(tx *store.Tx) error {
		got, _, err := vault.Get(tx, "odoo")
		if string(got) != "three" {
			t.Errorf("stored is %q", got)
		}
		return err
	})
	if view != nil {
		t.Error(view)
	}
}
