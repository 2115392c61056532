package web

import (
	"slices"
	"testing"
	"time"
)

// TestWireWords: the page says how the wires are, what was poured, and what is wrong with them; what is
// not wired is not spoken of.
func TestWireWords(t *testing.T) {
	c := clock{now: time.Date(2026, 6, 1, 10, 30, 0, 0, time.UTC), place: time.UTC}
	yes, no := true, false
	for _, x := range []struct {
		wires *Wires
		want  []string
	}{
		{nil, nil},
		{&Wires{Cup: &no}, []string{"No cup stands there."}},
		{&Wires{Busy: &no, Cup: &yes, Door: &yes, Inhibited: true}, []string{"No cup is being made, a cup stands there, the door is open, the panel is locked by its wire."}},
		{&Wires{Faults: []string{`flow: there is no line "X"`}}, []string{`! Wire flow: there is no line "X".`}},
		{&Wires{Water: &Water{Pulses: 180, PerPulse: "0.5", Hour: Poured{Cups: 1, ML: 40}, Day: Poured{Cups: 2, Rinses: 1, ML: 90}}},
			[]string{"Water of the last hour: 1 cup, 40\u00a0ml; of the last day: 2 cups and 1 rinse, 90\u00a0ml.", "A pulse is 0.5 ml, by the setting: not calibrated."}},
		{&Wires{Water: &Water{Since: At(c.now.Add(-23 * time.Hour)), PerPulse: "0.5", Compared: &Compared{To: At(c.now.Add(-time.Hour)), Poured: 42, Counted: 42}}},
			[]string{"Water of the last hour: 0 cups, 0\u00a0ml; since crema began to count: 0 cups, 0\u00a0ml.",
				"By its last comparison the flow meter saw the water of 42 cups, and the machine counted 42; " + c.ago(At(c.now.Add(-time.Hour))).Text, "A pulse is 0.5 ml, by the setting: not calibrated."}},
		{&Wires{Water: &Water{PerPulse: "0.5", Compared: &Compared{To: At(c.now.Add(-time.Hour)), Poured: 43, Counted: 42}}},
			[]string{"Water of the last hour: 0 cups, 0\u00a0ml; of the last day: 0 cups, 0\u00a0ml.",
				"! By its last comparison the flow meter saw the water of 43 cups, and the machine counted 42; " + c.ago(At(c.now.Add(-time.Hour))).Text, "A pulse is 0.5 ml, by the setting: not calibrated."}},
		{&Wires{Water: &Water{Pulses: 20, Rejected: 1, PerPulse: "0.5"}}, // one alone is none yet
			[]string{"Water of the last hour: 0 cups, 0\u00a0ml; of the last day: 0 cups, 0\u00a0ml.", "A pulse is 0.5 ml, by the setting: not calibrated.",
				"Of 20 pulses 0 came late and were counted by their numbers; not counted as noise: 1 edge."}},
		{&Wires{Water: &Water{Pulses: 180, Missed: 3, Rejected: 60, PerPulse: "0.48", Calibrated: &Calibrated{Time: At(c.now), ML: 96, Pulses: 200, Ended: At(c.now.Add(-time.Hour))}}},
			[]string{"Water of the last hour: 0 cups, 0\u00a0ml; of the last day: 0 cups, 0\u00a0ml.", "A pulse is 0.48 ml, calibrated by 200 pulses, 96\u00a0ml, that ended " + c.ago(At(c.now.Add(-time.Hour))).Text,
				"! Of 180 pulses 3 came late and were counted by their numbers; not counted as noise: 60 edges."}},
	} {
		var got []string
		for _, l := range wireLines(x.wires, c) {
			text := l.Text
			if l.When.Text != "" {
				text += " " + l.When.Text
			}
			if l.Bad {
				text = "! " + text
			}
			got = append(got, text)
		}
		if !slices.Equal(got, x.want) {
			t.Errorf("%+v:\n%q, want\n%q", x.wires, got, x.want)
		}
	}
}
