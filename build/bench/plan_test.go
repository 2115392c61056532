package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// short is long enough to see that it works.
var short = Lengths{Window: 30 * time.Millisecond, Probe: 10 * time.Millisecond, Jobs: 60, Batch: 100, Live: 20}

func plan(t *testing.T, peers, measures string) Plan {
	t.Helper()
	es, err := choose(peers)
	if err != nil {
		t.Fatal(err)
	}
	ms, err := pick(measures)
	if err != nil {
		t.Fatal(err)
	}
	return Plan{Peers: es, Measures: ms, Rounds: 1, Dir: t.TempDir(), Lengths: short, Progress: t.Output()}
}

func TestEveryMeasurementOfEveryPeer(t *testing.T) {
	p := plan(t, "", "")
	p.Lengths.Window = 300 * time.Millisecond // processing is cut at twice of it
	results, err := p.run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := 0
	for _, e := range p.Peers {
		for _, m := range p.Measures {
			if m.queue && e.bare {
				continue
			}
			want++
			c := sum(results, e.name, m.name)
			switch {
			case c.rounds != 1:
				t.Errorf("%s of %s: no result", m.name, e.name)
			case m.name == "idle" && (c.p50 <= 0 || c.p99 < c.p50):
				t.Errorf("idle start of %s: %v, %v", e.name, c.p50, c.p99)
			case m.name != "idle" && (c.rate <= 0 || c.xRaw <= 0 || c.xCommit <= 0):
				t.Errorf("%s of %s: %+v", m.name, e.name, c)
			}
		}
	}
	if len(results) != want {
		t.Errorf("%d results, want %d", len(results), want)
	}
	var b strings.Builder
	report(&b, p, results)
	for _, e := range p.Peers {
		if !strings.Contains(b.String(), "| "+e.name+" |") {
			t.Errorf("no row of %s in\n%s", e.name, &b)
		}
	}
}

// A lone enqueue and its completion are synced, or the peer is not durable: at least
// two syncs a job where each of the two is on the disk before it is acknowledged.
func TestLoneJobsAreSynced(t *testing.T) {
	if strace == "" {
		t.Skip("without strace nobody counts syncs")
	}
	p := plan(t, "crema,crema-key,jetstream,river,goqite", "live")
	results, err := p.run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range p.Peers {
		c := sum(results, e.name, "live")
		if c.syncs < 1.5 { // completions of two jobs may share one
			t.Errorf("%s synced %.2f times a job", e.name, c.syncs)
		}
		if d := c.syncs - 2*c.commits; e.own && (d < -0.01 || d > 0.5) {
			t.Errorf("%s: %.2f syncs a job, but 2 × commits is %.2f", e.name, c.syncs, 2*c.commits)
		}
	}
}

func TestSlowSyncsAreSlow(t *testing.T) {
	if strace == "" {
		t.Skip("strace is missing")
	}
	p := plan(t, "bolt", "enqueue1")
	p.Slow = 5 * time.Millisecond
	results, err := p.run(t.Context())
	if err != nil || len(results) != 1 {
		t.Fatalf("%d results, %v", len(results), err)
	}
	if r := results[0]; r.Limits.Raw > 200 || r.Figure.Rate > 100 {
		t.Errorf("with 5 ms a sync: raw %.0f/s, bolt %.0f/s", r.Limits.Raw, r.Figure.Rate)
	}
}

func TestProfiles(t *testing.T) {
	p := plan(t, "crema", "enqueue16")
	p.CPU, p.Mem = filepath.Join(t.TempDir(), "cpu"), filepath.Join(t.TempDir(), "mem")
	if _, err := p.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{p.CPU, p.Mem} {
		if st, err := os.Stat(path); err != nil || st.Size() == 0 {
			t.Errorf("no profile: %v", err)
		}
	}
}

func TestCountingSyncs(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	lines := `17 fdatasync(3) = 0
18 fsync(-1) = -1 EBADF (Bad file descriptor)
17 fdatasync(3 <unfinished ...>
19 fsync(4) = 0
17 <... fdatasync resumed>) = 0
18 fsync(-1 <unfinished ...>
18 <... fsync resumed>) = -1 EBADF (Bad file descriptor)
17 fsync(3) = 0
`
	if err := os.WriteFile(log, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	if n, err := countSyncs(log); n != 2 || err != nil {
		t.Errorf("%d syncs (%v), want the 2 between the marks", n, err)
	}
	if err := os.WriteFile(log, []byte(lines[:60]), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := countSyncs(log); err == nil {
		t.Error("a log without its second mark was taken")
	}
}
