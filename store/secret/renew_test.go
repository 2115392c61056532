package secret

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"crema/store"
)

// board is a data directory with two secrets, and one that no key of it opens.
type board struct {
	t     *testing.T
	dir   string
	files KeyFiles
}

func newBoard(t *testing.T) *board {
	t.Helper()
	dir := t.TempDir()
	b := &board{t, dir, KeyFiles{Path: filepath.Join(dir, "sealing.key")}}
	b.run(func(v *Vault) error {
		return v.store.Update(t.Context(), func(tx *store.Tx) error {
			foreign := NewVault(v.store, &Keys{seals: newKey(t)})
			return errors.Join(v.Put(tx, "odoo", []byte("key of odoo")), v.Put(tx, "backend/kitchen/password", []byte("sesame")),
				foreign.Put(tx, "of another board", []byte("?")))
		})
	})
	return b
}

// run is a start of the program, which opens what is on the disk.
func (b *board) run(do func(*Vault) error) {
	b.t.Helper()
	keys, err := b.files.Open()
	if err != nil {
		b.t.Fatal(err)
	}
	b.with(keys, do)
}

func (b *board) with(keys *Keys, do func(*Vault) error) {
	b.t.Helper()
	s, err := store.Open(filepath.Join(b.dir, "crema.db"), store.Options{Snapshots: filepath.Join(b.dir, "snapshots")})
	if err != nil {
		b.t.Fatal(err)
	}
	if err := errors.Join(do(NewVault(s, keys)), s.Close()); err != nil {
		b.t.Error(err)
	}
}

// opens looks whether all secrets that should open do, and the other does not.
func opens(v *Vault) error {
	return v.store.View(func(tx *store.Tx) error {
		for name, want := range map[string]string{"odoo": "key of odoo", "backend/kitchen/password": "sesame"} {
			if got, _, err := v.Get(tx, name); string(got) != want || err != nil {
				return fmt.Errorf("%s opens as %q, %w", name, got, err)
			}
		}
		if _, _, err := v.Get(tx, "of another board"); !errors.Is(err, ErrOtherKey) {
			return fmt.Errorf("the foreign secret: %w", err)
		}
		return nil
	})
}

// A rotation is killed after each of its steps. All secrets open at the next start,
// which brings it to an end: the old key is gone, and nothing needs it.
func TestRotationIsKilled(t *testing.T) {
	for killed := range 6 { // after that many steps; 0 is only the new key
		t.Run(fmt.Sprint("after step ", killed), func(t *testing.T) {
			b := newBoard(t)
			old, err := os.ReadFile(b.files.Path)
			if err != nil {
				t.Fatal(err)
			}
			former, err := b.files.Read()
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(b.files.Rotate(), b.files.Rotate()); err != nil {
				t.Fatal(err)
			}
			finished := false
			b.run(func(v *Vault) error {
				var done Renewal
				steps := v.steps(&done)
				finished = killed >= len(steps)
				for _, step := range steps[:min(killed, len(steps))] {
					if err := step(t.Context()); err != nil {
						return err
					}
				}
				return opens(v)
			})
			b.run(func(v *Vault) error {
				if err := opens(v); err != nil {
					return err
				}
				done, err := v.Renew(t.Context())
				if want := []string{"of another board"}; !finished && !slices.Equal(done.Left, want) {
					t.Errorf("Left = %q, want %q", done.Left, want)
				}
				if killed == 0 != (done.Sealed == 2) {
					t.Errorf("Sealed = %d", done.Sealed)
				}
				return errors.Join(err, opens(v))
			})
			b.renewed(old, former)
		})
	}
}

// renewed looks at what a finished rotation left.
func (b *board) renewed(old []byte, former *Keys) {
	b.t.Helper()
	if now, err := os.ReadFile(b.files.Path); err != nil || bytes.Equal(now, old) || len(now) != keySize {
		b.t.Errorf("the key file is %x, %v, and was %x", now, err, old)
	}
	if _, err := os.Stat(b.files.next()); !errors.Is(err, fs.ErrNotExist) {
		b.t.Errorf("the new key lies beside the key file still: %v", err)
	}
	b.run(func(v *Vault) error {
		before := v.store.Stats().Commits
		done, err := v.Renew(b.t.Context())
		if done.Sealed != 0 || v.store.Stats().Commits != before {
			b.t.Errorf("a start afterwards seals anew: %+v", done)
		}
		return errors.Join(err, opens(v))
	})
	b.with(former, func(v *Vault) error {
		if err := opens(v); !errors.Is(err, ErrOtherKey) {
			b.t.Errorf("with the old key: %v", err)
		}
		return nil
	})
	// What a damaged store is replaced by opens with the new key, too.
	snapshots, err := filepath.Glob(filepath.Join(b.dir, "snapshots", "*.db"))
	if err != nil || len(snapshots) != 2 {
		b.t.Errorf("snapshots: %q, %v", snapshots, err)
	}
	for _, path := range snapshots {
		b.sealedWithIt(path)
	}
}

func (b *board) sealedWithIt(path string) {
	b.t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		b.t.Fatal(err)
	}
	copied := filepath.Join(b.t.TempDir(), "crema.db")
	if err := os.WriteFile(copied, content, 0o600); err != nil {
		b.t.Fatal(err)
	}
	keys, err := b.files.Read()
	if err != nil {
		b.t.Fatal(err)
	}
	s, err := store.Open(copied, store.Options{})
	if err != nil {
		b.t.Fatal(err)
	}
	if err := errors.Join(opens(NewVault(s, keys)), s.Close()); err != nil {
		b.t.Errorf("%s: %v", filepath.Base(path), err)
	}
	if bytes.Contains(content, []byte("sesame")) || bytes.Contains(content, []byte("key of odoo")) {
		b.t.Errorf("%s has a secret in clear", path)
	}
}

// The last commit of a rotation may be lost with the card's last write, and with it one
// of the file's two headers: the state before it opens with the new key as well.
func TestRotationAndALostCommit(t *testing.T) {
	b := newBoard(t)
	if err := b.files.Rotate(); err != nil {
		t.Fatal(err)
	}
	b.run(func(v *Vault) error {
		if _, err := v.Renew(t.Context()); err != nil {
			return err
		}
		content, err := os.ReadFile(v.store.Path())
		if err != nil {
			return err
		}
		for header := range 2 {
			lost, page := filepath.Join(t.TempDir(), "crema.db"), os.Getpagesize()
			cut := slices.Concat(content[:header*page], make([]byte, page), content[(header+1)*page:])
			if err := os.WriteFile(lost, cut, 0o600); err != nil {
				return err
			}
			s, err := store.OpenOrRestore(lost, store.Options{})
			if err != nil {
				return fmt.Errorf("without header %d: %w", header, err)
			}
			if err := errors.Join(opens(NewVault(s, &Keys{seals: v.keys.seals})), s.Close()); err != nil {
				t.Errorf("without header %d: %v", header, err)
			}
		}
		return nil
	})
}

// Where a snapshot can't be written the old key stays, and both open.
func TestRotationThatFailsKeepsBothKeys(t *testing.T) {
	b := newBoard(t)
	if err := b.files.Rotate(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	b.run(func(v *Vault) error {
		var done Renewal
		if err := v.steps(&done)[0](ctx); err != nil {
			return err
		}
		cancel()
		if _, err := v.Renew(ctx); !errors.Is(err, context.Canceled) {
			t.Errorf("Renew = %v", err)
		}
		return opens(v)
	})
	if _, err := os.Stat(b.files.next()); err != nil {
		t.Error(err)
	}
	b.run(func(v *Vault) error {
		_, err := v.Renew(t.Context())
		return errors.Join(err, opens(v))
	})
}

// The key becomes a credential: the one before opens what it sealed, until all is sealed
// anew.
func TestRotationOfACredential(t *testing.T) {
	b := newBoard(t)
	old, err := os.ReadFile(b.files.Path)
	if err != nil {
		t.Fatal(err)
	}
	b.files.Credentials = t.TempDir()
	write := func(name string, content []byte) {
		if err := os.WriteFile(filepath.Join(b.files.Credentials, name), content, 0o400); err != nil {
			t.Fatal(err)
		}
	}
	write("crema.key", bytes.Repeat([]byte{7}, keySize))
	write("crema.key.old", old)
	b.run(func(v *Vault) error {
		done, err := v.Renew(t.Context())
		if done.Sealed != 2 || !slices.Equal(done.Left, []string{"of another board"}) {
			t.Errorf("Renew = %+v", done)
		}
		return err
	})
	if err := errors.Join(os.Remove(b.files.Path), os.Remove(filepath.Join(b.files.Credentials, "crema.key.old"))); err != nil {
		t.Fatal(err)
	}
	b.run(opens)
	if err := b.files.Rotate(); err == nil || !strings.Contains(err.Error(), "as crema.key.old") {
		t.Errorf("Rotate of a credential = %v", err)
	}
}
