package e2e

import (
	"bytes"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"crema/connectors/odoo/standin"
	"crema/store"
)

// TestBrokenConfiguration starts the program with configurations that are wrong. Each
// is refused with file, line, key and what to do; nothing is begun.
func TestBrokenConfiguration(t *testing.T) {
	t.Parallel()
	w, _ := oneMachine(t, "2900", nil)
	good := w.oneBackend("2900")
	for _, c := range []struct {
		name, old, new string
		says           []string // the first one behind the file's name
	}{
		{"unknown key", `poll = "200ms"`, `pol = "200ms"`, []string{`:16: backend.pol: `, `did you mean "poll"?`}},
		{"unknown table", "[odoo]", "[oddo]", []string{`:4: oddo: `, "odoo"}},
		{"no version", `version = "2900"`, ``, []string{`:9: backend.version: `}},
		{"a version that nobody has", `version = "2900"`, `version = "3000"`, []string{`:12: backend.version: `, "1900", "2900"}},
		{"not a time", `poll = "200ms"`, `poll = "soon"`, []string{`:16: backend.poll: `, "soon"}},
		{"a wrong type", `listen = "127.0.0.1:0"`, `listen = 8080`, []string{`:2: listen: `, "it is a number", "write text in quotes"}},
		{"no TOML", `[odoo]`, `[odoo`, []string{`:4: `}},
		{"no URL", `url = "http`, `url = "htp`, []string{`:5: odoo.url: `, "https://"}},
		{"a key file that is not there", `"odoo.key"`, `"nothing.key"`, []string{`:7: odoo.api_key_file: `, "nothing.key", "write the secret into this file"}},
		{"a password file that is not there", `"kitchen.password"`, `"nothing.password"`, []string{`:19: backend.password_file: `, "nothing.password", "write the secret into this file"}},
		{"an empty password file", `"kitchen.password"`, `"empty"`, []string{`:19: backend.password_file: `, "the file is empty"}},
		{"a bad schedule", `username = "service"`, "username = \"service\"\nschedule = { catalogue = \"every hour\" }", []string{`:19: backend.schedule.catalogue: `, "every hour"}},
	} {
		if !strings.Contains(good, c.old) {
			t.Fatalf("%s: the configuration has no %s", c.name, c.old)
		}
		w.write("empty", "")
		w.write("crema.toml", strings.Replace(good, c.old, c.new, 1))
		file := filepath.Join(w.dir, "crema.toml")
		for _, args := range [][]string{{"serve"}, {"backend", "test", "kitchen"}, {"sync", "kitchen", "sales"}, {"check"}} {
			if strings.Contains(c.name, "file") && args[0] != "serve" {
				continue // a secret is needed only by who runs the board
			}
			r := w.cmd(args...)
			r.expect(t, c.name+": crema "+args[0], 2, c.says...)
			contains(t, c.name+": crema "+args[0], r.err, file+c.says[0])
			if strings.Contains(r.out, "listening") {
				t.Errorf("%s: it listens all the same", c.name)
			}
		}
	}
	w.write("crema.toml", strings.NewReplacer(`poll = "200ms"`, `poll = "soon"`, `listen =`, `lissten =`, `[odoo]`, "[odoo]\nurll = \"x\"").Replace(good))
	w.cmd("check").expect(t, "three mistakes at once", 2, ":2: lissten", ":5: odoo.urll", ":17: backend.poll")
	w.write("crema.toml", good)
	with := append(os.Environ(), "CREMA_LISTEN=anywhere")
	w.run(func(c *exec.Cmd) { c.Env = with }, "check", "--config", filepath.Join(w.dir, "crema.toml")).
		expect(t, "a wrong variable", 2, "environment: CREMA_LISTEN: ", `"anywhere"`, "127.0.0.1:8080")
	w.run(nil, "check", "--config", "/nowhere/crema.toml").expect(t, "no file", 2, "/nowhere/crema.toml: ", "no such file", "create it, or give another one with --config")
}

// TestWrongUsage is what a command line can have wrong.
func TestWrongUsage(t *testing.T) {
	t.Parallel()
	w, _ := oneMachine(t, "2900", nil)
	for _, c := range []struct {
		args []string
		code int
		says []string
	}{
		{nil, 2, []string{"expected one of", "serve"}},
		{[]string{"brew"}, 2, []string{"unexpected argument brew"}},
		{[]string{"serve", "--fast"}, 2, []string{"unknown flag --fast"}},
		{[]string{"sync", "kitchen"}, 2, []string{"<flow>"}},
		{[]string{"simulate", "1901"}, 2, nil},
		{[]string{"--help"}, 0, []string{"Usage: crema", "backend", "sync", "version"}},
		{[]string{"version"}, 0, []string{"crema "}},
	} {
		w.run(nil, c.args...).expect(t, "crema "+strings.Join(c.args, " "), c.code, c.says...)
	}
	// Commands that need a board, and there is none.
	for _, args := range [][]string{{"backend", "list"}, {"backend", "test", "kitchen"}, {"sync", "kitchen", "sales"}, {"job", "list"}, {"job", "requeue", "1"}} {
		w.cmd(args...).expect(t, "without a board: crema "+args[0], 1, "no board is running here", "start it with `crema serve`, or name its data directory with --data")
	}

	w.start()
	w.up()
	for _, c := range []struct {
		args []string
		says []string
	}{
		{[]string{"backend", "test", "lobby"}, []string{`backend "lobby": there is no such backend`, "there are kitchen"}},
		{[]string{"sync", "lobby", "sales"}, []string{`backend "lobby": there is no such backend`, "there are kitchen"}},
		{[]string{"sync", "kitchen", "espresso"}, []string{`there is no flow "espresso"`, "there are catalogue, cups, sales, "}},
		{[]string{"job", "show", "4711"}, []string{"job 4711: no such job"}},
		{[]string{"job", "cancel", "4711"}, []string{"job 4711: no such job"}},
	} {
		w.cmd(c.args...).expect(t, "crema "+strings.Join(c.args, " "), 1, c.says...)
	}
	var version struct{ Version, Built string }
	r := w.run(nil, "version", "--json")
	if err := json.Unmarshal([]byte(r.out), &version); err != nil || r.code != 0 || version.Version == "" {
		t.Errorf("crema version --json: %v: %+v", err, r)
	}
	if _, err := time.Parse(time.RFC3339, version.Built); err != nil {
		t.Errorf("built: %v", err)
	}
	var status struct{ Version string }
	if !w.api("GET", "status", &status) || status.Version != version.Version {
		t.Errorf("the board says that it is %q, the command %q", status.Version, version.Version)
	}
}

// TestDataDirectory has one that can't be written.
func TestDataDirectory(t *testing.T) {
	t.Parallel()
	w, _ := oneMachine(t, "2900", nil)
	w.write("file", "")
	for _, dir := range []string{"file", "file/below"} {
		w.cmd("serve", "--data", filepath.Join(w.dir, dir)).expect(t, "a file in its place", 1, "the data directory "+filepath.Join(w.dir, dir)+" can't be written", "name another with `data` or --data")
	}
	locked := filepath.Join(w.dir, "locked")
	if err := os.Mkdir(locked, 0o555); err != nil {
		t.Fatal(err)
	}
	as := func(*exec.Cmd) {}
	if os.Getuid() == 0 { // whom no mode hinders: be somebody else
		as = func(c *exec.Cmd) {
			c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		}
		if err := os.Chmod(filepath.Dir(w.dir), 0o755); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"crema.toml", "odoo.key", "kitchen.password"} {
			if err := os.Chmod(filepath.Join(w.dir, name), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, dir := range []string{locked, filepath.Join(locked, "below")} {
		w.run(as, "serve", "--config", filepath.Join(w.dir, "crema.toml"), "--data", dir).
			expect(t, "a directory of somebody else's", 1, "the data directory "+dir+" can't be written", "permission denied", "give it to the user that runs crema")
	}
	// A taken address: the store is closed again, and the data directory free.
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	w.cmd("serve", "--listen", l.Addr().String()).expect(t, "a taken address", 1, "listen tcp "+l.Addr().String(), "address already in use")
	w.start()
	w.up()
}

// TestSecondBoard starts the program twice on one data directory: the second one says
// what is the matter and ends, and the first goes on.
func TestSecondBoard(t *testing.T) {
	t.Parallel()
	w, _ := oneMachine(t, "2900", nil)
	w.kitchen = w.plugIn("kitchen", w.new2900())
	w.start()
	w.works()
	addr := w.addr()
	w.cmd("serve").expect(t, "a second crema serve", 1,
		filepath.Join(w.dir, "data", "crema.db"), "another process has the store open", "crema runs on "+filepath.Join(w.dir, "data")+" already; stop that one")
	if w.addr() != addr {
		t.Errorf("the first board is announced at %q now, not at %q", w.addr(), addr)
	}
	w.works()
}

// TestCheck examines the store of a board that runs, of one that does not, and one
// that is damaged.
func TestCheck(t *testing.T) {
	t.Parallel()
	w, _ := oneMachine(t, "2900", nil)
	w.cmd("check").expect(t, "no store yet", 1, "there is no store in "+filepath.Join(w.dir, "data"), "--data")
	w.kitchen = w.plugIn("kitchen", w.new2900())
	w.start()
	w.works()
	w.cmd("check").expect(t, "with a board", 0, "all is well")
	online := w.cmd("check", "--json")
	w.kill() // what it announced stays behind
	if w.addr() == "" {
		t.Error("the board took its address away, though it was killed")
	}
	w.cmd("check").expect(t, "after a kill", 0, "all is well")
	offline := w.cmd("check", "--json")
	if online.out != offline.out || online.code != 0 || offline.code != 0 {
		t.Errorf("with a board %+v, without %+v", online, offline)
	}

	db := filepath.Join(w.dir, "data", "crema.db")
	bad, err := os.ReadFile(db)
	if err != nil {
		t.Fatal(err)
	}
	for i := 2 * 4096; i < len(bad); i++ { // all but the two pages that bbolt begins with
		bad[i] ^= 0x5a
	}
	if err := os.WriteFile(db, bad, 0o600); err != nil {
		t.Fatal(err)
	}
	w.cmd("check").expect(t, "a damaged store", 1, "damaged", "crema restore FILE")
	w.cmd("backup", filepath.Join(w.dir, "a.db")).expect(t, "a backup of it", 1, "no backup was written", "damaged")
	if now, err := os.ReadFile(db); err != nil || !bytes.Equal(now, bad) {
		t.Errorf("the damaged store was written to: %v", err)
	}
	w.start()
	w.works()
	aside, err := filepath.Glob(db + ".damaged-*")
	if err != nil || len(aside) != 1 {
		t.Fatalf("the damaged store is kept as %v, %v", aside, err)
	}
	if kept, err := os.ReadFile(aside[0]); err != nil || !bytes.Equal(kept, bad) {
		t.Errorf("the damaged store was written to: %v", err)
	}
	w.cmd("check").expect(t, "after that", 0, "all is well")
}

// TestEnd asks the board to end while everything that may hold it up does.
func TestEnd(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		signal os.Signal
		busy   func(w *world)
	}{
		{"at rest", syscall.SIGTERM, func(*world) {}},
		{"by Ctrl-C", os.Interrupt, func(*world) {}},
		{"while Odoo hangs", syscall.SIGTERM, func(w *world) {
			w.odoo.Fail(standin.Rule{Fault: standin.CommitThenHang, Call: "pos.order/sync_from_ui"})
			before := w.odoo.Calls("pos.order/sync_from_ui")
			w.sell()
			w.until("Odoo hangs", patience, func() bool { return w.odoo.Calls("pos.order/sync_from_ui") > before })
		}},
		{"while the machine is silent", syscall.SIGTERM, func(w *world) {
			w.kitchen.pty.Unplug()
			w.until("the machine is away", patience, func() bool { return w.backend().Machine.State == "away" })
		}},
		{"while somebody listens", syscall.SIGTERM, func(w *world) {
			token, err := os.ReadFile(filepath.Join(w.dir, "data", "api.token"))
			if err != nil {
				w.t.Fatal(err)
			}
			req, err := http.NewRequest("GET", "http://"+w.addr()+"/api/v1/events", nil)
			if err != nil {
				w.t.Fatal(err)
			}
			req.Header.Set("Authorization", "Bearer "+strings.TrimSpace(string(token)))
			resp, err := http.DefaultClient.Do(req)
			if err != nil {
				w.t.Fatal(err)
			}
			w.t.Cleanup(func() { resp.Body.Close() })
			idle, err := net.Dial("tcp", w.addr()) // a browser that opened one in advance
			if err != nil {
				w.t.Fatal(err)
			}
			w.t.Cleanup(func() { idle.Close() })
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w, _ := oneMachine(t, "2900", nil)
			w.kitchen = w.plugIn("kitchen", w.new2900())
			w.start()
			w.works()
			var code int
			var took time.Duration
			for range 3 { // a computer that does much else may be slow once
				c.busy(w)
				if code, took = w.end(c.signal); code == 0 && took <= 5*time.Second {
					break
				}
				t.Logf("exit code %d after %s", code, took)
				w.mend()
				w.start()
				w.works()
			}
			if code != 0 || took > 5*time.Second {
				t.Fatalf("exit code %d after %s, want 0 within 5 s", code, took)
			}
			if w.addr() != "" {
				t.Error("it is still announced")
			}
			for _, word := range []string{"panic", "level=ERROR", "store was not closed"} {
				if strings.Contains(w.logged(), word) {
					t.Errorf("its log has %q", word)
				}
			}
			if _, err := store.Verify(t.Context(), filepath.Join(w.dir, "data", "crema.db")); err != nil {
				t.Error(err)
			}
			w.mend()
			w.start()
			w.works()
			if strings.Contains(w.logged(), "store was not closed") {
				t.Error("the store was not closed cleanly")
			}
			if made, booked := len(w.kitchen.Truth().Cups), len(w.odoo.Orders()); made != booked {
				t.Errorf("%d cups made, %d booked", made, booked)
			}
		})
	}
}

// mend ends what held the board up.
func (w *world) mend() {
	w.t.Helper()
	w.odoo.Heal()
	if err := w.kitchen.pty.Plug(); err != nil {
		w.t.Fatal(err)
	}
}
