package gpio_test

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"crema/device/gpio"
)

// TestMain is the guard where it is started as one. Its first output names the pipe on which it
// tells of itself: it has no environment.
func TestMain(m *testing.M) {
	if len(os.Args) < 3 || os.Args[1] != gpio.GuardCommand {
		os.Exit(m.Run())
	}
	tells, err := os.OpenFile(os.Args[2], os.O_WRONLY, 0)
	if err != nil {
		os.Exit(1)
	}
	fmt.Fprintln(tells, os.Getpid(), strings.Join(os.Args[3:], " "), len(os.Environ()))
	told, err := io.ReadAll(os.Stdin)
	fmt.Fprintf(tells, "%s %v\n", told, err)
}

// The guard that is killed is followed by another, which hears of the end.
func TestGuardIsStartedAnew(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tells")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	tells, err := os.OpenFile(path, os.O_RDWR, 0) // its own writer, so that it never ends
	if err != nil {
		t.Fatal(err)
	}
	defer tells.Close()
	t.Setenv("CREMA_ODOO_API_KEY", "secret")
	guard, err := gpio.Chips{Consumer: "test"}.Guard([]string{path, "A", "B"})
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(tells)
	var pids [2]int
	for n := range pids {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Sscanf(line, "%d A B 1\n", &pids[n]); err != nil {
			t.Fatalf("the guard was started with %q: %v", line, err)
		}
		if n == 0 {
			if err := syscall.Kill(pids[0], syscall.SIGKILL); err != nil {
				t.Fatal(err)
			}
		}
	}
	if pids[0] == pids[1] {
		t.Errorf("both have the number %d", pids[0])
	}
	if err := guard.Close(); err != nil {
		t.Errorf("Close = %v", err)
	}
	if line, err := lines.ReadString('\n'); err != nil || line != "k <nil>\n" {
		t.Errorf("the guard was told %q, %v", line, err)
	}
}

// Close while a guard is dead does not wait for another.
func TestGuardThatDiedIsClosed(t *testing.T) {
	nothing := filepath.Join(t.TempDir(), "nothing") // it ends at once
	guard, err := gpio.Chips{Consumer: "test"}.Guard([]string{nothing})
	if err != nil {
		t.Fatal(err)
	}
	_ = guard.Close() // it may say how the guard ended
}
