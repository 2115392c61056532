package board

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestTurns: so many checks at a time and as many that wait beside them, those that are to be alone by themselves, told in their order and each in one piece.
func TestTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		running, most := map[string]bool{}, 0
		lock := make(chan struct{}, 1)
		note := func(name string, runs bool) (beside []string) {
			lock <- struct{}{}
			defer func() { <-lock }()
			for other, is := range running {
				if is && other != name {
					beside = append(beside, other)
				}
			}
			running[name] = runs
			if runs {
				most = max(most, len(beside)+1)
			}
			return beside
		}
		var chosen []check
		for i, name := range []string{"slow", "alone", "quick", "bad", "last", "waits", "waits too", "waits last"} {
			with := map[string]company{"alone": alone, "waits": waits, "waits too": waits, "waits last": waits}[name]
			chosen = append(chosen, check{name: name, what: "it", with: with, run: func(_ context.Context, r *rig) error {
				for _, runs := range []bool{true, false} {
					r.say("%s %t", name, runs)
					if beside := note(name, runs); name == "alone" && len(beside) > 0 || slices.Contains(beside, "alone") {
						t.Errorf("%s runs beside %v", name, beside)
					}
					time.Sleep(time.Duration(10-i) * time.Second)
				}
				if name == "bad" {
					return errors.New("it is bad")
				}
				return nil
			}})
		}
		var out bytes.Buffer
		began := time.Now()
		if failed := (&rig{out: &out}).runAll(t.Context(), chosen, 2); !slices.Equal(failed, []string{"bad"}) {
			t.Errorf("failed: %q", failed)
		}
		if most != 4 {
			t.Errorf("%d ran at a time", most)
		}
		var want []string
		for _, k := range chosen {
			want = append(want, "== "+k.name+": it", fmt.Sprintf("   %s true", k.name), fmt.Sprintf("   %s false", k.name), "")
		}
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		for i, line := range lines {
			if i >= len(want) || want[i] != "" && line != want[i] {
				t.Fatalf("line %d is %q: %s", i+1, line, &out)
			}
		}
		if len(lines) != len(want) || !strings.HasPrefix(lines[15], "FAILED bad after 14.0 s: it is bad") {
			t.Errorf("%s", &out)
		}
		if took := time.Since(began); took != 50*time.Second { // 20 beside 16, then 14 from the 16th and 12 from the 20th on, those that wait beside them all, then 18
			t.Errorf("took %s", took)
		}
	})
}

// TestTurnsEnd: an end of the run is one of the turns that wait, too.
func TestTurnsEnd(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	wait := func(ctx context.Context, _ *rig) error {
		cancel()
		<-ctx.Done()
		return ctx.Err()
	}
	var out bytes.Buffer
	if failed := (&rig{out: &out}).runAll(ctx, []check{{name: "a", run: wait}, {name: "b", run: wait, with: alone}}, 1); !slices.Contains(failed, "a") {
		t.Errorf("failed: %q", failed)
	}
	if strings.Contains(out.String(), "b: ") {
		t.Errorf("it began behind the end: %s", &out)
	}
}

// TestPortsAreGivenOnce: emulators that start at the same time don't get one port.
func TestPortsAreGivenOnce(t *testing.T) {
	seen := map[int]bool{}
	for range 200 {
		port, err := freePort()
		if err != nil {
			t.Fatal(err)
		}
		if seen[port] || port < firstPort || port >= lastPort {
			t.Fatalf("port %d", port)
		}
		seen[port] = true
	}
}
