package network

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// A screen is what stands on the console.
type screen struct {
	mu   sync.Mutex
	text bytes.Buffer
	more *sync.Cond
}

func newScreen() *screen {
	s := &screen{}
	s.more = sync.NewCond(&s.mu)
	return s
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.more.Broadcast()
	return s.text.Write(p)
}

// until waits until a text stands there n times.
func (s *screen) until(text string, n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for strings.Count(s.text.String(), text) < n {
		s.more.Wait()
	}
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// plug puts an interface in, with the kernel's number for it.
func plug(t *testing.T, dir, name, index string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := errors.Join(os.MkdirAll(path, 0o755), os.WriteFile(filepath.Join(path, "new"), []byte(index), 0o644), os.Rename(filepath.Join(path, "new"), filepath.Join(path, "ifindex"))); err != nil {
		t.Fatal(err)
	}
}

// cable has the kernel say whether there is one in an interface, and how many times there was none any more.
func cable(t *testing.T, dir, name, in, losses string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := errors.Join(os.MkdirAll(path, 0o755), os.WriteFile(filepath.Join(path, "carrier"), []byte(in+"\n"), 0o644),
		os.WriteFile(filepath.Join(path, "carrier_down_count"), []byte(losses+"\n"), 0o644)); err != nil {
		t.Fatal(err)
	}
}

// run runs a network whose DHCP client is a script, until the test ends.
func run(t *testing.T, s Settings, client string) (console *screen, interfaces string) {
	t.Helper()
	return runWith(t, s, client, "exit 1", nil)
}

// runWith is run with a script that joins a Wi-Fi network, and what becomes of loading its modules.
func runWith(t *testing.T, s Settings, client, join string, load error) (console *screen, interfaces string) {
	t.Helper()
	dir := t.TempDir()
	n := &Network{Settings: s, DHCP: filepath.Join(dir, "dhcp"), Join: filepath.Join(dir, "join"), Load: func() error { return load },
		Clock: filepath.Join(dir, "clock"), Interfaces: filepath.Join(dir, "net"), Resolver: filepath.Join(dir, "resolv.conf"), Console: newScreen(), beat: time.Millisecond}
	n.Forget = func(name string) error {
		n.tell(name, "forgets its addresses")
		return nil
	}
	for path, text := range map[string]string{n.DHCP: client, n.Join: join, n.Clock: "echo asks $*; exec sleep 1000"} {
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- n.Run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return n.Console.(*screen), n.Interfaces
}

// An address that is given is set when the interface is there, and anew on the next adapter.
func TestRunGiven(t *testing.T) {
	s, err := Parse("address = 10.0.0.9/24\ngateway = 10.0.0.1\nname_servers = 9.9.9.9")
	if err != nil {
		t.Fatal(err)
	}
	calls := filepath.Join(t.TempDir(), "calls")
	console, interfaces := run(t, s, `echo "$@" >> `+calls+"; exit 125")
	plug(t, interfaces, ethernet, "2")
	console.until("eth0's address: 10.0.0.9/24", 1)
	if err := os.RemoveAll(filepath.Join(interfaces, ethernet)); err != nil {
		t.Fatal(err)
	}
	console.until("eth0's address: gone", 1)
	plug(t, interfaces, ethernet, "3")
	console.until("eth0's address: 10.0.0.9/24", 2)
	text, err := os.ReadFile(calls)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(text)), "\n")
	const before = "-interface eth0 -static_network_config "
	if len(lines) != 2 || lines[0] != lines[1] || !strings.HasPrefix(lines[0], before) {
		t.Fatalf("the client was called so:\n%s", text)
	}
	// As it is read there.
	var got struct {
		IP, Router net.IP
		Netmask    net.IPMask
		DNS        []net.IP
	}
	if err := json.Unmarshal([]byte(strings.TrimPrefix(lines[0], before)), &got); err != nil {
		t.Fatal(err)
	}
	if ones, bits := got.Netmask.Size(); got.IP.String() != "10.0.0.9" || got.Router.String() != "10.0.0.1" || ones != 24 || bits != 32 || len(got.DNS) != 1 || got.DNS[0].String() != "9.9.9.9" {
		t.Errorf("it is given %+v", got)
	}
}

// A client that finds no server is started again, and that is told once; one at work is stopped when its interface is another.
func TestRunDHCP(t *testing.T) {
	calls := filepath.Join(t.TempDir(), "calls")
	console, interfaces := run(t, Settings{}, `echo "$@" >> `+calls+`
[ $(wc -l < `+calls+`) -gt 3 ] && exec sleep 1000
echo "2026/11/22 18:0$(wc -l < `+calls+`):00 dhcp.go:406: no answer" >&2; exit 1`)
	plug(t, interfaces, ethernet, "2")
	console.until("eth0's address: none yet: no answer (exit status 1)", 1)
	for n := 0; n < 4; { // the last one is at work
		text, _ := os.ReadFile(calls)
		n = strings.Count(string(text), "-interface eth0\n")
	}
	plug(t, interfaces, ethernet, "3")
	console.until("eth0's address: gone", 1)
	if text := console.String(); strings.Count(text, "none yet") != 1 {
		t.Errorf("the screen shows\n%s", text)
	}
}

// A cable that was out may be in another network: the address from before is taken away, and the client begins anew, however short it
// was out; while it is out nothing happens.
func TestRunCable(t *testing.T) {
	calls := filepath.Join(t.TempDir(), "calls")
	console, interfaces := run(t, Settings{}, `echo "$@" >> `+calls+`; exec sleep 1000`)
	begun := func(want int) {
		for n := 0; n < want; {
			text, _ := os.ReadFile(calls)
			n = strings.Count(string(text), "-interface eth0\n")
		}
	}
	cable(t, interfaces, ethernet, "0", "0")
	plug(t, interfaces, ethernet, "2")
	begun(1)
	cable(t, interfaces, ethernet, "1", "0") // the first
	cable(t, interfaces, ethernet, "0", "1")
	cable(t, interfaces, ethernet, "1", "1")
	begun(2)
	if text := console.String(); strings.Count(text, "eth0: forgets its addresses") != 1 {
		t.Errorf("the screen shows\n%s", text)
	}
}

// The name servers that are given are those that are asked, and the DHCP client sees that they are not its own.
func TestResolve(t *testing.T) {
	n := &Network{Resolver: filepath.Join(t.TempDir(), "resolv.conf")}
	if err := n.resolve(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(n.Resolver); err == nil {
		t.Error("none are given, and they are written")
	}
	n.NameServers = []netip.Addr{netip.MustParseAddr("10.0.0.1"), netip.MustParseAddr("9.9.9.9")}
	if err := os.Symlink("/proc/net/pnp", n.Resolver); err != nil { // as gokrazy leaves it
		t.Fatal(err)
	}
	if err := n.resolve(); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(n.Resolver)
	if got := string(text); err != nil || !strings.Contains(got, "generated by") || strings.Contains(got, "generated by gokrazy/dhcp") || !strings.HasSuffix(got, "\nnameserver 10.0.0.1\nnameserver 9.9.9.9\n") {
		t.Errorf("%q, %v", got, err)
	}
}

// With Wi-Fi the address is that way's, and Ethernet has DHCP; what joins the network is started again when it ends, gets the passphrase
// where nobody sees it, and what it says is on the screen.
func TestRunWiFi(t *testing.T) {
	s, err := Parse("wifi = \"The Kitchen\"\naddress = 10.0.0.9/24")
	if err != nil {
		t.Fatal(err)
	}
	s.Passphrase = "correct horse"
	joins := filepath.Join(t.TempDir(), "joins")
	console, interfaces := runWith(t, s, `case "$*" in "-interface eth0") exit 1;; "-interface wlan0 -static_network_config "*) exit 125;; esac; exec sleep 1000`,
		`echo "$1 $2 $(wc -c)" >> `+joins+`; echo "round $(wc -l < `+joins+`)"; [ $(wc -l < `+joins+`) -lt 2 ] || exec sleep 1000`, nil)
	console.until("wlan0: this board has no Wi-Fi chip", 1)
	plug(t, interfaces, "wlan0", "3")
	console.until("wlan0's address: 10.0.0.9/24", 1)
	console.until("wlan0: round 2", 1)
	plug(t, interfaces, "eth0", "2")
	console.until("eth0's address: none yet", 1)
	if text, err := os.ReadFile(joins); err != nil || string(text) != "wlan0 The Kitchen 13\nwlan0 The Kitchen 13\n" {
		t.Errorf("joined so: %q, %v", text, err)
	}
	if text := console.String(); strings.Contains(text, s.Passphrase) || strings.Count(text, "this board has no") != 1 {
		t.Errorf("the screen shows\n%s", text)
	}
}

// A program that crashes says why on the screen, once, though it is started again and again.
func TestRunCrash(t *testing.T) {
	console, interfaces := runWith(t, Settings{WiFi: "Kitchen"}, "exec sleep 1000", `echo x >> "${0%/*}/joins"; printf 'panic: no ' >&2; echo 'coffee
goroutine 1 [running]:' >&2; exit 2`, nil)
	plug(t, interfaces, wireless, "3")
	console.until("wlan0: panic: no coffee (exit status 2)", 1)
	for n := 0; n < 6; {
		text, _ := os.ReadFile(filepath.Join(filepath.Dir(interfaces), "joins"))
		n = len(text)
	}
	if text := console.String(); strings.Count(text, "no coffee") != 1 || strings.Contains(text, "goroutine") {
		t.Errorf("the screen shows\n%s", text)
	}
}

// The clock is set by the servers that are given, else by the Internet's.
func TestRunClock(t *testing.T) {
	console, _ := run(t, Settings{TimeServers: []string{"10.0.0.1:1123", "time.example.com"}}, "exit 1")
	console.until("the clock: asks 10.0.0.1:1123 time.example.com\n", 1)
	console, _ = run(t, Settings{}, "exit 1")
	console.until("the clock: asks 0.gokrazy.pool.ntp.org", 1)
}

// A kernel without the modules is told, and Ethernet works.
func TestRunNoWiFi(t *testing.T) {
	console, interfaces := runWith(t, Settings{WiFi: "Kitchen"}, "exit 1", "exit 1", LoadWireless(t.TempDir()))
	console.until("wlan0: there will be no Wi-Fi: open ", 1)
	plug(t, interfaces, "eth0", "2")
	console.until("eth0's address: none yet", 1)
}

// Without a gateway and servers none are given, which the client would take for 0.0.0.0.
func TestArguments(t *testing.T) {
	args, err := Settings{Address: netip.MustParsePrefix("10.0.0.9/24")}.arguments("eth0")
	if err != nil || strings.Contains(args[3], "Router") {
		t.Errorf("%q, %v", args, err)
	}
}
