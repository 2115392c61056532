package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// count has a script count its starts in the file "starts" beside it.
const count = `echo x >> "${0%/*}/starts"; `

// failing makes a world whose crema takes any configuration and ends soon after its start, but with the one that says "good".
func failing(t *testing.T) *world {
	t.Helper()
	w := newWorld(t, `cp crema.toml "$3"; echo taken`, count+`grep -q good "$CREMA_CONFIG" && exit 0; echo "crema: the watchdog is busy" >&2; exit 1`)
	w.steady = time.Hour
	w.write(t, "bad")
	return w
}

// write puts a configuration onto the card.
func (w *world) write(t *testing.T, config string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(w.card, "crema.toml"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
}

// starts is how many times crema was started.
func (w *world) starts(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(filepath.Dir(w.crema), "starts"))
	if err != nil {
		t.Fatal(err)
	}
	return bytes.Count(text, []byte("x"))
}

// A crema that ends again and again soon after its start is told by a page, the screen and the card, with what it said last; the
// watchdog that it left armed doesn't restart the board meanwhile.
func TestEndsAgainAndAgain(t *testing.T) {
	w := failing(t)
	w.watchdog = filepath.Join(w.card, "dog")
	if err := os.WriteFile(w.watchdog, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	page := w.page(t)
	for where, text := range map[string]string{"page": page, "card": w.says(t), "screen": w.console.String()} {
		if !strings.Contains(text, "3 times in a row") || !strings.Contains(text, "the watchdog is busy") || !strings.Contains(text, "Correct crema.toml") {
			t.Errorf("the %s says %q", where, text)
		}
		if strings.Contains(text, before) {
			t.Errorf("the %s names a configuration that there is not: %q", where, text)
		}
	}
	if n := w.starts(t); n != failures {
		t.Errorf("it was started %d times before the page, want %d", n, failures)
	}
	if fed, err := os.ReadFile(w.watchdog); err != nil || string(fed) != "V" {
		t.Errorf("the watchdog heard %q, %v", fed, err)
	}
}

// Behind the page crema is tried again, and runs once it can.
func TestTriesAgain(t *testing.T) {
	w := newWorld(t, `touch "$3"`, count+`[ $(wc -l < "${0%/*}/starts") -gt 4 ] || exit 1`)
	w.steady, w.again = time.Hour, time.Millisecond
	if code, err := w.run(t.Context(), w.mounted); code != 0 || err != nil || w.starts(t) != 5 {
		t.Errorf("run = %d, %v, after %d starts", code, err, w.starts(t))
	}
}

// A board that ends soon after crema's start, as its watchdog makes it, shows a page in the end, and tries crema behind that.
func TestTheBoardEndsAgainAndAgain(t *testing.T) {
	w := newWorld(t, `touch "$3"`, count+`echo runs >&2; exec sleep 1000`)
	w.steady = time.Hour
	for n := range failures {
		ctx, cut := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() {
			_, err := w.run(ctx, w.mounted)
			ended <- err
		}()
		for w.tries() != n+1 || len(w.runs()) <= n { // until it runs
		}
		kept, err := os.ReadFile(w.triesFile())
		if err != nil {
			t.Fatal(err)
		}
		cut()
		if err := errors.Join(<-ended, os.WriteFile(w.triesFile(), kept, 0o600)); err != nil { // as a power cut leaves it
			t.Fatal(err)
		}
	}
	page := w.page(t)
	for where, text := range map[string]string{"page": page, "card": w.says(t), "screen": w.console.String()} {
		if !strings.Contains(text, "ended before crema had run for 1h0m0s, 3 times in a row") {
			t.Errorf("the %s says %q", where, text)
		}
	}
	if n := w.starts(t); n != failures {
		t.Errorf("it was started %d times before the page, want %d", n, failures)
	}
	w.again = time.Millisecond
	ctx, cut := context.WithCancel(t.Context())
	go func() {
		for len(w.runs()) <= failures {
		}
		cut()
	}()
	if _, err := w.run(ctx, w.mounted); err != nil || w.tries() != 0 {
		t.Errorf("run behind the page: %v, %d tries", err, w.tries())
	}
}

// Once crema runs behind the page, the card says no more that it doesn't.
func TestRecovers(t *testing.T) {
	w := newWorld(t, `touch "$3"; echo in force`, count+`exec sleep 1000`)
	w.again = time.Millisecond
	w.tried(failures)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := w.run(ctx, w.mounted)
		ended <- err
	}()
	w.console.until("The board, or crema alone, ended")
	for len(w.runs()) == 0 { // behind the page, after the card was told
	}
	for w.says(t) != "in force\n" || w.tries() != 0 {
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// runs are crema's starts so far.
func (w *world) runs() []byte {
	text, _ := os.ReadFile(filepath.Join(filepath.Dir(w.crema), "starts"))
	return bytes.ReplaceAll(text, []byte("\n"), nil)
}

// A crema that ran for a good while is started again by gokrazy, with what stands on the card then.
func TestEndsLate(t *testing.T) {
	w := failing(t)
	w.steady = 0
	if code, err := w.run(t.Context(), w.mounted); code != 1 || err != nil || w.starts(t) != 1 {
		t.Errorf("run = %d, %v, after %d starts", code, err, w.starts(t))
	}
}

// The configuration that crema ran with is kept, whatever else was taken since, and offered on the card when one fails.
func TestWayBack(t *testing.T) {
	w := failing(t)
	w.steady = 0
	w.write(t, "good = 1")
	if code, err := w.run(t.Context(), w.mounted); code != 0 || err != nil {
		t.Fatalf("run = %d, %v", code, err)
	}
	w.steady = time.Hour
	for _, bad := range []string{"bad", "worse"} {
		w.write(t, bad)
		page := w.page(t)
		for where, text := range map[string]string{"page": page, "card": w.says(t), "screen": w.console.String()} {
			if !strings.Contains(text, "go back to the one that it ran with last") || !strings.Contains(text, before) {
				t.Errorf("%s: the %s says %q", bad, where, text)
			}
		}
		if got, err := os.ReadFile(filepath.Join(w.card, before)); err != nil || string(got) != "good = 1" {
			t.Errorf("%s: %s is %q, %v", bad, before, got, err)
		}
	}
	if err := os.Rename(filepath.Join(w.card, before), filepath.Join(w.card, "crema.toml")); err != nil {
		t.Fatal(err)
	}
	if code, err := w.run(t.Context(), w.mounted); code != 0 || err != nil {
		t.Errorf("back: run = %d, %v", code, err)
	}
	// What fails now is what ran before: no other configuration is offered.
	if err := os.WriteFile(w.crema, []byte("#!/bin/sh\n[ $1 = setup ] || exit 1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if page := w.page(t); !strings.Contains(page, "ran with this configuration before") || strings.Contains(page, before) {
		t.Errorf("the page says %q", page)
	}
	if _, err := os.Stat(filepath.Join(w.card, before)); err == nil {
		t.Error("what is in force is offered as the one before")
	}
}

// A crema that hangs over what stands on the card doesn't keep the board from its work.
func TestSetUpThatHangs(t *testing.T) {
	w := newWorld(t, "while :; do sleep 0.01; done", "exit 0")
	w.setUpWithin = 50 * time.Millisecond
	if err := os.WriteFile(w.config, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if code, err := w.run(t.Context(), w.mounted); code != 0 || err != nil || !strings.Contains(w.says(t), "the next start tries it again (it took more than 50ms)") {
		t.Errorf("run = %d, %v; the card says %q", code, err, w.says(t))
	}
}

// starting has TestMain be an appliance that runs the program that it names, as starting's second word says.
const starting = "CREMA_TEST_STARTS"

func startsAlone() {
	crema, how, _ := strings.Cut(os.Getenv(starting), " ")
	dir := filepath.Dir(crema)
	a := appliance{crema: crema, config: filepath.Join(dir, "crema.toml"), console: io.Discard, setUpWithin: time.Hour}
	if how == "setup" {
		a.setUp(context.Background(), dir)
	} else {
		_, _, _ = a.serve(context.Background())
	}
	os.Exit(0)
}

// When the start is killed, so is crema: the next start runs its own on the same store.
func TestKilled(t *testing.T) {
	const runs = `exec > "${0%/*}/pipe"; echo runs; i=0; while [ $i -lt 300 ]; do sleep 0.01; i=$((i+1)); done; echo survived`
	for _, how := range []string{"setup", "serve"} {
		t.Run(how, func(t *testing.T) {
			w := newWorld(t, runs, runs)
			pipe := filepath.Join(filepath.Dir(w.crema), "pipe")
			if err := syscall.Mkfifo(pipe, 0o600); err != nil {
				t.Fatal(err)
			}
			start := exec.Command(os.Args[0])
			start.Env = append(os.Environ(), starting+"="+w.crema+" "+how)
			if err := start.Start(); err != nil {
				t.Fatal(err)
			}
			f, err := os.Open(pipe)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			if _, err := io.ReadFull(f, make([]byte, len("runs\n"))); err != nil {
				t.Fatal(err)
			}
			if err := start.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = start.Wait() // it was killed
			if rest, err := io.ReadAll(f); err != nil || len(rest) > 0 {
				t.Errorf("crema goes on: %q, %v", rest, err)
			}
		})
	}
}
