package coffee

import (
	"maps"
	"strings"
	"testing"
	"time"

	"crema/connectors"
	"crema/queue"
)

// What is declared is right by itself: defaults and examples are values, and kept as
// they are; schedules are schedules.
func TestDeclared(t *testing.T) {
	c := Declared()
	for _, s := range c.Settings {
		for _, text := range []string{s.Default, s.Example} {
			if kept, err := s.Parse(text); err != nil || kept != text {
				t.Errorf("%s %q is kept as %q, %v", s.Name, text, kept, err)
			}
		}
		for _, v := range s.Versions {
			if kindOf(v) == nil {
				t.Errorf("%s is one of a version %q that there is not", s.Name, v)
			}
		}
		if s.Label == "" || s.Help == "" {
			t.Errorf("nobody knows what %s is", s.Name)
		}
	}
	for _, f := range c.Flows {
		if f.Schedule != "" && queue.CheckCron(f.Schedule) != nil || f.Schedule != "" && f.Unscheduled != "" {
			t.Errorf("flow %s: schedule %q", f.Name, f.Schedule)
		}
	}
}

func TestConfigOf(t *testing.T) {
	b := connectors.Backend{Name: "kitchen", Kind: Coffee2900, Location: "Kitchen", Language: "de_CH", Settings: map[string]string{
		"port": "/dev/ttyACM0", "pos": "7", "pos_category": "Coffee", "payment": `{"cash":"Cash"}`, "slots": `{"ESPRESSO":"0"}`, "poll": "500ms"}}
	c, err := ConfigOf(b, time.UTC)
	if err != nil {
		t.Fatal(err)
	}
	if c.Name != "kitchen" || c.Version != "2900" || c.Location != "Kitchen" || c.Language != "de_CH" || c.POS != "7" || c.POSCategory != "Coffee" ||
		!maps.Equal(c.Payment, map[string]string{"cash": "Cash"}) || !maps.Equal(c.Slots, map[string]string{"ESPRESSO": "0"}) ||
		c.Poll != 500*time.Millisecond || c.POSClose != "03:00" || c.Timezone != time.UTC {
		t.Errorf("%+v", c)
	}
	// Nothing is the default, "" is none.
	delete(b.Settings, "poll")
	b.Settings["pos_close"], b.Settings["payment"] = "", ""
	if c, err = ConfigOf(b, time.UTC); err != nil || c.Poll != 2*time.Second || c.POSClose != "" || c.Payment != nil {
		t.Errorf("%+v, %v", c, err)
	}
	b.Settings["poll"], b.Settings["slots"] = "1ms", `{"A":"x"}`
	if _, err := ConfigOf(b, time.UTC); err == nil || !strings.Contains(err.Error(), `backend "kitchen"`) ||
		!strings.Contains(err.Error(), "poll: 1ms is not possible") || !strings.Contains(err.Error(), `slots.A: "x" is no slot`) {
		t.Errorf("error %v", err)
	}
}
