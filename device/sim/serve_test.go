package sim_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"crema/device"
	"crema/device/sim"
	"crema/device/sim/coffee1900"
)

func TestServeEndsWithItsContext(t *testing.T) {
	for _, plugged := range []bool{true, false} {
		p := openPTY(t)
		m := coffee1900.New(coffee1900.Options{})
		for range 2 { // and begins again on the same line
			ctx, cancel := context.WithCancel(t.Context())
			served := make(chan error, 1)
			go func() { served <- sim.Serve(ctx, m, p) }()
			if plugged {
				c := plainOpen(t, p.Link())
				c.WriteString(">01,ID*20\r\n")
				readFull(t, c, len("<01,OK,1900,00184467,2.14,8*08\r\n"))
				c.Close()
			} else {
				p.Unplug()
			}
			cancel()
			select {
			case err := <-served:
				if err != nil {
					t.Errorf("Serve = %v", err)
				}
			case <-time.After(5 * time.Second):
				t.Fatal("Serve does not end")
			}
		}
	}
}

func TestServeGoesOnAfterThePlug(t *testing.T) {
	p := openPTY(t)
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() { served <- sim.Serve(ctx, coffee1900.New(coffee1900.Options{}), p) }()
	defer func() { cancel(); <-served }()
	for range 10 {
		c := plainOpen(t, p.Link())
		c.WriteString(">01,ID*20\r\n")
		readFull(t, c, len("<01,OK,1900,00184467,2.14,8*08\r\n"))
		p.Unplug()
		if err := p.Plug(); err != nil {
			t.Fatal(err)
		}
	}
}

func TestKeepStateReportsWhatItCantKeep(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "gone")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "state.json")
	m := coffee1900.New(coffee1900.Options{})
	var log bytes.Buffer
	if err := sim.KeepState(m, path, slog.New(slog.NewTextHandler(&log, nil))); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Errorf("a new machine has no file: %v", err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	m.ResetCounters()
	if !strings.Contains(log.String(), path) {
		t.Errorf("the log: %s", &log)
	}
	if err := sim.KeepState(m, path, nil); err == nil {
		t.Error("a state in a directory that is not there")
	}
}

func TestCustomers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bought := func(seed int64) []sim.Cup {
			m := coffee1900.New(coffee1900.Options{})
			ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
			defer cancel()
			sim.Customers(ctx, m, 2, seed)
			return m.Truth().Cups
		}
		cups := bought(1)
		if n := len(cups); n < 80 || n > 160 {
			t.Errorf("two a minute make %d cups in an hour", n)
		}
		kinds, slots := map[device.CupKind]int{}, map[int]int{}
		for _, c := range cups {
			kinds[c.Kind]++
			slots[c.Slot]++
		}
		if len(slots) != 8 || kinds[device.CupSale] < len(cups)/2 || kinds[device.CupFree] == 0 {
			t.Errorf("kinds %v, slots %v", kinds, slots)
		}
		if again := bought(1); len(again) != len(cups) || again[len(again)-1] != cups[len(cups)-1] {
			t.Error("the same seed brings other customers")
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		sim.Customers(ctx, coffee1900.New(coffee1900.Options{}), 2, 1)
		sim.Customers(t.Context(), coffee1900.New(coffee1900.Options{}), 0, 1) // nobody comes: it returns
	})
}

func TestControl(t *testing.T) {
	p := openPTY(t)
	m := coffee1900.New(coffee1900.Options{})
	h := sim.Control(m, p)
	call := func(method, path, body string, want int) string {
		t.Helper()
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequest(method, path, strings.NewReader(body)))
		if w.Code != want {
			t.Errorf("%s %s %s: %d %s, want %d", method, path, body, w.Code, w.Body, want)
		}
		return w.Body.String()
	}
	truth := func() (tr sim.Truth) {
		t.Helper()
		if err := json.Unmarshal([]byte(call("GET", "/truth", "", 200)), &tr); err != nil {
			t.Fatal(err)
		}
		return tr
	}
	if got := call("POST", "/buy", `{"slot":1,"payment":"cash"}`, 200); !strings.Contains(got, `"name":"Lungo"`) {
		t.Errorf("bought %s", got)
	}
	call("POST", "/buy", "", 200) // slot 0
	call("POST", "/buy", `{"slot":8}`, 409)
	call("POST", "/buy", `{"slto":1}`, 400)
	call("POST", "/buy", `{"slot":1,"brew_ms":3600000}`, 200)
	if got := call("POST", "/buy", `{"slot":1}`, 409); !strings.Contains(got, device.ErrBusy.Error()) {
		t.Errorf("a busy machine: %s", got)
	}
	if tr := truth(); len(tr.Cups) != 2 || tr.State != "brewing" || tr.Counters[1] != 1 || tr.Cups[0].Payment != device.PaymentCash {
		t.Errorf("truth %+v", tr)
	}
	call("POST", "/restart", "", 204)
	call("POST", "/alarm", `{"code":4,"cause":true}`, 204)
	if tr := truth(); tr.State != "error" {
		t.Errorf("truth %+v", tr)
	}
	call("POST", "/reset", "", 204)
	if tr := truth(); tr.Epoch != 1 || tr.Counters[1] != 0 {
		t.Errorf("truth %+v", tr)
	}
	call("POST", "/edit", `{"slot":1,"name":"x"}`, http.StatusNotImplemented) // not at a 1900's panel
	call("POST", "/unplug", "", 204)
	if _, err := os.Lstat(p.Link()); !errors.Is(err, os.ErrNotExist) {
		t.Error("still plugged in")
	}
	call("POST", "/plug", "", 204)
	c := plainOpen(t, p.Link())
	call("POST", "/faults", `{"rate":1,"seed":1,"kinds":["double"]}`, 204)
	p.Write([]byte("x"))
	if got := readFull(t, c, 2); string(got) != "xx" {
		t.Errorf("doubled: %q", got)
	}
	call("POST", "/faults", `{"rate":1,"kinds":["gremlins"]}`, 400)
	call("POST", "/faults", `{"rate":2}`, 400)
	call("GET", "/buy", "", 405)
}
