package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"crema/store"
	"crema/store/secret"
)

const sealingKey = "sealing.key"

// SealingKeys says where the key of the secrets lies: a file in the data directory, or a
// credential that systemd gives.
func SealingKeys(data string) secret.KeyFiles {
	return secret.KeyFiles{Path: filepath.Join(data, sealingKey), Credentials: os.Getenv("CREDENTIALS_DIRECTORY")}
}

// sealed is a secret as it is listed.
type sealed struct {
	Name   string `json:"name"`
	Opens  bool   `json:"opens"`
	Reason string `json:"reason,omitempty"`
}

type secretList struct{}

// Run lists the names of the secrets.
func (secretList) Run(ctx context.Context, g *Globals, out io.Writer) error {
	list := []sealed{}
	err := g.vault(ctx, func(vault *secret.Vault, db *store.Store) error {
		return db.View(func(tx *store.Tx) error {
			for name := range vault.Names(tx) {
				_, _, err := vault.Get(tx, name)
				entry := sealed{Name: name, Opens: err == nil}
				if err != nil {
					entry.Reason = err.Error()
				}
				list = append(list, entry)
			}
			return nil
		})
	})
	if err != nil {
		return err
	}
	return g.Print(out, list, func() {
		table(out, "NAME\tOPENS", func(row func(string, ...any)) {
			for _, s := range list {
				opens := "yes"
				if !s.Opens {
					opens = "no: " + s.Reason
				}
				row("%s\t%s", s.Name, opens)
			}
		})
	})
}

type secretRotate struct{}

// Run replaces the sealing key. It takes a board that does not run: then nobody has the old
// key in memory, who holds the API's token can't reach the key, and what was cut off goes
// on in one place, the next start.
func (secretRotate) Run(ctx context.Context, g *Globals, out io.Writer) error {
	var done secret.Renewal
	rotate := func(vault *secret.Vault, _ *store.Store) (err error) {
		done, err = vault.Renew(ctx)
		return err
	}
	if err := g.vault(ctx, rotate, secret.KeyFiles.Rotate); err != nil {
		return err
	}
	return g.Print(out, map[string]any{"sealed": done.Sealed, "left": append([]string{}, done.Left...)}, func() {
		fmt.Fprintf(out, "The sealing key is a new one; sealed anew: %d. Backups from before hold secrets that only the old key opens, which is gone.\n", done.Sealed)
		for _, name := range done.Left {
			fmt.Fprintf(out, "%s opens with neither key, and is as it was: enter it anew\n", name)
		}
	})
}

// vault opens the store of a board that does not run, prepares its keys, and does something
// with its secrets.
func (g *Globals) vault(ctx context.Context, do func(*secret.Vault, *store.Store) error, prepare ...func(secret.KeyFiles) error) error {
	board, data, err := g.board(ctx)
	if err != nil {
		return err
	}
	if board != nil {
		return fmt.Errorf("a board runs on %s: stop it first (systemctl stop crema)", data)
	}
	path, err := storePath(data)
	if err != nil {
		return err
	}
	db, err := store.Open(path, g.Schema.options(data))
	if err != nil {
		return locked(err)
	}
	err = func() error {
		files := SealingKeys(data)
		for _, prepare := range prepare {
			if err := prepare(files); err != nil {
				return err
			}
		}
		keys, err := files.Read()
		if errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%w: if it is the service's credential, see the log of its start", err)
		}
		if err != nil {
			return err
		}
		return do(secret.NewVault(db, keys), db)
	}()
	return errors.Join(err, db.Close())
}
