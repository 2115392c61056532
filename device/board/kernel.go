package board

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Kernel is what the clock asks the kernel. Its methods don't block and are safe for
// concurrent use.
type Kernel interface {
	// Wall is the kernel's wall clock, right or wrong.
	Wall() time.Time
	// Uptime is how long ago this boot began, sleep included; it never goes back.
	Uptime() time.Duration
	// Synchronised reports whether something keeps the wall clock right at this moment.
	Synchronised() bool
	// BootID names this boot; "" where that is not known.
	BootID() string
}

// linux is the kernel that runs us.
type linux struct{ boot string }

func (linux) Wall() time.Time { return time.Now().Round(0) }

func (linux) Uptime() time.Duration {
	var ts unix.Timespec
	// Linux has had CLOCK_BOOTTIME since 2.6.39 (clock_gettime(2)).
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &ts); err != nil {
		panic(fmt.Sprintf("BUG: clock_gettime(CLOCK_BOOTTIME): %v", err))
	}
	return time.Duration(ts.Nano())
}

// Synchronised asks as adjtimex(2) says: TIME_ERROR, or STA_UNSYNC in the status,
// means that nobody has set the clock, or not for long. systemd-timesyncd and ntpd
// tell the kernel; chronyd does only with `rtcsync`.
func (linux) Synchronised() bool {
	var t unix.Timex
	state, err := unix.Adjtimex(&t)
	return err == nil && state != unix.TIME_ERROR && t.Status&unix.STA_UNSYNC == 0
}

func (k linux) BootID() string { return k.boot }

const bootIDFile = "/proc/sys/kernel/random/boot_id"

// BootID returns the name that the kernel gave this boot: a random UUID.
func BootID() (string, error) {
	b, err := os.ReadFile(bootIDFile)
	if err != nil {
		return "", fmt.Errorf("read the boot id: %w", err)
	}
	id := strings.TrimSpace(string(b))
	if id == "" {
		return "", errors.New("read the boot id: " + bootIDFile + " is empty")
	}
	return id, nil
}
