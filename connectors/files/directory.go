package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// directory is a medium of the board's own file system.
type directory struct {
	root *os.Root
}

// openDirectory opens a directory, which must be none of the private ones, nor hold one or a private file,
// nor lie in one, by whatever links.
func openDirectory(dir string, private []string) (*directory, error) {
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return nil, err
	}
	for _, p := range private {
		own, err := filepath.Abs(p) // what is relative lies nowhere
		if err == nil {
			own, err = filepath.EvalSymlinks(own)
		}
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if within(real, own) || within(own, real) {
			return nil, fmt.Errorf("%s: %w: crema keeps its own files and keys in %s", dir, fs.ErrPermission, p)
		}
	}
	info, err := os.Stat(real)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("%s: %w", dir, errNoDirectory)
	}
	root, err := os.OpenRoot(real)
	if err != nil {
		return nil, err
	}
	return &directory{root}, nil
}

// within tells whether a path is dir or lies below it.
func within(path, dir string) bool {
	rel, err := filepath.Rel(dir, path)
	return err == nil && filepath.IsLocal(rel)
}

var errNoDirectory = errors.New("it is no directory")

// guard runs call: what the kernel does can't be cut off.
func (d *directory) guard(_ context.Context, call func() error) error {
	err := call()
	switch {
	case err == nil:
		return nil
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return fmt.Errorf("%w: %w", ErrFull, err)
	case strings.Contains(err.Error(), "path escapes from parent"): // os.Root has no error for it
		return fmt.Errorf("%w: %w", ErrOutside, err)
	}
	return err
}

func (d *directory) list(dir string) ([]fs.FileInfo, error) {
	f, err := d.root.OpenFile(dir, os.O_RDONLY|syscall.O_DIRECTORY, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close() // only read
	return f.Readdir(-1)
}

func (d *directory) stat(name string) (fs.FileInfo, error) { return d.root.Stat(name) }

func (d *directory) open(name string) (io.ReadCloser, error) {
	// Without O_NONBLOCK a named pipe would hang here.
	f, err := d.root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = ErrIrregular
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

func (d *directory) create(name string) (output, error) {
	f, err := d.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return nil, err // and no output that is no nil
	}
	return f, nil
}

func (d *directory) link(from, to string) error { return d.root.Link(from, to) }

func (d *directory) exists(name string) (bool, error) {
	_, err := d.root.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

func (d *directory) rename(from, to string) error { return d.root.Rename(from, to) }

func (d *directory) remove(name string) error { return d.root.Remove(name) }

func (d *directory) mkdir(name string) error { return d.root.Mkdir(name, 0o777) }

func (d *directory) keep(dir string) error {
	f, err := d.root.Open(dir)
	if err != nil {
		return err
	}
	err = f.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		err = nil // some network shares can't
	}
	return errors.Join(err, f.Close())
}

// room is not asked: the kernel says itself that there is none.
func (d *directory) room() (uint64, bool) { return 0, false }

func (d *directory) close() error { return d.root.Close() }
