package secret

import (
	"fmt"
	"syscall"
)

// HideMemory has the kernel write no core of this process, whatever the limits say and whoever collects cores, and
// keeps other processes of the same user from reading its memory and environment, or tracing it; root
// may. A program calls it first of all: it holds until the process ends, for all of it. What Go prints of a process that crashes
// has addresses and numbers, no texts but that of a panic.
func HideMemory() error {
	if _, _, errno := syscall.RawSyscall(syscall.SYS_PRCTL, syscall.PR_SET_DUMPABLE, 0, 0); errno != 0 {
		return fmt.Errorf("keep the memory of this process from others: %w", errno)
	}
	return nil
}
