package main

import (
	"strings"
	"testing"
)

func result(peer, measure string, rate, raw float64) Result {
	return Result{Peer: peer, Measure: measure, Figure: Figure{Rate: rate, Jobs: 1}, Limits: Limits{Raw: raw, Commit: raw / 2}}
}

// The ratio of a moment counts, not that of two medians: here the disk was slow when
// the rate was low.
func TestMediansAreOfRatios(t *testing.T) {
	rs := []Result{result("crema", "process8", 300, 100), result("crema", "process8", 3000, 1000), result("crema", "process8", 900, 300),
		result("goqite", "process8", 1, 1)}
	c := sum(rs, "crema", "process8")
	if c.rounds != 3 || c.rate != 900 || c.xRaw != 3 || c.xCommit != 6 {
		t.Errorf("%+v", c)
	}
	rs[0].Device, rs[1].Device, rs[2].Device = 9, 3, 5
	if c := sum(rs, "crema", "process8"); c.device != 3 {
		t.Errorf("device bytes %v: others only add, so the least counts", c.device)
	}
}

func TestTargets(t *testing.T) {
	p := Plan{Peers: entrants, Measures: measurements, Rounds: 1}
	rs := []Result{result("crema", "process8", 300, 100), result("crema-key", "process8", 190, 100), result("jetstream", "process8", 110, 100),
		result("goqite", "process8", 40, 100), result("bolt", "process8", 9999, 100),
		{Peer: "crema", Measure: "idle", Figure: Figure{P50: 0.003}, Limits: Limits{Raw: 1000, Commit: 500}}}
	var b strings.Builder
	report(&b, p, rs)
	for _, want := range []string{
		"| processed, concurrency 8 | crema | 3.00 × raw | 1.10 jetstream | 2.73 | ≥ 2.00: reached | ≥ 3.00: reached; 2.50 × best: reached |",
		"| processed, concurrency 8 | crema-key | 1.90 × raw | 1.10 jetstream | 1.73 | ≥ 2.00: **not** | ≥ 3.00: **not**; 2.50 × best: **not** |",
		"| idle start, p50 | crema | 1.50 commits | – | – | ≤ 1.50: reached |  |",
	} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no line\n%s\nin\n%s", want, &b)
		}
	}
	if strings.Contains(b.String(), "1221") {
		t.Error("the targets of slow syncs stand beside fast ones")
	}
}

func TestNumber(t *testing.T) {
	for v, want := range map[float64]string{0.0512: "0.05", 3.14159: "3.14", 27.26: "27.3", 812.4: "812", 5873: "5873", 10_001.6: "10,002", 183_045: "183,045"} {
		if got := number(v); got != want {
			t.Errorf("number(%v) = %q, want %q", v, got, want)
		}
	}
}
