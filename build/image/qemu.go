package image

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"crema/device/sim"
)

// An emulated is a board with the image as its card.
type emulated struct {
	kind    string // QEMU's machine: virt or raspi3b
	image   string
	work    string // for files of its own
	machine sim.Machine
	verbose io.Writer // gets all that the board's screen shows
}

// A boot is one run of a board, from power on to power off.
type boot struct {
	url    string    // of its page
	keys   io.Writer // the keyboard beside its screen
	qmp    string    // QEMU's own line
	cancel context.CancelFunc
	ended  chan struct{}

	mu     sync.Mutex
	screen bytes.Buffer
}

// start switches the board on, with the coffee machine on its UART. QEMU has no firmware of the Pi: the kernel, its command line and the
// device tree are read from the card here, as that would. What is added to the command line is a console, on a serial line that
// real boards lack, to read what they show on their screen, with a key to crash the kernel, which then stays as it is. The board is asked at its address in QEMU's
// network, 10.0.2.0/24, "" for what DHCP gives it.
func (b *emulated) start(ctx context.Context, address string) (*boot, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	for _, name := range []string{"cmdline.txt", "vmlinuz"} {
		if err := b.fromCard(ctx, name); err != nil {
			return nil, err
		}
	}
	line, err := os.ReadFile(filepath.Join(b.work, "cmdline.txt"))
	if err != nil {
		return nil, err
	}
	uart, err := net.Listen("unix", filepath.Join(b.work, "uart"))
	if err != nil {
		return nil, err
	}
	qmp := filepath.Join(b.work, "qmp")
	// The board's processors take turns in one thread: in threads of their own they spin for each other's locks.
	args := []string{"-accel", "tcg,thread=single", "-display", "none", "-no-reboot", "-kernel", filepath.Join(b.work, "vmlinuz"),
		"-append", strings.TrimSpace(string(line)) + " console=ttyS0,115200 panic=0 sysrq_always_enabled",
		"-qmp", "unix:" + qmp + ",server=on,wait=off",
		"-netdev", fmt.Sprintf("user,id=net,hostfwd=tcp:127.0.0.1:%d-%s:80", port, address),
		"-chardev", "socket,id=uart,path=" + uart.Addr().String(), "-chardev", "stdio,id=screen"}
	if b.kind == "raspi3b" {
		tree, err := b.deviceTree(ctx)
		if err != nil {
			uart.Close()
			return nil, err
		}
		args = append(args, "-M", "raspi3b", "-dtb", tree, "-serial", "chardev:uart", "-serial", "chardev:screen",
			"-drive", "if=sd,format=raw,file="+b.image,
			"-device", "usb-net,netdev=net,mac=50:54:00:12:34:57") // of a maker's range, so that it is called eth0
	} else {
		args = append(args, "-M", b.kind, "-cpu", "cortex-a53", "-smp", "2", "-m", "512", "-serial", "chardev:uart",
			"-drive", "if=none,id=card,format=raw,file="+b.image, "-device", "virtio-blk-pci,drive=card", "-device", "pci-serial,chardev=screen", "-device", "i6300esb", "-device", "virtio-net-pci,netdev=net,romfile=")
	}
	ctx, cancel := context.WithCancel(ctx)
	s := &boot{url: fmt.Sprintf("http://127.0.0.1:%d", port), qmp: qmp, cancel: cancel, ended: make(chan struct{})}
	go b.play(ctx, uart)
	cmd := exec.CommandContext(ctx, "qemu-system-aarch64", args...) // killed by cancel, as by a power cut
	cmd.Stdout, cmd.Stderr = s, s
	if b.verbose != nil {
		cmd.Stdout = io.MultiWriter(s, b.verbose)
	}
	if s.keys, err = cmd.StdinPipe(); err == nil {
		err = cmd.Start()
	}
	if err != nil {
		cancel()
		if errors.Is(err, exec.ErrNotFound) {
			return nil, missing("qemu-system-aarch64")
		}
		return nil, err
	}
	go func() {
		defer close(s.ended)
		cmd.Wait()
	}()
	return s, nil
}

// deviceTree is that of the card for a Pi 3, with what config.txt has the firmware do to it, and without the watchdog: QEMU's resets the
// board when it is armed. The mini UART, which that switches off, is the screen here.
func (b *emulated) deviceTree(ctx context.Context) (string, error) {
	const name, overlay = "bcm2710-rpi-3-b.dtb", "disable-bt.dtbo"
	tree := filepath.Join(b.work, "tree")
	return tree, errors.Join(
		b.fromCard(ctx, name),
		b.fromCard(ctx, "overlays/"+overlay),
		run(ctx, b.work, nil, "fdtoverlay", "-i", name, "-o", tree, overlay),
		run(ctx, b.work, nil, "fdtput", "-t", "s", tree, "/soc/serial@7e215040", "status", "okay"),
		run(ctx, b.work, nil, "fdtput", "-r", tree, "/soc/watchdog@7e100000"))
}

// play is the coffee machine at the UART, until ctx ends.
func (b *emulated) play(ctx context.Context, uart net.Listener) {
	defer context.AfterFunc(ctx, func() { uart.Close() })()
	for {
		line, err := uart.Accept()
		if err != nil {
			return
		}
		_ = b.machine.Serve(ctx, line) // its end is the board's
		line.Close()
	}
}

// cut takes the power away.
func (s *boot) cut() {
	s.cancel()
	<-s.ended
}

// Write is what the board's screen shows.
func (s *boot) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.screen.Write(p)
}

// shown is what its screen has shown.
func (s *boot) shown() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.screen.String()
}

// until asks again and again until look finds nothing wrong, and gives up when the board has ended or after patience. What is wrong then
// is what was found last, if anything was: an answer that is late says less.
func (s *boot) until(ctx context.Context, patience time.Duration, look func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for wrong := error(nil); ; {
		ask, stop := context.WithTimeout(ctx, 3*time.Second) // QEMU accepts before the board listens, and then waits
		now := look(ask)
		stop()
		if now == nil {
			return nil
		}
		if wrong == nil || !errors.Is(now, context.DeadlineExceeded) {
			wrong = now
		}
		select {
		case <-s.ended:
			return fmt.Errorf("the board has ended: %w", wrong)
		case <-ctx.Done():
			return wrong
		case <-time.After(200 * time.Millisecond):
		}
	}
}

func freePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return l.Addr().(*net.TCPAddr).Port, l.Close()
}
