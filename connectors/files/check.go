package files

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"

	"github.com/pkg/sftp"

	"crema/connectors"
	"crema/connectors/remote"
)

// test opens the directory, lists it, and writes and removes a small file where the
// backend may write.
func test(ctx context.Context, w *connectors.Work, private []string) ([]connectors.Finding, error) {
	var warnings []connectors.Finding
	if w.Backend.Kind.Is(SFTP) {
		warnings = remote.Warnings(w.Backend)
	}
	err := try(ctx, w, private)
	if err == nil {
		return warnings, nil
	}
	if ctx.Err() != nil {
		return nil, err
	}
	f, known := finding(w.Backend, err)
	if !known {
		return nil, err
	}
	return append(warnings, f), nil
}

func try(ctx context.Context, w *connectors.Work, private []string) (err error) {
	t, err := open(ctx, w, private)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.on.close()) }()
	if _, err := t.List(ctx, "."); err != nil {
		return err
	}
	if t.readOnly {
		return nil
	}
	probe := partName() // which nobody lists
	if err := t.Create(ctx, probe, strings.NewReader("crema looks whether it can write here\n")); err != nil {
		return fmt.Errorf("%w: %w", errWrite, err)
	}
	if err := t.Remove(ctx, probe); err != nil {
		return fmt.Errorf("%w: %w", errWrite, err)
	}
	return nil
}

// errWrite is what failed when something was written.
var errWrite = errors.New("a file can't be written")

// reason is what failed, without the call and the name of the file that was tried.
func reason(err error) string {
	if p, ok := errors.AsType[*fs.PathError](err); ok {
		err = p.Err
	}
	return err.Error()
}

// finding says in words what keeps a backend from working; false for what nobody thought of.
func finding(b connectors.Backend, err error) (connectors.Finding, bool) {
	if f, ok := remote.Finding(b, err); ok {
		return f, true
	}
	dir := b.Text(dirSetting)
	if b.Kind.Is(SFTP) {
		dir = b.Text("path")
	}
	for _, c := range []struct {
		is              error
		code, text, fix string
	}{
		{ErrFull, "disk_full", "There is no room left in %q of %s", "Make room there."},
		{syscall.EROFS, "not_writable", "%q of %s can't be written", "Mount it for writing, or make the backend one for reading only (read_only)."},
		{errNoDirectory, "no_directory", "%q of %s is no directory", "Correct the path."},
		{errWrite, "not_writable", "%q of %s can't be written", "Give crema's user the right to write there, or make the backend one for reading only (read_only)."},
		{fs.ErrNotExist, "path_missing", "There is no directory %q of %s", "Make it there, or correct the path."},
		{fs.ErrPermission, "not_readable", "%q of %s can't be read", "Give crema's user the right to read there, or name another directory."},
	} {
		if errors.Is(err, c.is) {
			text := fmt.Sprintf(c.text, dir, b.Name)
			if c.is != fs.ErrNotExist && c.is != errNoDirectory { // they say it all
				text += ": " + reason(err)
			}
			return connectors.Finding{Code: c.code, Text: text + ".", Fix: c.fix}, true
		}
	}
	if _, ok := errors.AsType[*sftp.StatusError](err); ok {
		return connectors.Finding{Code: "refused", Text: fmt.Sprintf("The server of %s refuses what it is asked for, for a reason of its own: %v.", b.Name, err),
			Fix: "Look at the server's log, and whether this user may work there."}, true
	}
	return connectors.Finding{}, false
}
