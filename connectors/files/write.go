package files

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
)

// Create writes a file that is not there yet; fs.ErrExist where it is. It is there under
// its name when all of content is in it and on the disk, and else not at all.
func (t *Tree) Create(ctx context.Context, name string, content io.Reader) error {
	return t.put(ctx, "create", name, content, false)
}

// Replace writes a file in place of what is there, if anything is. Who reads it sees what
// was there or the whole of content.
func (t *Tree) Replace(ctx context.Context, name string, content io.Reader) error {
	return t.put(ctx, "replace", name, content, true)
}

func (t *Tree) put(ctx context.Context, op, name string, content io.Reader, replace bool) error {
	part := path.Join(path.Dir(name), partName())
	var out output
	err := t.change(ctx, op, name, func() error {
		there, err := t.on.exists(name)
		if err == nil && there && !replace {
			err = fs.ErrExist
		}
		if err == nil {
			out, err = t.on.create(part)
		}
		return t.full(err, 0)
	})
	if err != nil {
		return err
	}
	err = t.fill(ctx, op, name, out, content)
	if err == nil {
		err = t.do(ctx, op, name, func() error { return t.publish(part, name, replace) })
	}
	if err != nil {
		// Where this fails as well, because the server is lost, the part stays.
		_ = t.do(context.WithoutCancel(ctx), op, part, func() error { return t.on.remove(part) })
	}
	return err
}

// fill writes all of content, a piece at a time, brings it to the disk and closes the file.
func (t *Tree) fill(ctx context.Context, op, name string, out output, content io.Reader) (err error) {
	defer func() {
		closed := t.do(context.WithoutCancel(ctx), op, name, func() error { return t.full(out.Close(), 0) })
		if err == nil {
			err = closed
		}
	}()
	piece := make([]byte, 128<<10)
	for {
		n, readErr := content.Read(piece)
		if n > 0 {
			if err := t.do(ctx, op, name, func() error {
				_, err := out.Write(piece[:n])
				return t.full(err, n)
			}); err != nil {
				return err
			}
		}
		if readErr == io.EOF {
			return t.do(ctx, op, name, func() error { return t.full(out.Sync(), 0) })
		}
		if readErr != nil {
			return fmt.Errorf("%s %q: read what is to be written: %w", op, name, readErr)
		}
	}
}

// publish gives a part its name.
func (t *Tree) publish(part, name string, replace bool) error {
	var err error
	if replace {
		err = t.on.rename(part, name)
	} else {
		err = t.publishNew(part, name)
	}
	if err != nil {
		return err
	}
	return t.on.keep(path.Dir(name))
}

// publishNew gives a part its name if nothing has that.
func (t *Tree) publishNew(part, name string) error {
	err := t.on.link(part, name)
	if err == nil {
		return t.on.remove(part)
	}
	there, existsErr := t.on.exists(name)
	switch {
	case existsErr != nil:
		return existsErr
	case there:
		return fs.ErrExist
	default: // there are no hard links here
		return t.on.rename(part, name)
	}
}

// full finds out whether a failure is one of room, for so many bytes: SFTP has no word
// for it.
func (t *Tree) full(err error, bytes int) error {
	if err == nil || errors.Is(err, ErrFull) || errors.Is(err, fs.ErrExist) || errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
		return err
	}
	if free, known := t.on.room(); known && free < uint64(max(bytes, 1)) {
		return fmt.Errorf("%w: %w", ErrFull, err)
	}
	return err
}

// partName is the name of another one each time.
func partName() string {
	random := make([]byte, 8)
	_, _ = rand.Read(random) // never fails: it ends the process instead
	return partPrefix + hex.EncodeToString(random) + partSuffix
}
