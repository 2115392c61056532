package network

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// A link is an interface as the kernel has it.
type link struct {
	index   string // a number that it never gives to a second one
	carrier bool   // there is a cable in, or a network joined
	losses  string // how many times there was one, and then was not; "" where nobody counts
}

// look is an interface now; ok is false where it is not there.
func (n *Network) look(name string) (l link, ok bool) {
	read := func(what string) string {
		text, _ := os.ReadFile(filepath.Join(n.Interfaces, name, what)) // the kernel has no answer while the interface is down
		return strings.TrimSpace(string(text))
	}
	l = link{index: read("ifindex"), carrier: read("carrier") == "1", losses: read("carrier_down_count")}
	return l, l.index != ""
}

// Forget takes all IPv4 addresses of an interface away, with their routes.
func Forget(name string) error {
	link, err := net.InterfaceByName(name)
	if err != nil {
		return err
	}
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(socket)
	const most = 16 // more than a board has
	for range most {
		all, err := link.Addrs()
		if err != nil {
			return err
		}
		has := false
		for _, one := range all {
			ip, ok := one.(*net.IPNet)
			has = has || ok && ip.IP.To4() != nil
		}
		if !has {
			return nil
		}
		none, err := unix.NewIfreq(name)
		if err == nil {
			err = none.SetInet4Addr(make([]byte, 4)) // which removes the first
		}
		if err == nil {
			err = unix.IoctlIfreq(socket, unix.SIOCSIFADDR, none)
		}
		if err != nil {
			return err
		}
	}
	return fmt.Errorf("%s still has an address", name)
}
