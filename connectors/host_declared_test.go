package connectors_test

import (
	"errors"
	"strings"
	"testing"

	"crema/connectors"
	"crema/queue"
	"crema/store"
)

func emptyHost() *connectors.Host {
	return connectors.NewHost(&connectors.Environment{Registry: connectors.NewRegistry()})
}

// A role that a connector says somebody must have is a hole in each kind where nobody
// does, whatever the conditions, and is found before anything runs.
func TestHolesAtStart(t *testing.T) {
	h := emptyHost()
	connectors.Provide(h.Registry, reader, coffee2900, as("own"))
	connectors.Provide(h.Registry, reader, coffee1900, as("sometimes"), connectors.When(english))
	connectors.Provide(h.Registry, writer, coffee, as("all"))
	h.Add(connectors.Connector{Kind: coffee, Versions: []*connectors.Kind{coffee1900, coffee2900}, Roles: []connectors.AnyRole{reader, writer}})
	h.Add(connectors.Connector{Kind: tea, Roles: []connectors.AnyRole{writer}})
	err := h.Check()
	if err == nil {
		t.Fatal("no hole was found")
	}
	for _, want := range []string{"hole: nobody is the coffee.cup importer of a coffee 1900", "hole: nobody is the coffee.slot exporter of a tea"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("Check = %v, want %q in it", err, want)
		}
	}
	if n := strings.Count(err.Error(), "hole"); n != 2 {
		t.Errorf("%d holes: %v", n, err)
	}
	const matrix = `role                  coffee  coffee 1900  coffee 2900  tea
coffee.cup importer   -       1?           1            -
coffee.slot exporter  1       ^            ^            -
`
	if got := h.Matrix(); got != matrix {
		t.Errorf("Matrix:\n%swant:\n%s", got, matrix)
	}
	connectors.Provide(h.Registry, reader, coffee, as("all"))
	connectors.Provide(h.Registry, writer, tea, as("tea"))
	if err := h.Check(); err != nil {
		t.Errorf("without holes: %v", err)
	}
}

// Two components for one place are found at start as well, with both their names.
func TestAmbiguityAtStart(t *testing.T) {
	h := emptyHost()
	connectors.Provide(h.Registry, reader, coffee, as("1"), connectors.Named("first"))
	connectors.Provide(h.Registry, reader, coffee, as("2"), connectors.Named("second"))
	var ambiguous *connectors.AmbiguousError
	if err := h.Check(); !errors.As(err, &ambiguous) || !strings.Contains(err.Error(), `"first"`) || !strings.Contains(err.Error(), `"second"`) {
		t.Errorf("Check = %v", err)
	}
}

// Everything that is declared wrongly is found at start, by name.
func TestWrongDeclarations(t *testing.T) {
	start := func(*store.Tx, connectors.Backend, bool) (queue.ID, error) { return 0, nil }
	text := func(name string, versions ...string) connectors.Setting {
		return connectors.Setting{Name: name, Type: connectors.SettingText, Versions: versions}
	}
	for name, c := range map[string]struct {
		connector connectors.Connector
		want      []string
	}{
		"no kind":              {connectors.Connector{}, []string{"no kind"}},
		"a kind twice":         {connectors.Connector{Kind: connectors.NewKind("once")}, []string{`two connectors have the kind "once"`}},
		"another's version":    {connectors.Connector{Kind: tea, Versions: []*connectors.Kind{coffee1900}}, []string{`"tea"`, "coffee 1900 is no version of it"}},
		"no version":           {connectors.Connector{Kind: tea, Versions: []*connectors.Kind{tea}}, []string{"tea is no version of it"}},
		"a setting twice":      {connectors.Connector{Kind: tea, Settings: []connectors.Setting{text("cup"), text("cup")}}, []string{`setting "cup" twice`}},
		"once in each version": {connectors.Connector{Kind: coffee, Versions: []*connectors.Kind{coffee1900, coffee2900}, Settings: []connectors.Setting{text("cup", "1900"), text("cup", "2900")}}, nil},
		"an unknown version":   {connectors.Connector{Kind: tea, Settings: []connectors.Setting{text("cup", "9")}}, []string{`setting "cup"`, `no version "9"`}},
		"no name":              {connectors.Connector{Kind: tea, Settings: []connectors.Setting{text("")}}, []string{"no name"}},
		"no such type":         {connectors.Connector{Kind: tea, Settings: []connectors.Setting{{Name: "cup", Type: "bowl"}}}, []string{`type "bowl"`}},
		"a bad default": {connectors.Connector{Kind: tea, Settings: []connectors.Setting{{Name: "wait", Type: connectors.SettingDuration, Default: "1s", Min: "2s"}}},
			[]string{`setting "wait"`, "default", "at least 2s"}},
		"a bad bound":        {connectors.Connector{Kind: tea, Settings: []connectors.Setting{{Name: "n", Type: connectors.SettingInteger, Max: "many"}}}, []string{`"n"`, "greatest value"}},
		"a secret's default": {connectors.Connector{Kind: tea, Settings: []connectors.Setting{{Name: "key", Type: connectors.SettingSecret, Default: "1234"}}}, []string{`"key"`, "no default"}},
		"a shared default": {connectors.Connector{Kind: tea, Settings: []connectors.Setting{{Name: "pot", Type: connectors.SettingText, Unique: "pot", Default: "blue"}}},
			[]string{`"pot"`, "no default"}},
		"nothing to choose":           {connectors.Connector{Kind: tea, Settings: []connectors.Setting{{Name: "leaf", Type: connectors.SettingChoice}}}, []string{"choose from"}},
		"a flow twice":                {connectors.Connector{Kind: tea, Flows: []connectors.Flow{{Name: "f", Start: start}, {Name: "f", Start: start}}}, []string{`flow "f" twice`}},
		"nobody starts it":            {connectors.Connector{Kind: tea, Flows: []connectors.Flow{{Name: "f"}}}, []string{`flow "f"`, "nothing starts it"}},
		"a bad schedule":              {connectors.Connector{Kind: tea, Flows: []connectors.Flow{{Name: "f", Start: start, Schedule: "at tea time"}}}, []string{`flow "f"`}},
		"a setting that is not there": {connectors.Connector{Kind: tea, Flows: []connectors.Flow{{Name: "f", Start: start, Needs: "milk"}}}, []string{`flow "f"`, `the setting "milk"`, "not declared"}},
		"a schedule, or none":         {connectors.Connector{Kind: tea, Flows: []connectors.Flow{{Name: "f", Start: start, Schedule: "@daily", Unscheduled: "no"}}}, []string{`flow "f"`, "can't have one"}},
	} {
		t.Run(name, func(t *testing.T) {
			h := emptyHost()
			h.Add(connectors.Connector{Kind: connectors.NewKind("once")})
			h.Add(c.connector)
			err := h.Check()
			if (err == nil) != (c.want == nil) {
				t.Errorf("Check = %v", err)
			}
			for _, want := range c.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("Check = %v, want %q in it", err, want)
				}
			}
		})
	}
}
