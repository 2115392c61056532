package storetest

import (
	"os"
	"testing"
)

// Memory is a directory for stores of the test's own that costs no disk, where there is one: the
// kill of a process needs none, and each commit is two syncs. It is removed when the test ends.
func Memory(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "crema-")
	if err != nil {
		return t.TempDir()
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}
