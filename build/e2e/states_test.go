package e2e

import (
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"crema/connectors/odoo/standin"
	"crema/device/sim"
	"crema/device/sim/coffee1900"
	"crema/device/sim/coffee2900"
)

// A trouble is how something that is broken shows, wherever a person or a program looks.
type trouble struct {
	state   string   // of the machine, in the API
	message []string // of the machine, in the API
	code    string   // of the finding of a test
	says    []string // the finding: what is wrong, and what to do
	first   []string // healthz
	page    []string // what stands on the page
}

// shows waits until the board tells what it should, everywhere. What a busy computer
// makes of a machine for a moment (it answers too late) passes.
func (w *world) shows(want trouble) {
	w.t.Helper()
	w.up()
	var wrong []string
	for end := time.Now().Add(patience); ; w.pause(100 * time.Millisecond) {
		if wrong = w.differs(want); len(wrong) == 0 {
			break
		}
		if time.Now().After(end) {
			w.t.Fatalf("after %s still:\n%s", patience, strings.Join(wrong, "\n"))
		}
	}
	for _, secret := range []string{key, "s3cret", "not-it"} {
		if strings.Contains(w.page()+w.logged(), secret) {
			w.t.Errorf("the secret %q is shown", secret)
		}
	}
}

// differs is where the board does not tell what it should.
func (w *world) differs(want trouble) (wrong []string) {
	lacks := func(what, text string, words ...string) {
		for _, word := range words {
			if !strings.Contains(text, word) {
				wrong = append(wrong, fmt.Sprintf("%s does not say %q: %s", what, word, text))
			}
		}
	}
	b := w.backend()
	if b.Machine.State != want.state {
		return []string{fmt.Sprintf("the machine's state is %+v, want %q", b.Machine, want.state)}
	}
	lacks("the machine's message in the API", b.Machine.Message, want.message...)
	var report reportJSON
	if !w.api("POST", "backends/kitchen/test", &report) || report.OK || len(report.Findings) != 1 || report.Findings[0].Code != want.code {
		return append(wrong, fmt.Sprintf("the test's report is %+v, want %q", report, want.code))
	}
	lacks("the finding "+want.code, report.Findings[0].Text+" → "+report.Findings[0].Fix, want.says...)
	r := w.cmd("backend", "test", "kitchen")
	if r.code != 1 {
		wrong = append(wrong, fmt.Sprintf("crema backend test ends with %d, want 1", r.code))
	}
	lacks("crema backend test", r.out, want.says...)
	status, h := w.healthz()
	if status != http.StatusOK || h.Status != "degraded" {
		wrong = append(wrong, fmt.Sprintf("healthz tells %d %+v, want 200 and degraded", status, h))
	}
	lacks("healthz's first error", h.FirstError, want.first...)
	lacks("the page", w.page(), want.page...)
	return wrong
}

// quiet holds that the board does little while it can't do much: it goes on, costs next
// to no processor time, and its log says each thing once.
func (w *world) quiet(d time.Duration) {
	w.t.Helper()
	before, lines := w.processorTime(), strings.Count(w.logged(), `msg="machine lost"`)
	end := time.Now().Add(d)
	w.until("time has passed", d+time.Minute, func() bool { return time.Now().After(end) })
	if used := w.processorTime() - before; used > d/10 {
		w.t.Errorf("in %s the board used %s of processor time", d, used)
	}
	if n := strings.Count(w.logged(), `msg="machine lost"`) - lines; n > 1 {
		w.t.Errorf("the log says %d times more that the machine is lost", n)
	}
}

// TestNoPort has a port that is not there: the machine's cable was never plugged in.
func TestNoPort(t *testing.T) {
	t.Parallel()
	w, _ := oneMachine(t, "2900", nil)
	w.start()
	port := filepath.Join(w.dir, "kitchen.tty")
	w.shows(trouble{
		state: "away", message: []string{port, "is not there"},
		code: "machine_away", says: []string{port, "is not there", "plug the machine in", "check the cable"},
		first: []string{"machine kitchen", port},
		page:  []string{"One thing needs you.", "The machine does not answer", port + " is not there", "Is the machine switched on, and its cable plugged in at both ends? crema keeps trying."},
	})
	w.cmd("sync", "kitchen", "catalogue").expect(t, "crema sync catalogue with no machine", 0, "5 drinks", "the machine has never been connected")
	w.cmd("sync", "kitchen", "cups").expect(t, "crema sync cups with no machine", 1, "goes on by itself", "the machine is away")
	w.quiet(time.Second)
	w.kitchen = w.plugIn("kitchen", w.new2900())
	w.works()
}

// TestNoAddress has the page at an address that the board has not: its cable is out, or DHCP late. The cups are read and booked,
// and the commands on the board find it.
func TestNoAddress(t *testing.T) {
	t.Parallel()
	w, _ := oneMachine(t, "2900", nil)
	w.write("crema.toml", strings.Replace(w.oneBackend("2900"), "127.0.0.1:0", "192.0.2.7:8080", 1))
	w.kitchen = w.plugIn("kitchen", w.new2900())
	w.start()
	w.up()
	w.until("a cup is booked", patience, func() bool {
		if len(w.kitchen.Truth().Cups) == 0 {
			w.sell()
		}
		return len(w.odoo.Orders()) > 0
	})
	w.cmd("backend", "list").expect(t, "crema backend list", 0, "kitchen")
	w.until("healthz tells it", patience, func() bool {
		status, h := w.healthz()
		return status == http.StatusOK && h.Status == "degraded" && strings.Contains(h.FirstError, "192.0.2.7:8080") && strings.Contains(h.FirstError, "look at the network")
	})
	if n := strings.Count(w.logged(), "the page's address is none of this board's now"); n != 1 {
		t.Errorf("the log tells it %d times", n)
	}
}

// TestSilentLine has a port with nobody behind it: the machine is switched off.
func TestSilentLine(t *testing.T) {
	t.Parallel()
	w, _ := oneMachine(t, "2900", nil)
	pty, err := sim.OpenPTY(filepath.Join(w.dir, "kitchen.tty"))
	if err != nil {
		t.Fatal(err)
	}
	heard := &tapped{}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for line, b := (tap{pty, heard}), make([]byte, 512); ; {
			if _, err := line.Read(b); err != nil {
				return
			}
		}
	}()
	w.start()
	w.shows(trouble{
		state: "away", message: []string{"does not answer"},
		code: "machine_away", says: []string{"the machine does not answer", "Switch the machine on and check the cable"},
		first: []string{"machine kitchen", "does not answer"},
		page:  []string{"The machine does not answer", "crema keeps trying"},
	})
	// A try says HELLO, takes two seconds, and is followed by waits of one second, two, four.
	tries := heard.said(hello)
	w.quiet(5 * time.Second)
	if n := heard.said(hello) - tries; n > 2 {
		t.Errorf("in five seconds the board tried %d times to connect", n)
	}
	w.until("the board tries again by itself", patience, func() bool { return heard.said(hello) > tries })
	pty.Close()
	<-done
	w.kitchen = w.plugIn("kitchen", w.new2900())
	w.recovers()
}

// TestWrongModel has the other machine at the port.
func TestWrongModel(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, model, other string
		found, right       func(w *world) sim.Machine
	}{
		{"a 1900 for a 2900", "2900", "1900", (*world).new1900, (*world).new2900},
		{"a 2900 for a 1900", "1900", "2900", (*world).new2900, (*world).new1900},
		{"a 2910 for a 2900", "2900", "2910", func(w *world) sim.Machine {
			m := w.new2900().(*coffee2900.Machine)
			m.SetModel("2910")
			return m
		}, (*world).new2900},
		{"a 1910 for a 1900", "1900", "1910", func(w *world) sim.Machine {
			m := w.new1900().(*coffee1900.Machine)
			m.SetModel("1910")
			return m
		}, (*world).new1900},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w, _ := oneMachine(t, c.model, nil)
			other := &tapped{Machine: c.found(w)}
			w.kitchen = w.plugIn("kitchen", other)
			w.start()
			w.shows(trouble{
				state: "wrong_model", message: []string{"a Coffee " + c.other + " answers", "configured for a " + c.model},
				code: "machine_model", says: []string{"a Coffee " + c.other + " answers", "Correct `version`", "plug the cable into the other machine"},
				first: []string{"machine kitchen", "a Coffee " + c.other + " answers"},
				page:  []string{"One thing needs you.", "Wrong machine", "Coffee " + c.other + " answers on this line", "change version of this backend, or plug in the right cable"},
			})
			tries := other.said(hello) + other.said(identify)
			w.quiet(2 * time.Second)
			// Once a minute, in truth; a computer so busy that the machine seems away asks again.
			if n := other.said(hello) + other.said(identify) - tries; n > 8 {
				t.Errorf("in two seconds the board asked the wrong machine %d times who it is", n)
			}
			if other.said(login) > 0 {
				t.Error("the board logged in at the wrong machine")
			}
			if slots := w.kitchen.Truth().Slots; slots[0].Name != "-" {
				t.Errorf("the board wrote to the wrong machine: %+v", slots[0])
			}
			w.kitchen.pty.Close()
			w.kitchen = w.plugIn("kitchen", c.right(w))
			w.recovers()
		})
	}
}

// TestWrongPassword has a password that the machine does not take. Five wrong ones
// lock everybody out of the machine, so the board asks once and then waits.
func TestWrongPassword(t *testing.T) {
	t.Parallel()
	w, _ := oneMachine(t, "2900", nil)
	machine := &tapped{Machine: w.new2900()}
	w.kitchen = w.plugIn("kitchen", machine)
	w.write("kitchen.password", "not-it\n")
	w.start()
	w.shows(trouble{
		state: "login_refused", message: []string{"refuses user or password"},
		code: "machine_login", says: []string{"refuses user or password", "`username`", "`password_file`"},
		first: []string{"machine kitchen", "refuses user or password"},
		page:  []string{"One thing needs you.", "Login refused", "The machine does not accept the user or the password", "restart crema"},
	})
	for range 3 { // whoever is impatient
		w.api("POST", "backends/kitchen/test", nil)
		w.api("POST", "backends/kitchen/sync/cups", nil)
	}
	w.cmd("sync", "kitchen", "cups").expect(t, "crema sync cups", 1, "the machine is away")
	w.quiet(time.Second)
	// Once, but where the machine's refusal came too late.
	if n := machine.said(login); n > 3 {
		t.Errorf("the board tried the wrong password %d times", n)
	}
	w.write("kitchen.password", "s3cret\n")
	w.restart()
	w.works()
}

// TestLockedOut has a machine that takes no login any more, after five wrong ones.
func TestLockedOut(t *testing.T) {
	t.Parallel()
	w, _ := oneMachine(t, "2900", nil)
	machine := &tapped{Machine: w.new2900()}
	w.kitchen = w.plugIn("kitchen", machine)
	w.write("kitchen.password", "not-it\n")
	w.start()
	for before := 0; before < 5; {
		w.until("a wrong login", patience, func() bool {
			state := w.backend().Machine.State
			return state == "locked_out" || machine.said(login) > before && state == "login_refused"
		})
		before = machine.said(login)
		w.restart()
	}
	w.shows(trouble{
		state: "locked_out", message: []string{"takes no login for"},
		code: "machine_locked_out", says: []string{"takes no login for", "Correct the password and wait"},
		first: []string{"machine kitchen", "takes no login for"},
		page:  []string{"Locked out", "takes no login for a while", "crema tries again by itself"},
	})
	logins := machine.said(login)
	w.quiet(time.Second)
	if n := machine.said(login) - logins; n > 1 {
		t.Errorf("%d logins more, at a machine that takes none", n)
	}
	w.write("kitchen.password", "s3cret\n")
	w.kitchen.Restart() // at the machine: it forgets the wrong logins
	w.restart()
	w.works()
}

// TestWrongKey has an API key that Odoo does not accept.
func TestWrongKey(t *testing.T) {
	t.Parallel()
	w, _ := oneMachine(t, "2900", nil)
	w.kitchen = w.plugIn("kitchen", w.new2900())
	w.odoo.SetKey(bot, "another")
	w.start()
	w.refusedKey()
	asked := w.odoo.Calls("res.users/context_get")
	w.quiet(2 * time.Second)
	if n := w.odoo.Calls("res.users/context_get"); n != asked {
		t.Errorf("the board tried the key %d times more", n-asked)
	}
	w.odoo.SetKey(bot, key) // Odoo knows the key after all
	w.until("a test is good", patience, func() bool {
		var report reportJSON
		return w.api("POST", "backends/kitchen/test", &report) && report.OK
	})
	w.works()

	// Revoked while everything works: what was sold meanwhile is kept.
	w.odoo.SetKey(bot, "third")
	sold := len(w.odoo.Orders())
	w.sell()
	w.until("the cup waits", patience, func() bool { seen, ok := w.cups("seen"); return ok && len(seen) == 1 })
	w.refusedKey()
	w.cmd("sync", "kitchen", "sales").expect(t, "crema sync sales", 1, "goes on by itself", "401")
	w.write("odoo.key", "third\n")
	w.restart()
	w.until("the cup is booked", patience, func() bool { return len(w.odoo.Orders()) == sold+1 })
	w.until("nothing is left to be done", patience, func() bool {
		var page struct{ Items []checkpointJSON }
		if !w.api("GET", "checkpoints?open=true", &page) {
			return false
		}
		for _, c := range page.Items {
			if c.Reason == "odoo" {
				return false
			}
		}
		return true
	})
}

// bot is the stand-in's user that the key belongs to.
const bot = 5

func (w *world) refusedKey() {
	w.t.Helper()
	w.shows(trouble{
		state: "connected",
		code:  "odoo_key", says: []string{"Odoo does not accept the API key", "Make a new key in Odoo", "api_key_file"},
		first: []string{"Odoo", "401"},
		page:  []string{"Odoo refuses the login", "make a new API key for crema's user in Odoo, put it in api_key_file and restart crema"},
	})
	var status struct {
		Odoo struct{ State, Message string }
	}
	if !w.api("GET", "status", &status) || status.Odoo.State != "refused" {
		w.t.Errorf("Odoo's state is %+v, want refused", status.Odoo)
	}
}

// TestOdooAway has an Odoo that can't be reached, and others that are out of order.
func TestOdooAway(t *testing.T) {
	t.Parallel()
	const page = "a proxy's or portal's page"
	for _, c := range []struct {
		name  string
		fault standin.Fault // Slow: nobody listens there
		code  string
		cause string // as jobs have it
		says  []string
	}{
		{"connection refused", standin.Slow, "odoo_away", "connection refused", []string{"connection refused", "Check `url`, the network, and that Odoo runs."}},
		{"a proxy without an Odoo", standin.Proxy, "odoo_away", page, []string{page, "503 Service Unavailable", "Check `url`, the network, and that Odoo runs."}},
		{"a captive portal", standin.Portal, "odoo_away", page, []string{page, "Welcome to the guest network", "Check `url`, the network, and that Odoo runs."}},
		{"no database", standin.DatabaseDown, "odoo_database", "no database selected", []string{"Odoo finds no database \"prod\"", "its database server is down", "Correct `database` under [odoo]"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w, _ := oneMachine(t, "2900", nil)
			w.kitchen = w.plugIn("kitchen", w.new2900())
			if c.fault == standin.Slow {
				w.odooHTTP.Close()
			} else {
				w.odoo.Fail(standin.Rule{Fault: c.fault})
			}
			w.start()
			w.shows(trouble{
				state: "connected",
				code:  c.code, says: c.says,
				first: []string{"Odoo", c.cause},
				page:  []string{"Odoo does not answer", "Nothing is lost: cups are kept here and booked when Odoo answers again."},
			})
			w.cmd("sync", "kitchen", "catalogue").expect(t, "crema sync catalogue", 1, "goes on by itself", c.cause)
			w.quiet(time.Second)
			if c.fault == standin.Slow {
				w.listenOdoo(w.odooAddr, w.odoo)
			} else {
				w.odoo.Heal()
			}
			w.recovers()
		})
	}
}

// recovers is what follows when the cause is mended. In a short run somebody presses
// Test; in a long one nobody does, and the board comes to it by itself.
func (w *world) recovers() {
	w.t.Helper()
	if length(0, 1, 1) == 0 {
		w.until("a test is good", patience, func() bool {
			var report reportJSON
			return w.api("POST", "backends/kitchen/test", &report) && report.OK
		})
	}
	w.works()
}
