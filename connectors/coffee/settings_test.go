package coffee

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"crema/connectors"
)

// What is declared is right by itself: defaults and examples are values, and kept as
// they are; no role is a hole.
func TestDeclared(t *testing.T) {
	h := connectors.NewHost(&connectors.Environment{Registry: connectors.NewRegistry()})
	m, err := New(h, Deps{})
	if err != nil {
		t.Fatal(err)
	}
	c := m.Connector()
	h.Add(c)
	if err := h.Check(); err != nil {
		t.Error(err)
	}
	for _, s := range c.Settings {
		for _, text := range []string{s.Default, s.Example} {
			if kept, err := s.Parse(text); err != nil || kept != text {
				t.Errorf("%s %q is kept as %q, %v", s.Name, text, kept, err)
			}
		}
		if s.Label == "" || s.Help == "" {
			t.Errorf("nobody knows what %s is", s.Name)
		}
	}
}

// What is written is what the machine is run with; what is not has its default.
func TestConfigOf(t *testing.T) {
	k := newBooks(t)
	want := config{Name: "kitchen", Version: "2900", Language: "en_US", POSCategory: "Coffee", POS: "Kitchen", Close: "03:00", Poll: time.Hour}
	if got := k.b.cfg; !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	r := kitchen2900()
	delete(r.Settings, "poll")
	r.Location, r.Settings["payment"], r.Settings["slots"] = "Kitchen", `{"cash":"Cash"}`, `{"ESPRESSO":"0"}`
	if err := k.b.d.Sync(t.Context(), []connectors.Backend{r}); err != nil {
		t.Fatal(err)
	}
	want.Location, want.Payment, want.Slots, want.Poll = "Kitchen", map[string]string{"cash": "Cash"}, map[string]string{"ESPRESSO": "0"}, 2*time.Second
	if got := k.machines.backend(t, "kitchen").cfg; !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// What one setting needs of another is told with all else that is wrong, but for those that are wrong by themselves.
func TestSettingsAllAtOnce(t *testing.T) {
	backend := func(settings map[string]string) connectors.Backend {
		settings["port"] = "/dev/a"
		return connectors.Backend{Name: "kitchen", Kind: Coffee2900, Settings: settings}
	}
	for _, c := range []struct {
		settings map[string]string
		want     []string
	}{
		{map[string]string{"stock_location": "WH/Kitchen", "poll": "soon", "busy.enabled": "true"}, []string{"poll", "ingredients", "busy.drink"}},
		{map[string]string{"stock_location": "WH/Kitchen", "ingredients": "beans"}, []string{"ingredients"}},
	} {
		var got []string
		for _, e := range connectors.SettingErrors(Declared().CheckSettings(backend(c.settings))) {
			got = append(got, e.Setting)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%v: told of %q, want %q", c.settings, got, c.want)
		}
	}
}
