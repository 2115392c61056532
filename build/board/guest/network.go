package main

import (
	"errors"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// The board's address in the emulator's own network; the host is 10.0.2.2 there.
var boardAddress, netmask = []byte{10, 0, 2, 15}, []byte{255, 255, 255, 0}

// await waits for an interface, as those on USB come a while after their modules; for none where it has no name.
func await(name string) error {
	for range 600 {
		_, err := os.Stat("/sys/class/net/" + name)
		if err == nil {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return errors.New("there is no " + name)
}

// bringUp brings those of the interfaces up that there are. The host is on the same network, so there is no route.
func bringUp(names ...string) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	for _, name := range names {
		address, mask := boardAddress, netmask
		if name == "lo" {
			address, mask = []byte{127, 0, 0, 1}, []byte{255, 0, 0, 0}
		}
		if err := bringUpOne(fd, name, address, mask); err != nil && !errors.Is(err, unix.ENODEV) {
			return err
		}
	}
	return nil
}

func bringUpOne(fd int, name string, address, mask []byte) error {
	r, err := unix.NewIfreq(name)
	if err != nil {
		return err
	}
	for _, set := range []struct {
		request uint
		address []byte
	}{{unix.SIOCSIFADDR, address}, {unix.SIOCSIFNETMASK, mask}} {
		if err := r.SetInet4Addr(set.address); err != nil {
			return err
		}
		if err := unix.IoctlIfreq(fd, set.request, r); err != nil {
			return err
		}
	}
	r.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	return unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, r)
}
