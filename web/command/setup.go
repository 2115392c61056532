package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"crema/connectors"
	"crema/device/board"
	"crema/store"
	"crema/store/secret"
	"crema/web/client"
)

// What a person writes into the directory, beside the files that the configuration names.
const (
	setupConfig = "crema.toml"
	setupCode   = "setup-code"
)

// setupRefused is the reason of the checkpoint about files that were refused.
const setupRefused = "setup_refused"

type setup struct {
	Dir string `arg:"" help:"The directory that somebody wrote crema.toml into, and the secrets that it names."`
}

// done is what came of it.
type setupDone struct {
	Config  string   `json:"config"`            // the file that is in force
	Changed bool     `json:"changed"`           // it was not, or another one
	Token   bool     `json:"token"`             // the page's token is that of setup-code
	Removed []string `json:"removed,omitempty"` // what held secrets
	Left    []string `json:"left,omitempty"`    // what could not be removed
	Zeros   []string `json:"zeros,omitempty"`   // what held zero bytes instead of a secret, and was removed
}

// Run puts a configuration in force that was written elsewhere, on a card's boot partition, say. All of it is read and
// judged first, so that a bad one changes nothing; what is in force then, and what it says, is found and kept as it is
// by the next run, and each run goes on where one before it was cut off. No board may run: it would go on with what it
// has in memory.
func (s setup) Run(ctx context.Context, g *Globals, out io.Writer) error {
	path := filepath.Join(s.Dir, setupConfig)
	if !exists(path) {
		return g.Print(out, setupDone{Config: g.Config}, func() { fmt.Fprintf(out, "There is no %s, so nothing was changed.\n", path) })
	}
	cfg, err := board.Load(path, board.Overrides{Getenv: os.Getenv, Data: g.Data}, Checks(g.Connectors))
	if err == nil {
		err = cfg.Complete()
	}
	data := g.Data
	if cfg != nil {
		data = cfg.Data
	}
	if data == "" {
		return err // nobody knows which board's it would be
	}
	if _, running := client.Find(ctx, data); !errors.Is(running, client.ErrNoBoard) {
		return errors.Join(fmt.Errorf("a board runs on %s: stop it first (systemctl stop crema)", data), running)
	}
	if err != nil {
		return errors.Join(err, g.tellRefused(ctx, data, err))
	}
	given, err := readGiven(cfg, s.Dir)
	if err == nil {
		err = g.needed(ctx, data, given)
	}
	if err != nil {
		return errors.Join(err, g.tellRefused(ctx, data, err))
	}
	done, err := g.putInForce(ctx, path, cfg, given)
	if err != nil {
		return err
	}
	return g.Print(out, done, func() { done.print(out, path) })
}

func (d setupDone) print(out io.Writer, path string) {
	if d.Changed {
		fmt.Fprintf(out, "%s is in force, as %s.\n", path, d.Config)
	} else {
		fmt.Fprintf(out, "%s is in force already.\n", path)
	}
	if d.Token {
		fmt.Fprintf(out, "The page's token is what stood in %s.\n", setupCode)
	}
	for _, name := range d.Zeros {
		fmt.Fprintf(out, "%s held nothing but zero bytes, as its removal leaves it when the power is cut, and is removed now: the secret from before stays. If it was to be a new one, write it again.\n", name)
	}
	for _, name := range d.Removed {
		fmt.Fprintf(out, "%s was sealed and removed.\n", name)
	}
	for _, name := range d.Left {
		fmt.Fprintf(out, "%s was sealed but can't be removed: remove it by hand\n", name)
	}
}

// putInForce writes what is no secret beside its place, seals what is, puts the one in its place, and then removes the secrets'
// files. A full disk refuses the first of these, so that nothing is changed then; cut off anywhere, the next run does what is left.
func (g *Globals) putInForce(ctx context.Context, path string, cfg *board.Config, given given) (done setupDone, err error) {
	done.Zeros = given.zeros
	if err := os.MkdirAll(cfg.Data, 0o700); err != nil {
		return done, err
	}
	var files staged
	defer func() { err = errors.Join(err, files.drop()) }()
	if given.code != "" {
		if err := files.add(filepath.Join(cfg.Data, client.TokenFile), []byte(given.code+"\n")); err != nil {
			return done, err
		}
		done.Token = true
	}
	for _, name := range given.beside {
		text, err := os.ReadFile(name)
		if err != nil {
			return done, err
		}
		if err := files.add(filepath.Join(filepath.Dir(g.Config), filepath.Base(name)), text); err != nil {
			return done, err
		}
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return done, err
	}
	before, err := os.ReadFile(g.Config)
	done.Config, done.Changed = g.Config, err != nil || string(before) != string(text)
	if err := files.add(g.Config, text); err != nil {
		return done, err
	}
	if err := given.seal(ctx, g, cfg.Data); err != nil {
		return done, err
	}
	if err := files.place(); err != nil {
		return done, err
	}
	for _, name := range given.files {
		if secret.Wipe(name, cfg.Data, filepath.Dir(g.Config)) != nil {
			done.Left = append(done.Left, filepath.Base(name))
			continue
		}
		done.Removed = append(done.Removed, filepath.Base(name))
	}
	return done, nil
}

// tellRefused opens a checkpoint about what was refused, on a board that has been at work before: it goes on with
// the configuration that it has, and its page says why.
func (g *Globals) tellRefused(ctx context.Context, data string, refused error) error {
	if !exists(filepath.Join(data, StoreName)) {
		return nil // nobody has a page yet
	}
	return g.inStore(data, func(db *store.Store) error {
		return db.Update(ctx, func(tx *store.Tx) error {
			_, err := connectors.NewCheckpoints().OpenCheckpoint(tx, connectors.Checkpoint{Reason: setupRefused,
				Message: fmt.Sprintf("A new configuration was refused, and the one before stays in force. Correct it and start the board again.\n%v", refused)})
			return err
		})
	})
}

// inStore opens the store of a board that doesn't run, which is made where there is none yet, and mended as serve would where it is damaged.
func (g *Globals) inStore(data string, do func(*store.Store) error) error {
	db, err := store.OpenOrRestore(filepath.Join(data, StoreName), g.Schema.options(data))
	if err != nil {
		return locked(err)
	}
	return errors.Join(do(db), db.Close())
}

// inVault is inStore with the vault of its secrets.
func (g *Globals) inVault(data string, do func(*store.Store, *secret.Vault) error) error {
	keys, err := SealingKeys(data).Open()
	if err != nil {
		return err
	}
	return g.inStore(data, func(db *store.Store) error { return do(db, secret.NewVault(db, keys)) })
}
