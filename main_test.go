package main

import (
	"context"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"
)

// A part that fails ends the program with its error, though that be one of a call that was cancelled; the end that was asked for has none.
func TestTogether(t *testing.T) {
	waits := func(ctx context.Context) error {
		<-ctx.Done()
		return fmt.Errorf("wait: %w", ctx.Err())
	}
	failed := fmt.Errorf("ask: %w", context.Canceled)
	if err := together(t.Context(), waits, func(context.Context) error { return failed }); err != failed {
		t.Errorf("a part failed: %v, want %v", err, failed)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := together(ctx, waits); err != nil {
		t.Errorf("the end: %v", err)
	}
}

// A card that takes no more writes is not given to somebody else.
func TestUnwritable(t *testing.T) {
	for err, want := range map[error]string{syscall.EROFS: "worn out", fs.ErrPermission: "give it to the user that runs crema", syscall.ENOTDIR: "--data", syscall.EIO: "input/output error"} {
		if got := unwritable("/perm/crema", &fs.PathError{Op: "mkdir", Path: "/perm/crema", Err: err}).Error(); !strings.Contains(got, want) {
			t.Errorf("%v: %s", err, got)
		}
	}
}
