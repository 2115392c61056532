package secret

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrExposed means that others than the key file's owner may read or change it.
var ErrExposed = errors.New("others can read the sealing key")

// Who may read a key. systemd gives a credential to the service's user by an access
// list, which shows as rights of the group.
const (
	ownersAlone fs.FileMode = 0o077
	fromSystemd fs.FileMode = 0o037
)

// readKey reads a key file. It refuses one with any of the rights in refused
// (ErrExposed), one of another size, or what is no file; fs.ErrNotExist where there is
// none.
func readKey(path string, refused fs.FileMode) (*box, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("sealing key: %w", err)
	}
	defer f.Close() // only read
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("sealing key: %w", err)
	}
	switch mode := info.Mode(); {
	case !mode.IsRegular():
		return nil, fmt.Errorf("sealing key %s: it is no file (%s)", path, mode.Type())
	case mode.Perm()&refused != 0:
		return nil, fmt.Errorf("%w: %s has mode %#o: chmod 600 it, and if anybody may have read it, rotate the key and change the secrets",
			ErrExposed, path, mode.Perm())
	case info.Size() != keySize:
		return nil, fmt.Errorf("sealing key %s has %d bytes, not %d: put the right file in its place, or remove it and enter the secrets anew",
			path, info.Size(), keySize)
	}
	key := make([]byte, keySize)
	if _, err := io.ReadFull(f, key); err != nil {
		return nil, fmt.Errorf("sealing key %s: %w", path, err)
	}
	return newBox(key)
}

// makeKey writes a new key of mode 0600 under another name and links it to path, whole or
// not at all whatever happens meanwhile. It does nothing where there is a file already:
// another process was first, and that one's key is the key.
func makeKey(path string) (err error) {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, "."+filepath.Base(path)+".new-") // mode 0600
	if err != nil {
		return fmt.Errorf("make sealing key: %w", err)
	}
	defer func() { err = errors.Join(err, os.Remove(f.Name())) }()
	key := make([]byte, keySize)
	_, _ = rand.Read(key) // never fails: it ends the process instead
	_, err = f.Write(key)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("make sealing key: %w", err)
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("make sealing key: %w", err)
	}
	return syncDir(dir)
}

// syncDir has what was made or renamed in a folder outlive a power cut.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
