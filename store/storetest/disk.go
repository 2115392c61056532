package storetest

import (
	"fmt"
	"testing"

	"golang.org/x/sys/unix"
)

// Disk gives a directory on a disk of its own with that many bytes, until the test ends.
// It takes root: without, the test is skipped.
func Disk(t testing.TB, size int) string {
	t.Helper()
	dir := t.TempDir()
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprint("size=", size)); err != nil {
		t.Skipf("can't mount a small disk: %v", err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(dir, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	return dir
}
