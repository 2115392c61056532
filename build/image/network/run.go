package network

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"
)

// A Network is a board's way to it.
type Network struct {
	Settings
	DHCP       string       // the program that gets an address, or sets the one it is given
	Join       string       // the program that joins a Wi-Fi network: crema/build/image/gokrazy/wifi
	Load       func() error // has the kernel start the board's Wi-Fi chip: LoadWireless
	Clock      string       // the program that sets the clock by time servers: crema/build/image/gokrazy/clock
	Interfaces string       // where the kernel has them: /sys/class/net
	Console    io.Writer    // the screen at the board; Run writes to it from one goroutine at a time

	beat time.Duration // between two looks; 0 is a second
	mu   sync.Mutex
	last map[string]string // what was told of each interface
}

// ethernet is what the kernel calls the board's own Ethernet, or the first adapter on USB.
const ethernet = "eth0"

// set is the exit code of the DHCP client when it has set an address that it was given.
const set = 125

// Run keeps the board on its network until ctx ends.
func (n *Network) Run(ctx context.Context) error {
	n.beat = cmp.Or(n.beat, time.Second)
	way, other := ethernet, ""
	if n.WiFi != "" {
		way, other = wireless, ethernet
	}
	args, err := n.arguments(way)
	if err != nil {
		return err
	}
	var ways sync.WaitGroup
	defer ways.Wait()
	ways.Go(func() { n.keepTime(ctx) })
	if n.WiFi != "" {
		byDHCP, err := Settings{}.arguments(other)
		if err != nil {
			return err
		}
		ways.Go(func() { n.keep(ctx, other, byDHCP) })
		ways.Go(func() { n.join(ctx) })
	}
	n.keep(ctx, way, args)
	return nil
}

// keep has an interface at its address, whenever it is there, until ctx ends.
func (n *Network) keep(ctx context.Context, name string, args []string) {
	for ctx.Err() == nil {
		if index, ok := n.index(name); ok {
			n.address(ctx, name, index, args)
		}
		pause(ctx, n.beat)
	}
}

// address gets an interface its address and keeps it, until it is another interface or the client ends.
func (n *Network) address(ctx context.Context, name, index string, args []string) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var watch sync.WaitGroup
	defer watch.Wait()
	gone := make(chan struct{})
	watch.Go(func() {
		defer close(gone)
		for pause(ctx, n.beat) {
			if now, ok := n.index(name); !ok || now != index { // an adapter was pulled out; in again, it is another
				n.tell(name+"'s address", "gone with the adapter")
				cancel()
			}
		}
	})
	said := &lastLine{}
	cmd := exec.CommandContext(ctx, n.DHCP, args...)
	cmd.Stdout, cmd.Stderr = said, said
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // it goes with this process, and the next starts its own
	err := cmd.Run()
	switch exit, ok := errors.AsType[*exec.ExitError](err); {
	case ctx.Err() != nil:
	case ok && exit.ExitCode() == set:
		n.tell(name+"'s address", n.Address.String())
		<-gone // nothing is to be done until then
		return
	default:
		n.tell(name+"'s address", fmt.Sprintf("none yet: %s (%v)", said, err))
	}
	cancel()
}

// tell says something of an interface on the screen, unless it was the last thing that was said of it.
func (n *Network) tell(name, what string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.last[name] == what {
		return
	}
	if n.last == nil {
		n.last = map[string]string{}
	}
	n.last[name] = what
	fmt.Fprintf(n.Console, "\ncrema: %s: %s\n", name, what)
}

// index is the kernel's number of an interface; it never gives a number to a second one.
func (n *Network) index(name string) (string, bool) {
	text, err := os.ReadFile(filepath.Join(n.Interfaces, name, "ifindex"))
	return string(text), err == nil
}
