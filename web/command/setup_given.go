package command

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"crema/connectors"
	"crema/device/board"
	"crema/store"
	"crema/store/secret"
)

// shortestCode is how long a code must be that is written by hand: nobody guesses it through the page.
const shortestCode = 12

// A given is what stands in the directory beside the configuration.
type given struct {
	secrets []givenSecret
	code    string   // what the page takes as its token; "" where none is given
	files   []string // what holds a secret, to be removed
	zeros   []string // what held zero bytes instead of one, and was removed
	beside  []string // what the configuration needs beside it, and is no secret
}

// A givenSecret is one that the configuration names.
type givenSecret struct {
	name  string // in the vault
	file  board.SecretFile
	value string
	found bool // else it must be sealed already
}

// readGiven reads the files that the configuration names, and the code. The error is a Problems with all that is wrong.
func readGiven(cfg *board.Config, dir string) (g given, err error) {
	var problems board.Problems
	refuse := func(err error) {
		if p, ok := errors.AsType[*board.Problem](err); ok {
			problems = append(problems, p)
		}
	}
	add := func(name string, file board.SecretFile) {
		s := givenSecret{name: name, file: file}
		value, err := g.read(file)
		switch {
		case err == nil:
			s.value, s.found = value.Reveal(), true
			g.files = append(g.files, file.Path)
		case !errors.Is(err, fs.ErrNotExist):
			refuse(err)
		}
		g.secrets = append(g.secrets, s)
	}
	if cfg.Odoo.APIKeyFile.Path != "" && cfg.Odoo.APIKey.Empty() {
		add("odoo", cfg.Odoo.APIKeyFile)
	}
	for _, b := range cfg.Backends {
		for _, setting := range slices.Sorted(maps.Keys(b.Secrets)) {
			add(secret.Name(b.Name, setting), b.Secrets[setting])
		}
	}
	if _, err := cfg.Odoo.CAFile.Pool(); err != nil {
		refuse(err)
	} else if path := cfg.Odoo.CAFile.Path; path != "" && filepath.Dir(path) == filepath.Dir(absolute(cfg.File)) {
		g.beside = append(g.beside, path)
	}
	code := board.SecretFile{Path: filepath.Join(dir, setupCode), Position: board.Position{File: filepath.Join(dir, setupCode)}}
	text, err := g.read(code)
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		refuse(err)
	case len(text.Reveal()) < shortestCode:
		problems = append(problems, &board.Problem{Position: code.Position, Wrong: "the code is too short",
			Fix: fmt.Sprintf("write at least %d characters that nobody guesses", shortestCode)})
	default:
		g.code = text.Reveal()
		g.files = append(g.files, code.Path)
	}
	if problems != nil {
		return g, problems
	}
	return g, nil
}

// read reads a secret's file. One that a power cut left half removed was sealed before, and is not there any more.
func (g *given) read(file board.SecretFile) (board.Secret, error) {
	if removed, err := secret.FinishWipe(file.Path); removed && err == nil { // else it is refused as any other file that holds no secret
		g.zeros = append(g.zeros, filepath.Base(file.Path))
	}
	return file.Read()
}

// needed refuses what is neither given nor sealed already. It makes no store, but may have to restore one that is damaged.
func (g *Globals) needed(ctx context.Context, data string, given given) error {
	missing := slices.DeleteFunc(slices.Clone(given.secrets), func(s givenSecret) bool { return s.found })
	if len(missing) > 0 && exists(filepath.Join(data, StoreName)) {
		if err := g.inVault(data, func(db *store.Store, vault *secret.Vault) error {
			return db.View(func(tx *store.Tx) error {
				missing = slices.DeleteFunc(missing, func(s givenSecret) bool {
					_, sealed, err := vault.Get(tx, s.name)
					return sealed && err == nil
				})
				return ctx.Err()
			})
		}); err != nil {
			return err
		}
	}
	var problems board.Problems
	for _, s := range missing {
		problems = append(problems, &board.Problem{Position: s.file.Position, Wrong: fmt.Sprintf("%s is missing, and its secret is not sealed yet", s.file.Path),
			Fix: "write the secret into this file, alone"})
	}
	if problems != nil {
		return problems
	}
	return nil
}

// seal seals in one commit what is not sealed yet, and says that nothing is refused any more.
func (g given) seal(ctx context.Context, globals *Globals, data string) error {
	return globals.inVault(data, func(db *store.Store, vault *secret.Vault) error {
		return db.Update(ctx, func(tx *store.Tx) error {
			for _, s := range g.secrets {
				if old, sealed, err := vault.Get(tx, s.name); !s.found || sealed && err == nil && string(old) == s.value {
					continue
				}
				if err := vault.Put(tx, s.name, []byte(s.value)); err != nil {
					return err
				}
			}
			return connectors.NewCheckpoints().ResolveCheckpoint(tx, "", "", "", setupRefused)
		})
	})
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func absolute(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return path
}
