package network

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"slices"
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
	Resolver   string       // the file with the name servers: /tmp/resolv.conf
	// Forget takes an interface's addresses away: Forget, in this package. It is told the interface's name.
	Forget  func(string) error
	Console io.Writer // the screen at the board; Run writes to it from one goroutine at a time

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
	if err := n.resolve(); err != nil {
		n.tell("the name servers", err.Error()) // and goes on: the client writes them too
	}
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
	given := slices.Contains(args, static)
	var served link // the interface, and how often its cable had been out, when it last had no address yet
	for ctx.Err() == nil {
		now, ok := n.look(name)
		switch {
		case !ok:
		case now.index != served.index:
			served = now
		case n.elsewhere(now, served) && !given: // no client is left that could put it back
			if err := n.Forget(name); err != nil {
				n.tell(name, fmt.Sprintf("the address that it had in the network before can't be taken away: %v", err))
			}
			served = now
		}
		if ok {
			n.address(ctx, name, served, args)
		}
		pause(ctx, n.beat)
	}
}

// elsewhere tells whether the cable was out and is in again: it may be another network's.
func (n *Network) elsewhere(now, served link) bool { return now.losses != served.losses && now.carrier }

// address gets an interface its address and keeps it, until it is another interface or the client ends, or the cable was out and the
// address is the network's to give.
func (n *Network) address(ctx context.Context, name string, served link, args []string) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	given := slices.Contains(args, static)
	var watch sync.WaitGroup
	defer watch.Wait()
	gone := make(chan struct{})
	watch.Go(func() {
		defer close(gone)
		for pause(ctx, n.beat) {
			switch now, ok := n.look(name); {
			case !ok || now.index != served.index: // an adapter was pulled out; in again, it is another
				n.tell(name+"'s address", "gone with the adapter")
				cancel()
			case !given && n.elsewhere(now, served):
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
