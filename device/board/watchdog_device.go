package board

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// hardware is the kernel's watchdog (Documentation/watchdog/watchdog-api.rst): open, it
// restarts the board unless it is written to in time.
type hardware struct {
	f       *os.File
	timeout time.Duration
	reset   bool // it restarted the board before this boot
}

// openDevice arms a watchdog, with the timeout that is wished for or what it can do.
func openDevice(path string, wish time.Duration) (*hardware, error) {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return nil, fmt.Errorf("the watchdog %s can't be used: %w: %s", path, cause(err), deviceAdvice(err))
	}
	d := &hardware{f: f}
	fd := int(f.Fd())
	// What the driver does not know it refuses, and goes on with the timeout that it has.
	_ = unix.IoctlSetPointerInt(fd, unix.WDIOC_SETTIMEOUT, int(min(math.Ceil(wish.Seconds()), math.MaxInt32)))
	seconds, err := unix.IoctlGetInt(fd, unix.WDIOC_GETTIMEOUT)
	if err != nil || seconds <= 0 {
		return nil, errors.Join(fmt.Errorf("%s is no watchdog, or an unknown one (%v): name the watchdog's device, /dev/watchdog0, or take `watchdog` out of the configuration", path, err), d.close())
	}
	d.timeout = time.Duration(seconds) * time.Second
	if status, err := unix.IoctlGetInt(fd, unix.WDIOC_GETBOOTSTATUS); err == nil { // else it doesn't know
		d.reset = status&unix.WDIOF_CARDRESET != 0
	}
	return d, nil
}

func deviceAdvice(err error) string {
	const without = "take `watchdog` out of the configuration"
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, unix.ENODEV), errors.Is(err, unix.ENXIO):
		return "load the driver of the board's watchdog (on a Raspberry Pi bcm2835_wdt, which is there from the start), or " + without
	case errors.Is(err, unix.EBUSY):
		return "another program has it, systemd where RuntimeWatchdogSec is set: take that out of /etc/systemd/system.conf, or " + without
	case errors.Is(err, fs.ErrPermission):
		return "let the user that runs crema write to it, or " + without
	}
	return "look at it, or " + without
}

// every leaves room for three that come late.
func (d *hardware) every() time.Duration { return d.timeout / 4 }

func (d *hardware) feed() error {
	_, err := d.f.Write([]byte{0})
	return err
}

// close tells the device, by the character V, that its end is meant. One that was made
// not to be stopped (nowayout) restarts the board all the same.
func (d *hardware) close() error {
	_, err := d.f.Write([]byte("V"))
	return errors.Join(err, d.f.Close())
}
