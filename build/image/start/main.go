package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"crema/build/image/network"
	"crema/build/image/screen"
	"crema/device/board"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	console := screen.Open("/dev/console")
	b := appliance{
		crema: "/usr/local/bin/crema", data: "/perm/crema", config: "/perm/crema-config/crema.toml", listen: ":80", watchdog: "/dev/watchdog0",
		perm: func() (string, bool) { return perm("/", "/perm", "/sys/fs/ext4") }, network: network.Handed, console: console,
		rename:      func(name string) error { return syscall.Sethostname([]byte(name)) },
		setUpWithin: 10 * time.Minute, steady: 2 * time.Minute, pause: time.Second, again: time.Minute}
	go tellAddresses(ctx, console)
	code, err := b.run(ctx, func(use func(dir string) error) error { return onCard("/", "/tmp/card", use) })
	if err != nil && ctx.Err() == nil {
		fmt.Fprintln(console, "crema:", err)
	}
	console.Flush(time.Second)
	os.Exit(exitCode(code, ctx.Err() != nil))
}

// exitCode is this program's for crema's: gokrazy starts again what fails, and never again what ends with 0.
func exitCode(code int, asked bool) int {
	if code == 0 && !asked {
		return 1
	}
	return code
}

// An appliance is crema and where it has what.
type appliance struct {
	crema  string // the program
	data   string // the directory of what it keeps
	config string // the file that is in force
	listen string // where its page is
	// watchdog is the kernel's device that restarts a board that hangs; not every board has it.
	watchdog string
	// perm looks whether what crema keeps can be used, and says what a person must know of it.
	perm func() (said string, usable bool)
	// network is the file that hands the network's settings over.
	network string
	// rename gives the board a name.
	rename func(name string) error
	// console is the screen at the board.
	console io.Writer
	// setUpWithin is how long crema may take for what stands on the card: a store of some gigabytes may have to be restored first.
	setUpWithin time.Duration
	// steady is how long crema runs before its configuration is taken for a good one.
	steady time.Duration
	// pause is the wait before crema is tried once more where it ended soon after its start.
	pause time.Duration
	// again is how long the page in crema's place is held before crema is tried again.
	again time.Duration
}

// run takes what stands on the card, and then runs crema, until ctx ends or crema does; it returns crema's exit code. Where
// crema can't run because nothing is in force yet a page in its place says why.
func (a appliance) run(ctx context.Context, card func(use func(dir string) error) error) (code int, err error) {
	said, up := "", false
	perm, usable := a.perm()
	if err := card(func(dir string) error {
		said, up = a.bringUp(dir), true // first, as crema may take its time
		if usable {
			said = a.setUp(ctx, dir) + said
		}
		return tellCard(dir, perm+said)
	}); err != nil {
		said += fmt.Sprintf("The card's boot partition can't be read or written: %v\n", err)
	}
	if !up {
		said += a.bringUp("")
	}
	said = perm + said
	fmt.Fprintf(a.console, "\ncrema: %s\n", said)
	if _, err := os.Stat(a.config); !usable || errors.Is(err, os.ErrNotExist) {
		return 1, a.hold(ctx, said)
	}
	return a.keepTrying(ctx, said, card)
}

// bringUp has the board come to its network as the card in dir says, or what is in force does, and returns what it says about it.
func (a appliance) bringUp(dir string) string {
	settings, said := network.Take(dir, filepath.Dir(a.config))
	if err := a.rename(cmp.Or(settings.Name, nameless(board.ReadIdentity("/").Serial))); err != nil { // before it asks for an address by it
		said += fmt.Sprintf("The board keeps its name from before: %v\n", err)
	}
	if err := network.Hand(a.network, settings); err != nil {
		said += fmt.Sprintf("There will be no network: %v\n", err)
	}
	return said
}

// nameless is the name of a board that was given none: the last six digits of its serial number tell it from others.
func nameless(serial string) string {
	if serial == "" {
		return "crema"
	}
	return "crema-" + strings.ToLower(serial[max(0, len(serial)-6):])
}

// hold shows a page until ctx ends.
func (a appliance) hold(ctx context.Context, said string) error {
	l, err := net.Listen("tcp", a.listen)
	if err != nil {
		return err
	}
	return hold(ctx, l, said)
}
