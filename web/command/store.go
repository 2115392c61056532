package command

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"crema/store"
	"crema/web"
	"crema/web/client"
)

// What of the store is in the data directory: its file, and the directory of its
// snapshots.
const (
	StoreName     = "crema.db"
	SnapshotsName = "snapshots"
)

// Schema is what the program knows of the store's content: its migrations, and how to
// examine it where no board runs. main fills it in.
type Schema struct {
	Migrations []store.Migration
	Examine    func(*store.Tx) []web.Finding
}

func (s Schema) options(data string) store.Options {
	return store.Options{Migrations: s.Migrations, Snapshots: filepath.Join(data, SnapshotsName)}
}

// errDeaf is a store that a process has open which does not answer.
var errDeaf = errors.New("a board has the store open but does not answer: wait until it has started or ended, or end it")

// locked gives the store's lock its words.
func locked(err error) error {
	if errors.Is(err, store.ErrLocked) {
		return fmt.Errorf("%w: %w", errDeaf, err)
	}
	return err
}

// board finds the board that runs on a data directory; nil where none does.
func (g *Globals) board(ctx context.Context) (c *client.Client, data string, err error) {
	cfg, err := g.inDemo().Load("")
	if err != nil {
		return nil, "", err
	}
	c, err = client.Find(ctx, cfg.Data)
	if errors.Is(err, client.ErrNoBoard) {
		return nil, cfg.Data, nil
	}
	return c, cfg.Data, err
}

// storePath is the store in a data directory, which must be there.
func storePath(data string) (string, error) {
	path := filepath.Join(data, StoreName)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("there is no store in %s: name the data directory with --data, or its configuration with --config", data)
	}
	return path, nil
}
