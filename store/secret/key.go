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

// OpenKey reads the key file at path. If it is absent it makes one, whole or not at
// all whatever happens meanwhile, with mode 0600. It refuses a file of another mode
// (ErrExposed), of another size, or that is none.
func OpenKey(path string) (*Box, error) {
	b, err := readKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return b, err
	}
	if err := makeKey(path); err != nil {
		return nil, fmt.Errorf("make sealing key: %w", err)
	}
	return readKey(path)
}

func readKey(path string) (*Box, error) {
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
	case mode.Perm()&0o077 != 0:
		return nil, fmt.Errorf("%w: %s has mode %#o: chmod 600 it, and if anybody may have read it, remove it and enter the secrets anew",
			ErrExposed, path, mode.Perm())
	case info.Size() != keySize:
		return nil, fmt.Errorf("sealing key %s has %d bytes, not %d: put the right file in its place, or remove it and enter the secrets anew",
			path, info.Size(), keySize)
	}
	key := make([]byte, keySize)
	if _, err := io.ReadFull(f, key); err != nil {
		return nil, fmt.Errorf("sealing key %s: %w", path, err)
	}
	return NewBox(key)
}

// makeKey writes a new key under another name and links it to path, which fails
// where another process was first: then that one's key is the key.
func makeKey(path string) (err error) {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, "."+filepath.Base(path)+".new-") // mode 0600
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.Remove(f.Name())) }()
	key := make([]byte, keySize)
	_, _ = rand.Read(key) // never fails: it ends the process instead
	_, err = f.Write(key)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
