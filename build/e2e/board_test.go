package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"crema/device/sim"
)

// A board with one machine, quiet: what a test breaks is the only thing that is broken.

// oneMachine is a world whose configuration has one backend. plugged is the machine at
// its port, nil for none: whether it is of the model is the test's affair.
func oneMachine(t *testing.T, model string, plugged sim.Machine) (*world, *tapped) {
	t.Helper()
	w := bareWorld(t)
	var tap *tapped
	if plugged != nil {
		tap = &tapped{Machine: plugged}
		w.kitchen = w.plugIn("kitchen", tap)
	}
	w.write("odoo.key", key+"\n")
	w.write("kitchen.password", "s3cret\n")
	w.write("crema.toml", w.oneBackend(model))
	return w, tap
}

// oneBackend is a good configuration with one backend, "kitchen".
func (w *world) oneBackend(model string) string {
	login := ""
	if model == "2900" {
		login = "username = \"service\"\npassword_file = \"kitchen.password\"\n"
	}
	return fmt.Sprintf(`data = "data"
listen = "127.0.0.1:0"

[odoo]
url = "http://%s"
database = "prod"
api_key_file = "odoo.key"

[[backend]]
name = "kitchen"
type = "coffee"
version = "%s"
port = "kitchen.tty"
pos_category = "Coffee"
pos = "Kitchen"
poll = "200ms"
payment = { cash = "Cash", default = "Card" }
%s`, w.odooAddr, model, login)
}

func (w *world) write(name, text string) {
	w.t.Helper()
	if err := os.WriteFile(filepath.Join(w.dir, name), []byte(text), 0o600); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) mkdir(name string) error { return os.Mkdir(filepath.Join(w.dir, name), 0o700) }

// tapped is a machine that remembers what its controllers sent.
type tapped struct {
	sim.Machine
	mu    sync.Mutex
	heard []byte
}

func (m *tapped) Serve(ctx context.Context, line io.ReadWriter) error {
	return m.Machine.Serve(ctx, tap{line, m})
}

type tap struct {
	io.ReadWriter
	m *tapped
}

func (l tap) Read(b []byte) (int, error) {
	n, err := l.ReadWriter.Read(b)
	l.m.mu.Lock()
	defer l.m.mu.Unlock()
	l.m.heard = append(l.m.heard, b[:n]...)
	return n, err
}

// SetReadDeadline is what ends a simulator's read.
func (l tap) SetReadDeadline(t time.Time) error {
	return l.ReadWriter.(interface{ SetReadDeadline(time.Time) error }).SetReadDeadline(t)
}

// What controllers say when they connect, each octet a rune. A request that is repeated
// for want of a reply is the same frame or line again, and counted once.
var (
	hello    = regexp.MustCompile(`(?s)\x7e\x01(?:\x7d.|.)\xa3\x00\x01`)
	login    = regexp.MustCompile(`(?s)\x7e\x01(?:\x7d.|.)\xa3\x00\x02`)
	identify = regexp.MustCompile(`>..,ID\*`)
)

// said counts requests of a kind.
func (m *tapped) said(what *regexp.Regexp) (n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	runes := make([]rune, len(m.heard))
	for i, c := range m.heard {
		runes[i] = rune(c)
	}
	last := ""
	for _, request := range what.FindAllString(string(runes), -1) {
		if request != last {
			n++
		}
		last = request
	}
	return n
}

// end asks the board to end, as systemd does, and tells how long that took.
func (w *world) end(signal os.Signal) (code int, took time.Duration) {
	w.t.Helper()
	began := time.Now()
	if err := w.board.Process.Signal(signal); err != nil {
		w.t.Fatal(err)
	}
	select {
	case <-w.dead:
	case <-time.After(patience):
		w.t.Fatal("the board does not end")
	}
	code, w.board = w.board.ProcessState.ExitCode(), nil
	return code, time.Since(began)
}

// restart is what a person does who changed the configuration.
func (w *world) restart() {
	w.t.Helper()
	if code, _ := w.end(syscall.SIGTERM); code != 0 {
		w.t.Errorf("the board ended with exit code %d", code)
	}
	w.start()
}

// A result is how a command ended.
type result struct {
	code     int
	out, err string
}

// cmd runs a command of crema's to its end, beside the board if that runs. It is given
// the world's configuration.
func (w *world) cmd(args ...string) result {
	w.t.Helper()
	return w.run(nil, append(args, "--config", filepath.Join(w.dir, "crema.toml"))...)
}

func (w *world) run(with func(*exec.Cmd), args ...string) (r result) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.t.Context(), patience)
	defer cancel()
	c := exec.CommandContext(ctx, crema, args...)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	if with != nil {
		with(c)
	}
	err := c.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		w.t.Fatalf("crema %s: %v", strings.Join(args, " "), err)
	}
	if ctx.Err() != nil {
		w.t.Fatalf("crema %s does not end; it said\n%s%s", strings.Join(args, " "), &out, &errs)
	}
	r = result{c.ProcessState.ExitCode(), out.String(), errs.String()}
	if strings.Contains(r.err, "goroutine ") {
		w.t.Errorf("crema %s panicked:\n%s", strings.Join(args, " "), r.err)
	}
	return r
}

// expect holds a command's end against what it should be: its exit code, and what it
// must have said, on either stream.
func (r result) expect(t *testing.T, what string, code int, words ...string) {
	t.Helper()
	if r.code != code {
		t.Errorf("%s: exit code %d, want %d\n%s%s", what, r.code, code, r.out, r.err)
	}
	contains(t, what, r.out+r.err, words...)
}

func contains(t *testing.T, what, text string, words ...string) {
	t.Helper()
	for _, word := range words {
		if !strings.Contains(text, word) {
			t.Errorf("%s does not say %q:\n%s", what, word, text)
		}
	}
}

func (w *world) addr() string {
	addr, _ := os.ReadFile(filepath.Join(w.dir, "data", "api.addr"))
	return strings.TrimSpace(string(addr))
}

// up waits until the board answers.
func (w *world) up() {
	w.t.Helper()
	w.until("the board answers", patience, func() bool { return w.api("GET", "status", nil) })
}

// page is the words of the board's page, to somebody who logged in by its form.
func (w *world) page() string {
	w.t.Helper()
	_, text := w.login()
	return text
}

// login is a browser that logged in by the form, and the words that it sees.
func (w *world) login() (browser *http.Client, text string) {
	w.t.Helper()
	token, err := os.ReadFile(filepath.Join(w.dir, "data", "api.token"))
	if err != nil {
		w.t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	browser = &http.Client{Jar: jar, Timeout: patience}
	if _, text := w.fetch(browser.Get("http://" + w.addr() + "/")); !strings.Contains(text, "token") {
		w.t.Errorf("who is not logged in sees %q", text)
	}
	status, text := w.fetch(browser.PostForm("http://"+w.addr()+"/login", url.Values{"token": {string(token)}}))
	if status != http.StatusOK {
		w.t.Fatalf("the page, after the login: status %d: %s", status, text)
	}
	return browser, text
}

func (w *world) fetch(resp *http.Response, err error) (int, string) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	text := html.UnescapeString(tags.ReplaceAllString(string(b), " "))
	return resp.StatusCode, strings.Join(strings.Fields(text), " ")
}

var tags = regexp.MustCompile(`(?s)<script.*?</script>|<style.*?</style>|</?code>|<[^>]*>`)

type healthJSON struct {
	Status     string
	FirstError string `json:"first_error"`
}

// healthz is what a watchdog sees.
func (w *world) healthz() (status int, h healthJSON) {
	w.t.Helper()
	resp, err := (&http.Client{Timeout: 10 * time.Second}).Get("http://" + w.addr() + "/healthz")
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	decode(w.t, resp.Body, &h)
	return resp.StatusCode, h
}

type backendJSON struct {
	State   string
	Machine struct{ State, Serial, Message string }
}

func (w *world) backend() (b backendJSON) {
	w.api("GET", "backends/kitchen", &b)
	return b
}

type reportJSON struct {
	OK       bool
	Findings []struct{ Code, Text, Fix string }
}

// logged is what the board wrote to its log.
func (w *world) logged() string {
	w.t.Helper()
	b, err := os.ReadFile(w.log.Name())
	if err != nil {
		w.t.Fatal(err)
	}
	return string(b)
}

// patience is how long anything may take on a computer that does much else.
const patience = 2 * time.Minute

// works waits until the board sells and books, whatever was the matter before.
func (w *world) works() {
	w.t.Helper()
	w.until("the backend is in production", patience, func() bool {
		b := w.backend()
		return b.State == "production" && b.Machine.State == "connected"
	})
	w.sell()
	made := len(w.kitchen.Truth().Cups)
	w.until("every cup is booked", patience, func() bool { return len(w.odoo.Orders()) == made })
	w.until("healthz is content", patience, func() bool {
		status, h := w.healthz()
		return status == http.StatusOK && h.Status == "ok"
	})
}

// sell is a customer who buys the first drink that there is.
func (w *world) sell() {
	w.t.Helper()
	w.until("a cup is sold", patience, func() bool {
		for _, s := range w.kitchen.Truth().Slots {
			if !s.Enabled {
				continue
			}
			if _, err := w.kitchen.Buy(sim.Order{Slot: s.Number}); err == nil {
				return true // else it was locked for the next slot's change
			}
		}
		return false
	})
}

// processorTime is what the board has used, user and system.
func (w *world) processorTime() time.Duration {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", w.board.Process.Pid))
	if err != nil {
		w.t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(b), ") ")
	var ticks, user, system int64
	fields := strings.Fields(rest)
	fmt.Sscan(fields[11], &user)
	fmt.Sscan(fields[12], &system)
	ticks = user + system
	return time.Duration(ticks) * 10 * time.Millisecond
}

func decode(t *testing.T, from io.Reader, v any) {
	t.Helper()
	b, err := io.ReadAll(from)
	if err == nil {
		err = json.Unmarshal(b, v)
	}
	if err != nil {
		t.Fatalf("%v: %s", err, b)
	}
}
