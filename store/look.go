package store

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"go.etcd.io/bbolt"
)

// look is a file opened to be looked at only.
type look struct {
	path string
	file *os.File
	size int64
	head header
	bolt *bbolt.DB
}

func openLook(path string) (l *look, err error) {
	l = &look{path: path}
	defer func() {
		if err != nil {
			err = errors.Join(err, l.close())
		}
	}()
	if l.file, err = os.Open(path); err != nil {
		return l, fmt.Errorf("open store: %w", err)
	}
	// Once to see that bbolt can make something of it, and again when it is locked,
	// since only then it stays as it is.
	if err := l.readHeader(); err != nil {
		return l, err
	}
	if l.bolt, err = openBolt(path, bbolt.Options{Timeout: lockWait, ReadOnly: true}); err != nil {
		return l, err
	}
	if err := l.readHeader(); err != nil {
		return l, err
	}
	if l.size < l.head.bytes() {
		return l, l.damaged(errCutFile(l.size, l.head))
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
	hs, err := readHeaders(l.file, l.size)
	if err != nil {
		return l.damaged(err)
	}
	l.head = hs[0]
	return nil
}

func (l *look) close() error {
	var err error
	if l.bolt != nil {
		err = l.bolt.Close()
	}
	if l.file != nil {
		err = errors.Join(err, l.file.Close())
	}
	return err
}

func (l *look) damaged(err error) error { return &DamagedError{Path: l.path, Err: err} }

// verify reads every page.
func (l *look) verify(ctx context.Context) error {
	err := verify(ctx, l.file, l.size, l.head, true)
	if err == nil || ctx.Err() != nil {
		return err
	}
	return l.damaged(err)
}

// verifyFreelist reads the list of free pages alone.
func (l *look) verifyFreelist(ctx context.Context) error {
	if err := newVerifier(ctx, l.file, l.head).freelist(); err != nil {
		return l.damaged(err)
	}
	return nil
}

// schema gives the version of the file and its newest migration's name.
func (l *look) schema() (version int, name string, err error) {
	s := &Store{path: l.path, bolt: l.bolt, log: slog.New(slog.DiscardHandler)}
	err = s.view(func(tx *Tx) (err error) {
		version, name, err = schemaOf(tx)
		return err
	})
	if err != nil {
		return 0, "", fmt.Errorf("open store %s: %w", l.path, err)
	}
	return version, name, nil
}
