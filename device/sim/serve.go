package sim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"time"
)

// Serve lets m speak on pty, through unplugging and plugging, until ctx ends, and
// returns nil then; else why the line can't go on.
func Serve(ctx context.Context, m Machine, pty *PTY) error {
	for {
		if pty.wait(ctx) != nil {
			return nil
		}
		// An earlier Serve may have left the deadline that ended it.
		err := pty.SetReadDeadline(time.Time{})
		if err == nil {
			err = m.Serve(ctx, pty)
		}
		switch {
		case ctx.Err() != nil:
			return nil
		case errors.Is(err, ErrUnplugged):
			// The next round waits for the plug.
		default:
			return fmt.Errorf("serve on %s: %w", pty.Link(), err)
		}
	}
}

// Interrupt makes a read of line that is under way, or comes, fail once ctx ends, where
// line has read deadlines. Call stop when the line is done with.
func Interrupt(ctx context.Context, line io.Reader) (stop func() bool) {
	l, ok := line.(interface{ SetReadDeadline(time.Time) error })
	if !ok {
		return func() bool { return true }
	}
	return context.AfterFunc(ctx, func() { _ = l.SetReadDeadline(time.Unix(1, 0)) })
}

// KeepState loads m's state from the file at path, where there is one, and from then on
// keeps it there. Call it before the first Serve. A state that can't be written any
// more is logged, each time. A nil logger discards.
func KeepState(m Machine, path string, logger *slog.Logger) error {
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	state, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if state, err = m.Save(); err != nil {
			return fmt.Errorf("state of the simulated machine: %w", err)
		}
		if err := writeState(path, state); err != nil {
			return fmt.Errorf("state of the simulated machine: %w", err)
		}
	case err != nil:
		return fmt.Errorf("state of the simulated machine: %w", err)
	default:
		if err := m.Load(state); err != nil {
			return fmt.Errorf("state of the simulated machine in %s: %w", path, err)
		}
	}
	m.OnChange(func(state []byte) {
		if err := writeState(path, state); err != nil {
			logger.Error("the simulated machine's state could not be kept", "path", path, "err", err)
		}
	})
	return nil
}

// writeState replaces the file in one step: a simulator that is killed leaves the old
// state or the new. It is not synced; the simulated power cut is the end of a process,
// not that of the computer.
func writeState(path string, state []byte) error {
	made := path + ".new"
	if err := os.WriteFile(made, state, 0o644); err != nil {
		return err
	}
	return os.Rename(made, path)
}
