package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// prepare writes a file beside path by fill, which is told its name, marks it as
// restored if rest is given, and proves it.
func prepare(ctx context.Context, path string, fill func(temp string) error, rest *Restoration) (_ string, err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".prepared-")
	if err != nil {
		return "", classify(err)
	}
	temp := f.Name()
	defer func() {
		if err != nil {
			err = errors.Join(classify(err), os.Remove(temp))
		}
	}()
	if err := f.Close(); err != nil {
		return "", err
	}
	atStep("new file begun")
	if err := fill(temp); err != nil {
		return "", err
	}
	atStep("new file filled")
	if rest != nil {
		if err := mark(temp, *rest); err != nil {
			return "", err
		}
	}
	atStep("new file marked")
	if err := forget(temp); err != nil {
		return "", err
	}
	_, err = Verify(ctx, temp)
	return temp, err
}

// mark writes into the file at path, which nobody uses, that it was restored.
func mark(path string, r Restoration) error {
	db, err := openBolt(path, quiet)
	if err != nil {
		return err
	}
	s := &Store{path: path, bolt: db, log: slog.New(slog.DiscardHandler)}
	b, err := db.Begin(true)
	if err == nil {
		sh := s.newShared(b, &layer{})
		if err = s.call(&Tx{shared: sh}, func(tx *Tx) error { return addRestoration(tx, r) }); err != nil {
			err = rollback(b, err)
		} else {
			err = s.write(sh)
		}
	}
	if err := errors.Join(err, db.Sync(), db.Close()); err != nil {
		return fmt.Errorf("mark %s as restored: %w", filepath.Base(path), err)
	}
	// Should the next commit be lost, the mark is not.
	return settleHeaders(path, 0)
}

// copyTo gives a fill that copies a file.
func copyTo(from string) func(string) error {
	return func(temp string) (err error) {
		src, err := os.Open(from)
		if err != nil {
			return err
		}
		defer src.Close() // only read
		dst, err := os.OpenFile(temp, os.O_WRONLY|os.O_TRUNC, 0)
		if err != nil {
			return err
		}
		_, err = io.Copy(dst, src)
		return errors.Join(err, dst.Sync(), dst.Close())
	}
}

// forget drops what the system remembers of a file that is on disk: what is read
// next comes from there.
func forget(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return errors.Join(err, f.Close())
	}
	// Only a hint: without it the proof is of the memory, as good as it can be.
	_ = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED)
	return f.Close()
}
