package command

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"crema/web"
	"crema/web/webtest"
)

// The commands restart a machine by its wire and calibrate its flow meter, once each, and say what
// keeps them from it.
func TestWireCommands(t *testing.T) {
	b := webtest.Sample()
	dir := boardDir(t, b)
	name := func(n string) backendName { return backendName{Name: n} }
	for _, step := range []struct {
		command runner
		want    string // what is printed; of an error a part
		fails   bool
	}{
		{backendRestart{name("lobby")}, "lobby is restarted by its wire\n", false},
		{backendRestart{name("kitchen")}, "not wired", true},
		{backendRestart{name("attic")}, "attic", true},
		{backendCalibrate{name("lobby"), 96}, "a pulse of lobby is 0.48 ml: 96 ml by the 200 pulses that ended at " + webtest.Now().UTC().Format(time.RFC3339) + "\n", false},
		{backendCalibrate{name("lobby"), 0}, "1 to 10000", true},
		{backendCalibrate{name("kitchen"), 96}, "not wired", true},
	} {
		out, err := run(t, dir, false, step.command)
		if (err != nil) != step.fails {
			t.Errorf("%+v: %v", step.command, err)
		}
		if err == nil && out != step.want || err != nil && (out != "" || !strings.Contains(err.Error(), step.want)) {
			t.Errorf("%+v says %q, %v, want %q", step.command, out, err, step.want)
		}
	}
	want := []string{"restart lobby", "calibrate lobby 96"}
	if diff := cmp.Diff(want, b.Done()); diff != "" {
		t.Errorf("the board was asked for (-want +got):\n%s", diff)
	}
	for _, c := range []runner{backendRestart{name("lobby")}, backendCalibrate{name("lobby"), 96}} {
		out, err := run(t, dir, true, c)
		var shown web.Backend
		if err != nil || json.Unmarshal([]byte(out), &shown) != nil || shown.Wires == nil || !shown.Wires.Resets {
			t.Errorf("as JSON: %s, %v", out, err)
		}
	}
}
