package files

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"time"

	"crema/connectors"
)

// File is a file as synchronizers see it, whole.
type File struct {
	Content []byte
	// Modified is as the directory says; it is not written.
	Modified time.Time
}

// LargestFile is how much of a file an adapter takes into memory, in bytes: what is larger is
// read piece by piece, from the [Tree].
const LargestFile = 16 << 20

// Adapter has the files of a backend that fit a pattern as records: a
// [connectors.BackendAdapter] of File, a Searcher, Reader, Creator, Writer and Deleter.
// An external id is a file's name in the [Tree]: "out/order-17.csv". Its errors are those of
// package connectors. It is safe for concurrent use as far as its Tree is.
type Adapter struct {
	backend    connectors.Backend
	tree       *Tree
	dir        string
	begin, end string // of a file's name in it, around what tells it from others
}

// NewAdapter makes the adapter of a work whose client is a [Tree], for the files of a
// pattern such as "out/order-*.csv", with one "*" behind the last slash.
func NewAdapter(w *connectors.Work, pattern string) (*Adapter, error) {
	t, err := connectors.ClientOf[*Tree](w)
	if err != nil {
		return nil, err
	}
	a := &Adapter{backend: w.Backend, tree: t, dir: path.Dir(pattern)}
	ok := false
	a.begin, a.end, ok = strings.Cut(path.Base(pattern), "*")
	if !ok || strings.Contains(a.dir+a.begin+a.end, "*") || !isName(pattern) {
		return nil, fmt.Errorf(`%q is no pattern of files in a directory: write one such as "out/order-*.csv"`, pattern)
	}
	return a, nil
}

// Backend is whose files it has.
func (a *Adapter) Backend() connectors.Backend { return a.backend }

// Search returns the names of all files of the pattern, in order, for which q holds; nil
// is all. A directory that is not there has none.
func (a *Adapter) Search(ctx context.Context, q func(Info) bool) ([]string, error) {
	list, err := a.tree.List(ctx, a.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, sorted(err)
	}
	var names []string
	for _, i := range list {
		if !i.Directory && a.fits(i.Name) && (q == nil || q(i)) {
			names = append(names, i.Name)
		}
	}
	return names, nil
}

// Read reads a file whole; connectors.ErrNotInBackend where there is none, and a
// *connectors.RefusedError for one of more than LargestFile.
func (a *Adapter) Read(ctx context.Context, external string) (File, error) {
	info, err := a.look(ctx, external)
	if err != nil {
		return File{}, err
	}
	in, err := a.tree.Open(ctx, external)
	if err != nil {
		return File{}, sorted(err)
	}
	content, err := io.ReadAll(io.LimitReader(in, LargestFile+1))
	if err := errors.Join(err, in.Close()); err != nil {
		return File{}, sorted(err)
	}
	if len(content) > LargestFile {
		return File{}, &connectors.RefusedError{Err: fmt.Errorf("%s has more than the %d bytes that fit into memory", external, LargestFile)}
	}
	return File{Content: content, Modified: info.Modified}, nil
}

// Create writes a new file, with the key in place of the pattern's "*", as far as it can be
// in a name. One that is there has been made with that key before, and stays as it is.
func (a *Adapter) Create(ctx context.Context, key string, r File) (external string, err error) {
	name := path.Join(a.dir, a.begin+escaped(key)+a.end)
	err = a.tree.Create(ctx, name, bytes.NewReader(r.Content))
	switch {
	case err == nil, errors.Is(err, fs.ErrExist):
		return name, nil
	case errors.Is(err, fs.ErrNotExist): // the directory
		return "", &connectors.RefusedError{Err: err}
	}
	return "", sorted(err)
}

// Write writes a file anew; connectors.ErrNotInBackend where there is none.
func (a *Adapter) Write(ctx context.Context, external string, r File) error {
	if _, err := a.look(ctx, external); err != nil {
		return err
	}
	return sorted(a.tree.Replace(ctx, external, bytes.NewReader(r.Content)))
}

// Delete removes a file; one that is gone already is no error.
func (a *Adapter) Delete(ctx context.Context, external string) error {
	_, err := a.look(ctx, external)
	if err == nil {
		err = sorted(a.tree.Remove(ctx, external))
	}
	if errors.Is(err, connectors.ErrNotInBackend) {
		return nil
	}
	return err
}

// look finds out whether there is such a file.
func (a *Adapter) look(ctx context.Context, external string) (Info, error) {
	if !a.fits(external) {
		if ctx.Err() != nil {
			return Info{}, context.Cause(ctx)
		}
		return Info{}, fmt.Errorf("%q: %w: it is none of %s*%s", external, connectors.ErrNotInBackend, path.Join(a.dir, a.begin), a.end)
	}
	info, err := a.tree.Stat(ctx, external)
	if err == nil && info.Directory {
		err = fmt.Errorf("%q: %w", external, fs.ErrNotExist)
	}
	return info, sorted(err)
}

// fits tells whether a name is one of the adapter's files.
func (a *Adapter) fits(name string) bool {
	base := path.Base(name)
	return isName(name) && path.Dir(name) == a.dir && len(base) >= len(a.begin)+len(a.end) && strings.HasPrefix(base, a.begin) && strings.HasSuffix(base, a.end)
}

// sorted says with an error whether trying again makes sense. No room is no refusal: there
// may be some again.
func sorted(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %w", connectors.ErrNotInBackend, err)
	}
	for _, refused := range []error{fs.ErrPermission, ErrOutside, ErrReadOnly, ErrIrregular} {
		if errors.Is(err, refused) {
			return &connectors.RefusedError{Err: err}
		}
	}
	return err
}
