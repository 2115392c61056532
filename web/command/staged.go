package command

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"
)

// A staged is files that are written, so that there is room for them, but not yet in their places.
type staged []*renameio.PendingFile

// add writes a file, unless that holds the text already: one that is there keeps its permissions, a new one is for its owner alone.
func (s *staged) add(path string, text []byte) error {
	if now, err := os.ReadFile(path); err == nil && string(now) == string(text) {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := renameio.NewPendingFile(path, renameio.WithPermissions(0o600), renameio.WithExistingPermissions())
	if err != nil {
		return err
	}
	*s = append(*s, f)
	_, err = f.Write(text)
	return errors.Join(err, f.Sync())
}

// place puts them in their places, each whole.
func (s staged) place() error {
	for _, f := range s {
		if err := f.CloseAtomicallyReplace(); err != nil {
			return err
		}
	}
	return nil
}

// drop removes those that are not in their places.
func (s staged) drop() (err error) {
	for _, f := range s {
		err = errors.Join(err, f.Cleanup())
	}
	return err
}
