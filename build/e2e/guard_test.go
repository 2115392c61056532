package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"crema/device/gpio"
)

// guardMemory is what the guard of the outputs may have for itself, while it waits.
const guardMemory = 3 << 20

// TestGuardIsSmall: the guard is begun before all that costs memory. What it shares with the
// program that it guards (the binary) is not looked at.
func TestGuardIsSmall(t *testing.T) {
	t.Parallel()
	guard := exec.Command(crema, gpio.GuardCommand, "no such line")
	guard.Env = []string{"GOMAXPROCS=1"}
	var said strings.Builder
	guard.Stderr = &said
	alive, err := guard.StdinPipe()
	must(t, err)
	must(t, guard.Start())
	read := func(file, name string) (v string) {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", guard.Process.Pid, file))
		must(t, err)
		for line := range strings.Lines(string(text)) {
			if rest, ok := strings.CutPrefix(line, name+":"); ok {
				v = strings.TrimSpace(rest)
			}
		}
		return v
	}
	w := &world{t: t}
	w.until("the guard stands: it heeds no SIGTERM", patience, func() bool {
		ignored, err := strconv.ParseUint(read("status", "SigIgn"), 16, 64)
		return err == nil && ignored&(1<<(syscall.SIGTERM-1)) != 0
	})
	own := 0 // kB
	w.until("it gives back what its start took", patience, func() bool {
		fmt.Sscan(read("smaps_rollup", "Anonymous"), &own)
		return own <= guardMemory>>10
	})
	t.Logf("%d kB of its own", own)
	must(t, alive.Close()) // its program is gone
	if err := guard.Wait(); err == nil || !strings.Contains(said.String(), `"no such line"`) {
		t.Errorf("its program is gone, and an output is not there: %v, %q", err, said.String())
	}
}
