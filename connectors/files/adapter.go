package files

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"crema/connectors"
)

// File is a file as synchronizers see it, whole. Its external id is its name.
type File struct {
	// Name is relative to the backend's directory: "in/drinks.csv".
	Name    string
	Content []byte
	// Modified is as the directory says; it is not written.
	Modified time.Time
}

// LargestFile is how much of a file an adapter takes into memory, in bytes: what is larger is
// read piece by piece, from the [Tree].
const LargestFile = 16 << 20

// Adapter has the files of a backend as records. It is a [connectors.BackendAdapter] of
// File, and a Searcher by pattern, Reader, Creator, Writer and Deleter. Its errors are those of
// package connectors; it stands on the work's client, and is as little for several
// goroutines at once.
type Adapter struct {
	backend connectors.Backend
	tree    *Tree
}

// NewAdapter makes the adapter of a work whose client is a [Tree].
func NewAdapter(w *connectors.Work) (*Adapter, error) {
	t, err := connectors.ClientOf[*Tree](w)
	if err != nil {
		return nil, err
	}
	return &Adapter{w.Backend, t}, nil
}

// Backend is whose files it has.
func (a *Adapter) Backend() connectors.Backend { return a.backend }

// Search returns the names of the files that fit a pattern, in order: "in/*.csv", as
// path.Match has it. The directory in it is one, and is no pattern; one that is not there
// has no files.
func (a *Adapter) Search(ctx context.Context, pattern string) ([]string, error) {
	dir, base := path.Dir(pattern), path.Base(pattern)
	if _, err := path.Match(base, ""); err != nil || strings.ContainsAny(dir, `*?[\`) {
		return nil, &connectors.RefusedError{Err: fmt.Errorf("%q is no pattern of files in a directory: write one such as \"in/*.csv\"", pattern)}
	}
	list, err := a.tree.List(ctx, dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, sorted(err)
	}
	names := []string{}
	for _, i := range list {
		if fits, _ := path.Match(base, path.Base(i.Name)); fits && !i.Directory {
			names = append(names, i.Name)
		}
	}
	slices.Sort(names)
	return names, nil
}

// Read reads a file whole; connectors.ErrNotInBackend where it is gone, and a
// *connectors.RefusedError for one of more than LargestFile.
func (a *Adapter) Read(ctx context.Context, external string) (f File, err error) {
	info, err := a.tree.Stat(ctx, external)
	if err != nil {
		return File{}, sorted(err)
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
	return File{Name: external, Content: content, Modified: info.Modified}, nil
}

// Create writes a new file of the record's name, which is its external id, and the key
// that tells it from others: make it of what tells the record from others, so that the same
// record again makes no second file. One that is there with the same content is that file;
// one with another content belongs to somebody else, and is a *connectors.RefusedError.
func (a *Adapter) Create(ctx context.Context, _ string, r File) (external string, err error) {
	err = a.tree.Create(ctx, r.Name, bytes.NewReader(r.Content))
	if errors.Is(err, fs.ErrExist) {
		there, readErr := a.Read(ctx, r.Name)
		if readErr != nil && !errors.Is(readErr, connectors.ErrNotInBackend) {
			return "", readErr
		}
		if readErr == nil && bytes.Equal(there.Content, r.Content) {
			return r.Name, nil
		}
	}
	if errors.Is(err, fs.ErrNotExist) { // the directory
		return "", &connectors.RefusedError{Err: err}
	}
	if err != nil {
		return "", sorted(err)
	}
	return r.Name, nil
}

// Write writes a file anew; connectors.ErrNotInBackend where it is gone. It can't get
// another name.
func (a *Adapter) Write(ctx context.Context, external string, r File) error {
	if r.Name != "" && r.Name != external {
		return &connectors.RefusedError{Err: fmt.Errorf("%s can't become %s: a file keeps its name", external, r.Name)}
	}
	if _, err := a.tree.Stat(ctx, external); err != nil {
		return sorted(err)
	}
	return sorted(a.tree.Replace(ctx, external, bytes.NewReader(r.Content)))
}

// Delete removes a file; one that is gone already is no error.
func (a *Adapter) Delete(ctx context.Context, external string) error {
	err := a.tree.Remove(ctx, external)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return sorted(err)
}

// sorted says with an error whether trying again makes sense. No room is no refusal: there
// may be some again.
func sorted(err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %w", connectors.ErrNotInBackend, err)
	}
	for _, refused := range []error{fs.ErrExist, fs.ErrPermission, fs.ErrInvalid, ErrOutside, ErrReadOnly, ErrIrregular} {
		if errors.Is(err, refused) {
			return &connectors.RefusedError{Err: err}
		}
	}
	return err
}
