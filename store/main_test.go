package store_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"testing"
)

// TestMain runs the tests or, in a process that a test started, one of children.
func TestMain(m *testing.M) {
	if run, ok := children[os.Getenv("CREMA_TEST_CHILD")]; ok {
		if err := run(os.Args[len(os.Args)-1]); err != nil {
			fmt.Println("failed:", err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// child prepares this test binary as another process, which runs what children has
// under that name on the store at path.
func child(t *testing.T, name, path string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], path)
	// The race detector would have it linger for a second at its end.
	cmd.Env = append(os.Environ(), "CREMA_TEST_CHILD="+name, "GORACE=atexit_sleep_ms=0")
	return cmd
}

// seed gives a random test its seed, that of CREMA_TEST_SEED if set, and prints it.
func seed(t *testing.T) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(os.Getenv("CREMA_TEST_SEED"), 10, 64)
	if err != nil {
		n = rand.Uint64()
	}
	t.Logf("CREMA_TEST_SEED=%d", n)
	return n
}
