package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"syscall"
)

// look is a file opened to be looked at only, while nobody writes it.
type look struct {
	path string
	file *os.File
	size int64
	head header   // of the state that bbolt would open
	all  []header // the valid ones, newest first
}

func openLook(path string) (l *look, err error) {
	l = &look{path: path}
	if info, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	} else if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("open store %s: it is no file (%s): name a file in the data directory", path, info.Mode().Type())
	}
	if l.file, err = lockFile(path, syscall.LOCK_SH); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	if err := l.readHeader(); err != nil {
		return nil, errors.Join(err, l.close())
	}
	return l, nil
}

func (l *look) readHeader() error {
	info, err := l.file.Stat()
	if err != nil {
		return fmt.Errorf("open store: %w", err)
	}
	l.size = info.Size()
	if l.size == 0 {
		return l.damaged(errors.New("it is empty"))
	}
	if l.all, err = readHeaders(l.file, l.size); err != nil {
		return l.damaged(err)
	}
	l.head = l.all[0]
	if l.size < l.head.bytes() {
		return l.damaged(errCutFile(l.size, l.head))
	}
	return nil
}

func (l *look) close() error { return l.file.Close() }

func (l *look) damaged(err error) error { return &DamagedError{Path: l.path, Err: err} }

// named gives what a verifier found its name.
func (l *look) named(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrForeign):
		return fmt.Errorf("open store %s: %w", l.path, err)
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	}
	return l.damaged(err)
}

// verify reads every page.
func (l *look) verify(ctx context.Context) (content, error) {
	c, err := verify(ctx, l.file, l.size, l.head, true)
	if err != nil && ctx.Err() != nil {
		return c, err
	}
	return c, l.named(err)
}

// verifyFreelist reads the list of free pages alone.
func (l *look) verifyFreelist(ctx context.Context) error {
	return l.named(newVerifier(ctx, l.file, l.head).freelist())
}

// content tells what the file's mark says, without reading more than it must.
func (l *look) content(ctx context.Context) (content, error) {
	v := newVerifier(ctx, l.file, l.head)
	v.only = schema.name
	if err := v.tree(l.head.root, nil, nil, 0); err == nil && v.content.marked {
		return v.content, nil
	}
	// Whose it is, or what is wrong with it, the whole of it tells.
	return l.verify(ctx)
}

var errLostHeader = errors.New("one of its two header pages is not valid: the last commit may be lost")

// headerDamage tells of a damage to a header for which bbolt does not refuse the file:
// it takes the other, and nobody would know of the commit that is lost. A power cut
// can't do this: what counts of a header is smaller than a disk's sector.
func (l *look) headerDamage() error {
	if len(l.all) < 2 {
		return errLostHeader
	}
	for _, h := range l.all {
		if h.odd {
			return errors.New("the head of a header page is not what was written")
		}
	}
	return nil
}
