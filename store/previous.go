package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

var errNoState = errors.New("neither of the states that it holds is whole")

// ownState looks for the best of the two states that the damaged file holds: that of
// its last commit, where the damage is in what is of no account, as the list of free
// pages; else that before it, which bbolt leaves as it was until the next: the pages
// that a commit frees are written again by the one after it, at the earliest. Where a
// header is lost, the other's may be either, and is taken for the latter.
func ownState(ctx context.Context, f *os.File, tried map[string]bool) (h header, c content, from string, err error) {
	info, err := f.Stat()
	if err != nil {
		return header{}, content{}, "", err
	}
	hs, err := readHeaders(f, info.Size())
	if err != nil {
		return header{}, content{}, "", fmt.Errorf("%w: %w", errNoState, err)
	}
	err = errNoState
	for i, h := range hs {
		from := FromPreviousCommit
		if i == 0 && len(hs) == 2 {
			from = FromLastCommit
		}
		if tried[from] {
			continue
		}
		c, e := verify(ctx, f, info.Size(), h, false)
		if e == nil {
			return h, c, from, nil
		}
		err = fmt.Errorf("%w: %w", errNoState, e)
	}
	return header{}, content{}, "", err
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
