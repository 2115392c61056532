package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

var errNoPrevious = errors.New("its state before the last commit is lost too")

// previous looks for the state of the file before its last commit, which bbolt leaves
// as it was until the next one: the pages that a commit frees are written again by
// the one after it, at the earliest. Where the newer header is lost, it is the state
// of the other one.
func previous(ctx context.Context, f *os.File) (h header, c content, err error) {
	info, err := f.Stat()
	if err != nil {
		return header{}, content{}, err
	}
	hs, err := readHeaders(f, info.Size())
	if err != nil {
		return header{}, content{}, fmt.Errorf("%w: %w", errNoPrevious, err)
	}
	h = hs[len(hs)-1]
	if c, err = verify(ctx, f, info.Size(), h, false); err != nil {
		return header{}, content{}, fmt.Errorf("%w: %w", errNoPrevious, err)
	}
	return h, c, nil
}

// copyState gives a fill that copies the state h of the file f, and nothing else.
func copyState(f *os.File, h header) func(string) error {
	return func(temp string) (err error) {
		to, err := os.OpenFile(temp, os.O_WRONLY|os.O_TRUNC, 0)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, to.Close()) }()
		if _, err := io.Copy(to, io.NewSectionReader(f, 0, h.bytes())); err != nil {
			return err
		}
		h.freelist = noFreelist // bbolt looks for the free pages itself
		return writeHeaders(to, h)
	}
}
