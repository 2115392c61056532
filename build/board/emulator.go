package board

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// An emulator is one emulated board that was switched on. Its files are in a folder of its own.
type emulator struct {
	dir     string
	cmd     *exec.Cmd
	started time.Time
	ended   chan struct{} // closed when the emulator's process has ended
	port    int           // of the board's page, on this computer
	agent   net.Conn      // nil until it is asked
}

// A boot says how a board is switched on.
type boot struct {
	arch       arch
	kernel     string
	initrd     string
	append     string // to the kernel's command line
	processors int
	memory     int      // MB; 0: 512
	rtc        string   // the clock that the board starts by, as -rtc base= takes it; "": a right one
	system     string   // image of the disk with the program
	disk       string   // socket of the data disk
	restart    bool     // a restart of the board is one; else it ends the emulator
	more       []string // for the emulator
}

// switchOn starts a board in a folder, which holds the sockets of its lines: `lobby`, a serial port of the board's, and
// `kitchen`, one that is plugged in for as long as somebody is at the other end.
func switchOn(ctx context.Context, dir string, b boot) (*emulator, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	socket := func(name string) string { return name + ",path=" + filepath.Join(dir, name) + ",server=on,wait=off" }
	for _, name := range []string{"lobby", "kitchen", "agent", "qmp", "qtest"} {
		os.Remove(filepath.Join(dir, name))
	}
	if b.memory == 0 {
		b.memory = 512
	}
	if b.rtc == "" {
		b.rtc = "utc"
	}
	args := []string{"-smp", strconv.Itoa(b.processors), "-m", strconv.Itoa(b.memory), "-rtc", "base=" + b.rtc,
		"-display", "none", "-monitor", "none", "-serial", "file:" + filepath.Join(dir, "console"),
		"-qmp", "unix:" + filepath.Join(dir, "qmp") + ",server=on,wait=off", "-qtest", "unix:" + filepath.Join(dir, "qtest") + ",server=on,wait=off", "-qtest-log", "none",
		"-netdev", fmt.Sprintf("user,id=net,hostfwd=tcp:127.0.0.1:%d-:8080", port), "-device", "virtio-net-device,netdev=net",
		"-device", "virtio-serial-device", "-chardev", "socket,id=" + socket("agent"), "-device", "virtserialport,chardev=agent,name=agent",
		"-chardev", "socket,id=" + socket("lobby"), "-device", "pci-serial,chardev=lobby",
		"-device", "qemu-xhci", "-chardev", "socket,id=" + socket("kitchen"), "-device", "usb-serial,chardev=kitchen",
		"-device", "i6300esb", "-kernel", b.kernel, "-initrd", b.initrd, "-append", "quiet panic=2 console=ttyAMA0 net.ifnames=0 rdinit=/init " + b.append}
	if b.system != "" {
		args = append(args, "-drive", "if=none,id=system,format=raw,readonly=on,file="+b.system, "-device", "virtio-blk-device,drive=system,serial=system")
	}
	if b.disk != "" {
		args = append(args, "-drive", "if=none,id=data,format=raw,cache=none,file=nbd:unix:"+b.disk, "-device", "virtio-blk-device,drive=data,serial=data")
	}
	if !b.restart {
		args = append(args, "-no-reboot")
	}
	return start(ctx, dir, port, b.arch.emulator, slices.Concat(b.arch.machine, args, b.more))
}

// inOneThread has a board's processors take turns on one of this computer's. In threads of their own they spin for each other's locks: a Pi 3
// with its four took 8 times as long for its first page.
var inOneThread = []string{"-accel", "tcg,thread=single"}

// start starts the emulator's process.
func start(ctx context.Context, dir string, port int, program string, args []string) (*emulator, error) {
	says, err := os.Create(filepath.Join(dir, "qemu.log"))
	if err != nil {
		return nil, err
	}
	defer says.Close()
	e := &emulator{dir: dir, port: port, ended: make(chan struct{}), cmd: exec.CommandContext(ctx, program, slices.Concat(inOneThread, args)...)}
	e.cmd.Stdout, e.cmd.Stderr = says, says
	e.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	e.started = time.Now()
	if err := e.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		defer close(e.ended)
		e.cmd.Wait() //nolint:errcheck // it is killed, mostly
	}()
	return e, nil
}

// kill is the power plug.
func (e *emulator) kill() {
	e.cmd.Process.Kill() //nolint:errcheck // it may have ended
	<-e.ended
	if e.agent != nil {
		e.agent.Close()
	}
}

// page waits for the first good answer of the board's page and gives the time since the board was switched on.
func (e *emulator) page(ctx context.Context, limit time.Duration) (time.Duration, error) {
	// The emulator takes a connection before the board listens, and its first try is never answered then: a probe is short.
	patience := 500 * time.Millisecond
	for end := time.Now().Add(limit); time.Now().Before(end); {
		if e.answers(ctx, patience) {
			return time.Since(e.started), nil
		}
		if time.Since(e.started) > 10*time.Second {
			patience = 5 * time.Second // a slow board's answer takes longer
		}
		select {
		case <-e.ended:
			return 0, errors.New("the emulator ended: " + e.words())
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(50 * time.Millisecond):
		}
	}
	return 0, fmt.Errorf("no page after %s: %s", limit, e.words())
}

// firstPage is page where the time is what is wanted: there is always another probe, until one is answered.
func (e *emulator) firstPage(ctx context.Context, limit time.Duration) (time.Duration, error) {
	ctx, stop := context.WithTimeout(ctx, limit)
	var probes sync.WaitGroup
	defer probes.Wait()
	defer stop()
	good := make(chan time.Duration, 1)
	for {
		probes.Go(func() {
			if e.answers(ctx, 2*time.Second) {
				select {
				case good <- time.Since(e.started):
				default: // another was first
				}
			}
		})
		select {
		case took := <-good:
			return took, nil
		case <-e.ended:
			return 0, errors.New("the emulator ended: " + e.words())
		case <-ctx.Done():
			return 0, fmt.Errorf("no page after %s: %w: %s", limit, ctx.Err(), e.words())
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// answers tells whether the board's page does, within so long.
func (e *emulator) answers(ctx context.Context, patience time.Duration) bool {
	ctx, stop := context.WithTimeout(ctx, patience)
	defer stop()
	request, err := http.NewRequestWithContext(ctx, "GET", e.url("/healthz"), nil)
	if err != nil {
		return false
	}
	answer, err := (&http.Client{Transport: perCall}).Do(request)
	if err != nil {
		return false
	}
	answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

func (e *emulator) url(path string) string { return fmt.Sprintf("http://127.0.0.1:%d%s", e.port, path) }

// console is all that the board said.
func (e *emulator) console() string {
	text, err := os.ReadFile(filepath.Join(e.dir, "console"))
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// words are the last that the emulator and the board said.
func (e *emulator) words() string {
	own, err := os.ReadFile(filepath.Join(e.dir, "qemu.log"))
	if err != nil {
		return err.Error()
	}
	lines := strings.SplitAfter(string(own)+e.console(), "\n")
	return strings.Join(lines[max(0, len(lines)-40):], "")
}
