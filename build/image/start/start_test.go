package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"crema/build/image/network"
)

// A world is an appliance with a crema that is a script, and a card that is a directory.
type world struct {
	appliance
	card    string
	console *terminal
	name    string // the board's
}

// A terminal is what stands on the console.
type terminal struct {
	mu      sync.Mutex
	text    bytes.Buffer
	written *sync.Cond
}

func newTerminal() *terminal {
	s := &terminal{}
	s.written = sync.NewCond(&s.mu)
	return s
}

func (s *terminal) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.written.Broadcast()
	return s.text.Write(p)
}

// until waits for a text.
func (s *terminal) until(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for !strings.Contains(s.text.String(), text) {
		s.written.Wait()
	}
}

func (s *terminal) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// newWorld makes one whose crema does the one thing at setup and the other at serve.
func newWorld(t *testing.T, setup, serve string) *world {
	t.Helper()
	dir, console := t.TempDir(), newTerminal()
	w := &world{card: t.TempDir(), console: console, appliance: appliance{
		crema: filepath.Join(dir, "crema"), data: filepath.Join(dir, "data"), config: filepath.Join(dir, "crema.toml"), network: filepath.Join(dir, "network"), console: console,
		perm: func() (string, bool) { return "", true }, setUpWithin: time.Hour, again: time.Hour}}
	w.rename = func(name string) error {
		w.name = name
		return nil
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	w.listen = l.Addr().String() // free again, for the page
	l.Close()
	script := "#!/bin/sh\nif [ $1 = setup ]; then\n" + setup + "\nelse\n" + serve + "\nfi\n"
	if err := os.WriteFile(w.crema, []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *world) mounted(use func(string) error) error { return use(w.card) }

// says is what the card tells.
func (w *world) says(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(w.card, says))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	return string(text)
}

// page is what the held page says; run is what runs the appliance meanwhile.
func (w *world) page(t *testing.T) string {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := w.run(ctx, w.mounted)
		ended <- err
	}()
	text := ""
	for text == "" {
		select {
		case err := <-ended:
			t.Fatalf("no page was held: %v", err)
		default: // until it listens
		}
		if a, err := http.Get("http://" + w.listen); err == nil {
			b, err := io.ReadAll(a.Body)
			a.Body.Close()
			if err != nil || a.StatusCode != http.StatusServiceUnavailable {
				t.Fatalf("the page: %d, %v", a.StatusCode, err)
			}
			text = string(b)
		}
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("the end: %v", err)
	}
	return text
}

// With a configuration in force crema runs, with its environment, and its exit code is the appliance's.
func TestRuns(t *testing.T) {
	w := newWorld(t, `echo "crema.toml is in force"; pwd > where; touch $3`, `echo "$CREMA_CONFIG $CREMA_DATA $CREMA_LISTEN dog:$CREMA_WATCHDOG." >&2; exit 7`)
	code, err := w.run(t.Context(), w.mounted)
	if code != 7 || err != nil {
		t.Errorf("run = %d, %v, want 7", code, err)
	}
	if where, err := os.ReadFile(filepath.Join(w.card, "where")); err != nil || strings.TrimSpace(string(where)) != w.card {
		t.Errorf("set up in %s, %v, want %s", where, err, w.card)
	}
	if got := w.says(t); got != "crema.toml is in force\n" {
		t.Errorf("the card says %q", got)
	}
	shown := func(dog string) {
		t.Helper()
		want := w.config + " " + w.data + " " + w.listen + " dog:" + dog + "."
		if got := w.console.String(); !strings.Contains(got, want) || !strings.Contains(got, "is in force") {
			t.Errorf("the screen shows %q, want %q", got, want)
		}
	}
	shown("")
	w.watchdog = filepath.Join(w.card, "dog")
	if err := os.WriteFile(w.watchdog, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := w.run(t.Context(), w.mounted); err != nil {
		t.Error(err)
	}
	shown(w.watchdog)
}

// crashing has TestMain be a crema that panics.
const crashing = "CREMA_TEST_CRASHES"

func TestMain(m *testing.M) {
	if os.Getenv(crashing) != "" {
		panic("as a crema with a mistake does")
	}
	if os.Getenv(starting) != "" {
		startsAlone()
	}
	os.Exit(m.Run())
}

// A crema that panics is started again: what is in force was not refused.
func TestCremaThatPanics(t *testing.T) {
	w := newWorld(t, "exit 0", crashing+"=1 exec "+os.Args[0])
	w.listen = "nowhere" // no page can be held
	if err := os.WriteFile(w.config, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	code, err := w.run(t.Context(), w.mounted)
	if shown := w.console.String(); code == 0 || code == wrongUsage || err != nil || !strings.Contains(shown, "with a mistake") || strings.Contains(shown, "refused") {
		t.Errorf("run = %d, %v; the screen shows %q", code, err, shown)
	}
}

// Without a configuration in force a page says why; where the card's is bad, so does the card.
func TestHolds(t *testing.T) {
	for _, test := range []struct{ name, setup, want string }{
		{"nothing", `echo "There is no crema.toml"`, "There is no crema.toml"},
		{"bad", `echo "crema: crema.toml:3: milk: there is no such key" >&2; exit 2`, "is refused, and changes nothing. Correct it and start the board again:\ncrema: crema.toml:3: milk"},
		{"no room", `echo "crema: no space" >&2; exit 1`, "the next start tries it again (exit status 1):\ncrema: no space"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, test.setup, "echo never >&2")
			page := w.page(t)
			for where, text := range map[string]string{"page": page, "card": w.says(t), "screen": w.console.String()} {
				if !strings.Contains(text, test.want) || strings.Contains(text, "never") {
					t.Errorf("the %s says %q, want %q", where, text, test.want)
				}
			}
			if !strings.Contains(page, "crema-readme.txt") {
				t.Errorf("the page does not say what to do: %q", page)
			}
		})
	}
}

// An end that nobody asked for is a failure, so that gokrazy starts crema again.
func TestExitCode(t *testing.T) {
	for _, test := range []struct {
		code  int
		asked bool
		want  int
	}{{0, false, 1}, {0, true, 0}, {2, false, 2}, {1, true, 1}} {
		if got := exitCode(test.code, test.asked); got != test.want {
			t.Errorf("exitCode(%d, %v) = %d, want %d", test.code, test.asked, got, test.want)
		}
	}
}

// A bad card changes nothing where a configuration is in force, and nothing is written that stands there.
func TestGoesOn(t *testing.T) {
	w := newWorld(t, `echo "crema: crema.toml:3: milk" >&2; exit 2`, "exit 0")
	if err := os.WriteFile(w.config, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if code, err := w.run(t.Context(), w.mounted); code != 0 || err != nil {
		t.Errorf("run = %d, %v", code, err)
	}
	if got := w.says(t); !strings.Contains(got, "crema.toml:3: milk") {
		t.Errorf("the card says %q", got)
	}
	before, err := os.Stat(filepath.Join(w.card, says))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(filepath.Join(w.card, says), 0o400); err != nil {
		t.Fatal(err)
	}
	if code, err := w.run(t.Context(), w.mounted); code != 0 || err != nil {
		t.Errorf("run again = %d, %v", code, err)
	}
	if after, err := os.Stat(filepath.Join(w.card, says)); err != nil || !after.ModTime().Equal(before.ModTime()) {
		t.Errorf("it was written again: %v", err)
	}
}

// A card that can't be mounted is told, and crema runs.
func TestNoCard(t *testing.T) {
	w := newWorld(t, "exit 3", "exit 0")
	if err := os.WriteFile(w.config, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	code, err := w.run(t.Context(), func(func(string) error) error { return errors.New("it is worn out") })
	if code != 0 || err != nil || !strings.Contains(w.console.String(), "it is worn out") {
		t.Errorf("run = %d, %v; the screen shows %q", code, err, w.console)
	}
}

// Where what crema keeps can't be used nothing is taken from the card, crema does not run, and why is said everywhere; what the
// kernel found wrong with it is said beside all else.
func TestPerm(t *testing.T) {
	w := newWorld(t, "echo setup; touch taken", "echo never >&2")
	if err := os.WriteFile(w.config, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	w.perm = func() (string, bool) { return "it is lost\n", false }
	page := w.page(t)
	for where, text := range map[string]string{"page": page, "card": w.says(t), "screen": w.console.String()} {
		if !strings.Contains(text, "it is lost") || strings.Contains(text, "never") || strings.Contains(text, "setup") {
			t.Errorf("the %s says %q", where, text)
		}
	}
	if _, err := os.Stat(filepath.Join(w.card, "taken")); err == nil {
		t.Error("crema was set up with nowhere to keep it")
	}
	if _, err := os.Stat(w.network); err != nil {
		t.Errorf("there is no network: %v", err)
	}
	w.perm = func() (string, bool) { return "it had errors\n", true }
	if code, err := w.run(t.Context(), w.mounted); code != 0 || err != nil || !strings.Contains(w.says(t), "it had errors\nsetup") || !strings.Contains(w.console.String(), "never") {
		t.Errorf("run = %d, %v; the card says %q", code, err, w.says(t))
	}
}

func TestHadErrors(t *testing.T) {
	systems := t.TempDir()
	for count, want := range map[string]string{"": "", "0\n": "", "7\n": "found errors in the file system of what crema keeps (7 since"} {
		path := filepath.Join(systems, "mmcblk0p4", "errors_count")
		if err := errors.Join(os.RemoveAll(filepath.Dir(path)), os.MkdirAll(filepath.Dir(path), 0o755)); err != nil {
			t.Fatal(err)
		}
		if count != "" {
			if err := os.WriteFile(path, []byte(count), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got := hadErrors(systems, "/dev/mmcblk0p4"); !strings.Contains(got, want) || (got == "") != (want == "") {
			t.Errorf("%q: %q, want %q", count, got, want)
		}
	}
}

// The network is handed over as the card says, and as it was without a card; what is wrong is told and changes nothing.
func TestNetwork(t *testing.T) {
	w := newWorld(t, "echo in force already", "exit 0")
	noCard := func(func(string) error) error { return errors.New("it is worn out") }
	for _, step := range []struct {
		text, said, want string
		card             func(func(string) error) error
	}{
		{"", "it is worn out", "Ethernet, the address by DHCP", noCard},
		{"address = 10.0.0.9/24", "network.txt is in force", "Ethernet with the address 10.0.0.9/24, and no gateway", w.mounted},
		{"address = 10.0.0.9", "network.txt:1: address", "Ethernet with the address 10.0.0.9/24, and no gateway", w.mounted},
		{"", "it is worn out", "Ethernet with the address 10.0.0.9/24, and no gateway", noCard},
	} {
		if err := errors.Join(os.WriteFile(w.config, nil, 0o600), os.WriteFile(filepath.Join(w.card, network.File), []byte(step.text), 0o600)); err != nil {
			t.Fatal(err)
		}
		if code, err := w.run(t.Context(), step.card); code != 0 || err != nil {
			t.Errorf("run = %d, %v", code, err)
		}
		got, err := network.Await(t.Context(), w.appliance.network)
		if err != nil || got.String() != step.want {
			t.Errorf("%q: handed %s, %v, want %s", step.text, got, err, step.want)
		}
		if said := w.says(t) + w.console.String(); !strings.Contains(said, step.said) {
			t.Errorf("%q: it says %q, want %q", step.text, said, step.said)
		}
	}
}

// The board has the name that it is given, before it asks for an address by that, else one of its own.
func TestName(t *testing.T) {
	w := newWorld(t, "echo in force already", "exit 0")
	for text, want := range map[string]string{"": "crema", "name = crema-kitchen": "crema-kitchen"} {
		if err := errors.Join(os.WriteFile(w.config, nil, 0o600), os.WriteFile(filepath.Join(w.card, network.File), []byte(text), 0o600), os.RemoveAll(w.network)); err != nil {
			t.Fatal(err)
		}
		w.rename = func(name string) error {
			if _, err := os.Stat(w.network); err == nil {
				t.Error("the network begins before the board has its name")
			}
			w.name = name
			return nil
		}
		if code, err := w.run(t.Context(), w.mounted); code != 0 || err != nil || !strings.HasPrefix(w.name, want) {
			t.Errorf("%q: run = %d, %v; the board is called %q", text, code, err, w.name)
		}
	}
	for serial, want := range map[string]string{"": "crema", "10000000ABCDEF01": "crema-cdef01", "7": "crema-7"} {
		if got := nameless(serial); got != want {
			t.Errorf("nameless(%q) = %q, want %q", serial, got, want)
		}
	}
}

// What is in force and refused, by another version of crema say, is told by a page.
func TestRefusedInForce(t *testing.T) {
	w := newWorld(t, "echo in force already", `echo "crema: crema.toml:9: gone: there is no such key" >&2; exit 2`)
	if err := os.WriteFile(w.config, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if page := w.page(t); !strings.Contains(page, "crema.toml:9: gone") {
		t.Errorf("the page says %q", page)
	}
}

func TestTail(t *testing.T) {
	end := &tail{limit: 4, reasons: 4}
	for _, s := range []string{"", "abc", "defghi", "j"} {
		if n, err := end.Write([]byte(s)); n != len(s) || err != nil {
			t.Errorf("Write = %d, %v", n, err)
		}
	}
	if end.String() != "ghij" {
		t.Errorf("the end is %q", end)
	}
}

// Why a program of Go crashed stands before what all its goroutines are in, which alone would be the end.
func TestTailOfACrash(t *testing.T) {
	for _, first := range []string{"panic: ", "fatal error: "} {
		end := &tail{limit: 40, reasons: 30}
		for _, s := range []string{"msg=\"no panic: \"\n", first[:4], first[4:] + "no coffee\n", strings.Repeat("goroutine 1 [running]:\n", 9), "panic: a second\n", "exit\n"} {
			if n, err := end.Write([]byte(s)); n != len(s) || err != nil {
				t.Errorf("Write = %d, %v", n, err)
			}
		}
		if got := end.String(); !strings.HasPrefix(got, first+"no coffee\n") || !strings.HasSuffix(got, "a second\nexit\n") || len(got) > 80 {
			t.Errorf("what is kept is %q", got)
		}
	}
	end := &tail{limit: 40, reasons: 30}
	_, _ = end.Write([]byte("panic: short\n"))
	if end.String() != "panic: short\n" {
		t.Errorf("it is said twice: %q", end)
	}
}

// The first partition is found beside the one that the system is on, whatever the disk is called.
func TestPartition(t *testing.T) {
	dir := t.TempDir()
	write := func(path, text string) {
		t.Helper()
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	devices := filepath.Join(dir, "dev/block")
	link := func(numbers, disk string) {
		t.Helper()
		if err := errors.Join(os.MkdirAll(devices, 0o755), os.Symlink(filepath.Join("../../devices", disk), filepath.Join(devices, numbers))); err != nil {
			t.Fatal(err)
		}
	}
	for _, disk := range []struct{ name, part, one string }{{"mmcblk0", "mmcblk0p2", "mmcblk0p1"}, {"nvme0n1", "nvme0n1p3", "nvme0n1p1"}, {"sda", "sda12", "sda1"}} {
		write(filepath.Join(dir, "devices", disk.name, disk.part, "partition"), disk.part[len(disk.part)-1:]+"\n")
		write(filepath.Join(dir, "devices", disk.name, disk.one, "partition"), "1\n")
	}
	write(filepath.Join(dir, "devices/loop0/loop0p2/partition"), "2\n")
	link("179:2", "mmcblk0/mmcblk0p2")
	link("259:300", "nvme0n1/nvme0n1p3")
	link("8:12", "sda/sda12")
	link("7:2", "loop0/loop0p2")
	number := func(major, minor uint64) uint64 { return minor&0xff | major<<8 | minor&^0xff<<12 }
	for _, test := range []struct {
		dev  uint64
		want string
	}{{number(179, 2), "/dev/mmcblk0p1"}, {number(259, 300), "/dev/nvme0n1p1"}, {number(8, 12), "/dev/sda1"}, {number(7, 2), ""}, {number(1, 1), ""}} {
		got, err := partition(devices, test.dev, 1)
		if got != test.want || (err == nil) != (test.want != "") {
			t.Errorf("partition(%#x, 1) = %q, %v, want %q", test.dev, got, err, test.want)
		}
	}
}

func TestPages(t *testing.T) {
	all := []net.Addr{
		&net.IPNet{IP: net.IPv4(127, 0, 0, 1)}, &net.IPNet{IP: net.IPv4(192, 168, 1, 20)}, &net.IPNet{IP: net.IPv4(10, 0, 0, 2)},
		&net.IPNet{IP: net.IPv4(169, 254, 1, 1)}, &net.IPNet{IP: net.ParseIP("fe80::1")}, &net.UnixAddr{}}
	if got := pages(all); got != "http://10.0.0.2, http://192.168.1.20" {
		t.Errorf("pages = %q", got)
	}
}

// When the board is told to stop, crema is told so too, and ends by itself.
func TestStops(t *testing.T) {
	w := newWorld(t, "touch $3", `trap 'echo stopped >&2; exit 0' TERM; echo runs >&2; while :; do sleep 0.01; done`)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := w.run(ctx, w.mounted)
		ended <- err
	}()
	w.console.until("runs")
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("the end: %v", err)
	}
	if !strings.Contains(w.console.String(), "stopped") {
		t.Errorf("crema was not asked to stop: %q", w.console)
	}
}
