package files

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"
)

// What is refused about a file, beside fs.ErrNotExist, fs.ErrExist and fs.ErrPermission.
var (
	// ErrOutside is a name that leads out of the backend's directory, or is none.
	ErrOutside = errors.New("this is no name of a file in the backend's directory")
	// ErrReadOnly is a change where the backend is for reading only.
	ErrReadOnly = errors.New("the backend is for reading only")
	// ErrFull means that there is no room for the file.
	ErrFull = errors.New("there is no room left")
	// ErrIrregular is what can't be read or written: a directory, a device.
	ErrIrregular = errors.New("it is no file")
)

// Tree is the directory of a backend, with all below it, on loan to one task: see
// [connectors.Work]. Names are relative to it, with slashes: "in/drinks.csv"; "." is the
// directory itself. Every method ends with its ctx; the errors are those above, or
// *connectors.NetworkError where the server is lost. It is safe for concurrent use, but
// one call that a server leaves without an answer takes the connection from all.
type Tree struct {
	on       medium
	readOnly bool
}

// medium is what a tree stands on. Its methods take names that are valid, and are called
// in a guard.
type medium interface {
	// guard runs a call and cuts it off where that can be done.
	guard(ctx context.Context, call func() error) error
	list(dir string) ([]fs.FileInfo, error)
	stat(name string) (fs.FileInfo, error) // of what a link leads to
	open(name string) (io.ReadCloser, error)
	create(name string) (output, error) // what is there is refused
	link(from, to string) error         // what is there is refused
	exists(name string) (bool, error)   // be it a link
	rename(from, to string) error       // in place of what is there
	remove(name string) error
	mkdir(name string) error
	keep(dir string) error // brings the names in it to the disk
	// room is how many bytes are free, where that can be known.
	room() (free uint64, known bool)
	close() error
}

// output is a file that is being written.
type output interface {
	io.WriteCloser
	Sync() error
}

// Info describes a file or a directory.
type Info struct {
	// Name is relative to the tree.
	Name string
	// Size is in bytes; 0 for a directory.
	Size      int64
	Modified  time.Time
	Directory bool
}

func describe(name string, i fs.FileInfo) Info {
	info := Info{Name: name, Size: i.Size(), Modified: i.ModTime(), Directory: i.IsDir()}
	if info.Directory {
		info.Size = 0
	}
	return info
}

// List returns what is in a directory, by name: files and directories, and what links
// there lead to; no devices, and no files that are being written.
func (t *Tree) List(ctx context.Context, dir string) ([]Info, error) {
	var list []Info
	err := t.do(ctx, "list", dir, func() error {
		found, err := t.on.list(dir)
		for _, i := range found {
			name := path.Join(dir, i.Name())
			if !isName(name) || strings.Contains(i.Name(), "/") {
				continue // it can't be asked for, or a server would lead elsewhere by it
			}
			if i.Mode().Type() == fs.ModeSymlink {
				var broken error
				if i, broken = t.on.stat(name); broken != nil {
					continue // it leads nowhere, or out
				}
			}
			if !isPart(name) && (i.IsDir() || i.Mode().IsRegular()) {
				list = append(list, describe(name, i))
			}
		}
		return err
	})
	slices.SortFunc(list, func(a, b Info) int { return strings.Compare(a.Name, b.Name) })
	return list, err
}

// Stat describes a file or a directory; fs.ErrNotExist.
func (t *Tree) Stat(ctx context.Context, name string) (info Info, err error) {
	err = t.do(ctx, "look at", name, func() error {
		i, err := t.on.stat(name)
		if err == nil {
			info = describe(name, i)
		}
		return err
	})
	return info, err
}

// Remove removes a file, or a directory that is empty; fs.ErrNotExist.
func (t *Tree) Remove(ctx context.Context, name string) error {
	return t.change(ctx, "remove", name, func() error {
		if err := t.on.remove(name); err != nil {
			return err
		}
		return t.on.keep(path.Dir(name))
	})
}

// Mkdir makes a directory in one that is there; fs.ErrExist.
func (t *Tree) Mkdir(ctx context.Context, name string) error {
	return t.change(ctx, "make directory", name, func() error {
		if err := t.on.mkdir(name); err != nil {
			return err
		}
		return t.on.keep(path.Dir(name))
	})
}

// Move gives a file, or a directory, another name, whole; fs.ErrNotExist, or fs.ErrExist where
// something has that name.
func (t *Tree) Move(ctx context.Context, from, to string) error {
	if !isName(to) || to == "." {
		return fmt.Errorf("move %q to %q: %w", from, to, ErrOutside)
	}
	return t.change(ctx, "move", from, func() error {
		if err := t.publishNew(from, to); err != nil {
			return fmt.Errorf("to %q: %w", to, err)
		}
		return errors.Join(t.on.keep(path.Dir(to)), t.on.keep(path.Dir(from)))
	})
}

// change is do for what writes.
func (t *Tree) change(ctx context.Context, op, name string, call func() error) error {
	switch {
	case t.readOnly:
		return fmt.Errorf("%s %q: %w", op, name, ErrReadOnly)
	case name == ".":
		return fmt.Errorf("%s %q: %w", op, name, ErrOutside)
	}
	return t.do(ctx, op, name, call)
}

// do runs one call to the medium.
func (t *Tree) do(ctx context.Context, op, name string, call func() error) error {
	err := context.Cause(ctx)
	if !isName(name) {
		err = ErrOutside
	}
	if err == nil {
		err = t.on.guard(ctx, call)
	}
	if err != nil {
		return fmt.Errorf("%s %q: %w", op, name, err)
	}
	return nil
}
