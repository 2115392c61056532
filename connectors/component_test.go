package connectors_test

import (
	"errors"
	"log/slog"
	"strings"
	"testing"

	"crema/connectors"
)

var (
	coffee     = connectors.NewKind("coffee")
	coffee1900 = coffee.Version("1900")
	coffee2900 = coffee.Version("2900")
	tea        = connectors.NewKind("tea")

	reader = connectors.NewRole[string]("coffee.cup", "importer")
	writer = connectors.NewRole[string]("coffee.slot", "exporter")
)

// as makes a component that says its name.
func as(name string) func(*connectors.Work) (string, error) {
	return func(*connectors.Work) (string, error) { return name, nil }
}

func workOf(r *connectors.Registry, k *connectors.Kind, language string) *connectors.Work {
	return connectors.NewWork(&connectors.Environment{Registry: r}, connectors.Backend{Name: "kitchen", Kind: k, Language: language})
}

func english(w *connectors.Work) bool { return strings.HasPrefix(w.Language, "en") }

func TestComponentLookupOrder(t *testing.T) {
	never := connectors.When(func(*connectors.Work) bool { return false })
	whenEnglish := connectors.When(english)
	type provided struct {
		role connectors.Role[string]
		kind *connectors.Kind
		name string
		opts []connectors.ProvideOption
	}
	o := func(opts ...connectors.ProvideOption) []connectors.ProvideOption { return opts }
	for name, c := range map[string]struct {
		parts []provided
		kind  *connectors.Kind
		want  string // "" for ErrNoComponent
	}{
		"the version's own":      {[]provided{{reader, coffee, "all", nil}, {reader, coffee1900, "1900", nil}}, coffee1900, "1900"},
		"the parent's":           {[]provided{{reader, coffee, "all", nil}, {reader, coffee1900, "1900", nil}}, coffee2900, "all"},
		"no other version's":     {[]provided{{reader, coffee1900, "1900", nil}}, coffee2900, ""},
		"no version's for all":   {[]provided{{reader, coffee1900, "1900", nil}}, coffee, ""},
		"no other kind's":        {[]provided{{reader, tea, "tea", nil}}, coffee, ""},
		"no other role's":        {[]provided{{writer, coffee, "writer", nil}}, coffee, ""},
		"a kind made again":      {[]provided{{reader, coffee1900, "1900", nil}}, connectors.NewKind("coffee").Version("1900"), "1900"},
		"condition first":        {[]provided{{reader, coffee, "all", nil}, {reader, coffee, "en", o(whenEnglish)}}, coffee, "en"},
		"condition fails":        {[]provided{{reader, coffee, "en", o(never)}, {reader, coffee, "all", nil}}, coffee, "all"},
		"both conditions":        {[]provided{{reader, coffee, "en", o(whenEnglish, never)}, {reader, coffee, "all", nil}}, coffee, "all"},
		"first of two":           {[]provided{{reader, coffee, "a", o(whenEnglish)}, {reader, coffee, "b", o(whenEnglish)}}, coffee, "a"},
		"own before condition":   {[]provided{{reader, coffee, "en", o(whenEnglish)}, {reader, coffee1900, "1900", nil}}, coffee1900, "1900"},
		"own fails, the parent":  {[]provided{{reader, coffee, "all", nil}, {reader, coffee1900, "1900", o(never)}}, coffee1900, "all"},
		"no kind":                {[]provided{{reader, coffee, "all", nil}}, nil, ""},
		"replaced":               {[]provided{{reader, coffee, "old", o(connectors.Named("old"))}, {reader, coffee, "new", o(connectors.Replacing("old"))}}, coffee, "new"},
		"back, replacer is off":  {[]provided{{reader, coffee, "old", o(connectors.Named("old"))}, {reader, coffee, "new", o(connectors.Replacing("old"), never)}}, coffee, "old"},
		"back for another kind":  {[]provided{{reader, coffee, "old", o(connectors.Named("old"))}, {reader, coffee1900, "new", o(connectors.Replacing("old"))}}, coffee2900, "old"},
		"parent's hides the own": {[]provided{{reader, coffee1900, "old", o(connectors.Named("old"))}, {reader, coffee, "new", o(connectors.Replacing("old"))}}, coffee1900, "new"},
		"replaced condition": {[]provided{{reader, coffee, "old", o(connectors.Named("old"), whenEnglish)},
			{reader, coffee, "new", o(connectors.Replacing("old"))}}, coffee, "new"},
		"transitive": {[]provided{{reader, coffee, "a", o(connectors.Named("a"), whenEnglish)}, {reader, coffee, "b", o(connectors.Named("b"), connectors.Replacing("a"), whenEnglish)},
			{reader, coffee, "c", o(connectors.Replacing("b"))}}, coffee, "c"},
	} {
		t.Run(name, func(t *testing.T) {
			r := connectors.NewRegistry()
			for _, p := range c.parts {
				connectors.Provide(r, p.role, p.kind, as(p.name), p.opts...)
			}
			if err := r.Validate(); err != nil {
				t.Fatalf("Validate: %v", err)
			}
			got, err := connectors.Component(workOf(r, c.kind, "en_US"), reader)
			if got != c.want || (err != nil) != (c.want == "") || err != nil && !errors.Is(err, connectors.ErrNoComponent) {
				t.Errorf("Component = %q, %v; want %q", got, err, c.want)
			}
		})
	}
}

// Conditions are asked at every lookup: what is true of a machine may change.
func TestConditionPerCall(t *testing.T) {
	r := connectors.NewRegistry()
	connectors.Provide(r, reader, coffee, as("all"))
	connectors.Provide(r, reader, coffee, as("en"), connectors.When(english))
	w := workOf(r, coffee, "en_US")
	for _, c := range [][2]string{{"en_US", "en"}, {"de_CH", "all"}, {"en_GB", "en"}} {
		w.Language = c[0]
		if got, err := connectors.Component(w, reader); got != c[1] || err != nil {
			t.Errorf("in %s: %q, %v", c[0], got, err)
		}
	}
}

func TestComponentErrors(t *testing.T) {
	r := connectors.NewRegistry()
	connectors.Provide(r, writer, coffee1900, as("x"), connectors.Named("slot writer"))
	_, err := connectors.Component(workOf(r, coffee2900, ""), writer)
	for _, want := range []string{"coffee.slot exporter", `"kitchen"`, "coffee 2900, then coffee", `"slot writer"`, "for coffee 1900", "component_test.go:"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v does not name %s", err, want)
		}
	}
	if _, err = connectors.Component(workOf(r, coffee, ""), reader); err == nil || !strings.Contains(err.Error(), "nobody provides") {
		t.Errorf("error %v", err)
	}

	broken := errors.New("no line")
	connectors.Provide(r, reader, coffee, func(*connectors.Work) (string, error) { return "half", broken })
	got, err := connectors.Component(workOf(r, coffee, ""), reader)
	if !errors.Is(err, broken) || got != "" || !strings.Contains(err.Error(), "coffee.cup importer") {
		t.Errorf("Component = %q, %v", got, err)
	}
}

func TestValidate(t *testing.T) {
	r := connectors.NewRegistry()
	connectors.Provide(r, reader, coffee, as("1"), connectors.Named("first"))
	connectors.Provide(r, reader, coffee, as("2"), connectors.Named("second"))
	connectors.Provide(r, reader, coffee, as("3"), connectors.When(english))
	connectors.Provide(r, reader, coffee, as("4"), connectors.When(english))
	err := r.Validate()
	var ambiguous *connectors.AmbiguousError
	if !errors.As(err, &ambiguous) || len(ambiguous.Components) != 2 || !strings.Contains(ambiguous.Components[0], `"first"`) || !strings.Contains(ambiguous.Components[1], `"second"`) {
		t.Errorf("Validate = %v", err)
	}
	// Who doesn't ask Validate is told by the lookup.
	if _, err := connectors.Component(workOf(r, coffee, "de"), reader); !errors.As(err, &ambiguous) {
		t.Errorf("Component = %v", err)
	}

	number := connectors.NewRole[int]("coffee.cup", "importer")
	for name, c := range map[string]struct {
		provide func(*connectors.Registry)
		want    []string
	}{
		"unknown replaced": {func(r *connectors.Registry) {
			connectors.Provide(r, reader, coffee, as("a"), connectors.Replacing("nobody"))
		}, []string{`"nobody"`, "nobody provides"}},
		"itself": {func(r *connectors.Registry) {
			connectors.Provide(r, reader, coffee, as("a"), connectors.Named("a"), connectors.Replacing("a"))
		}, []string{`"a"`, "itself"}},
		"each other": {func(r *connectors.Registry) {
			connectors.Provide(r, reader, coffee, as("a"), connectors.Named("a"), connectors.Replacing("c"))
			connectors.Provide(r, reader, coffee, as("b"), connectors.Named("b"), connectors.Replacing("a"))
			connectors.Provide(r, reader, coffee, as("c"), connectors.Named("c"), connectors.Replacing("b"))
		}, []string{`"a"`, `"b"`, `"c"`, "each other"}},
		"another role": {func(r *connectors.Registry) {
			connectors.Provide(r, reader, coffee, as("a"), connectors.Named("a"))
			connectors.Provide(r, writer, coffee, as("b"), connectors.Replacing("a"))
		}, []string{`"a"`, "another role"}},
		"another version": {func(r *connectors.Registry) {
			connectors.Provide(r, reader, coffee1900, as("a"), connectors.Named("a"))
			connectors.Provide(r, reader, coffee2900, as("b"), connectors.Replacing("a"))
		}, []string{`"a"`, "never applies together"}},
		"a name twice": {func(r *connectors.Registry) {
			connectors.Provide(r, reader, coffee1900, as("a"), connectors.Named("a"))
			connectors.Provide(r, reader, coffee2900, as("b"), connectors.Named("a"))
		}, []string{"one name", "coffee 1900", "coffee 2900"}},
		"two types": {func(r *connectors.Registry) {
			connectors.Provide(r, reader, coffee1900, as("a"))
			connectors.Provide(r, number, coffee2900, func(*connectors.Work) (int, error) { return 1, nil })
		}, []string{"two types", "string", "int"}},
		"no kind": {func(r *connectors.Registry) {
			connectors.Provide(r, reader, nil, as("a"))
		}, []string{"no kind"}},
		"no constructor": {func(r *connectors.Registry) {
			connectors.Provide(r, reader, coffee, nil, connectors.Named("a"))
			connectors.Wrap(r, reader, coffee, "a", nil, connectors.Named("b"))
		}, []string{`"a"`, `"b"`, "no constructor"}},
		"no condition": {func(r *connectors.Registry) {
			connectors.Provide(r, reader, coffee, as("a"), connectors.When(nil))
		}, []string{"condition without a function"}},
		"all at once": {func(r *connectors.Registry) {
			connectors.Provide(r, reader, nil, as("a"))
			connectors.Provide(r, reader, coffee, as("a"), connectors.Replacing("x", "y"))
		}, []string{"no kind", `"x"`, `"y"`}},
	} {
		t.Run(name, func(t *testing.T) {
			r := connectors.NewRegistry()
			c.provide(r)
			err := r.Validate()
			for _, want := range c.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("Validate = %v, want %q in it", err, want)
				}
			}
		})
	}

	// A role of another type is an error, not a panic, for who did not ask Validate.
	r = connectors.NewRegistry()
	connectors.Provide(r, reader, coffee, as("a"))
	if _, err := connectors.Component(workOf(r, coffee, ""), number); err == nil || !strings.Contains(err.Error(), "another type") {
		t.Errorf("Component = %v", err)
	}
}

func TestMatrix(t *testing.T) {
	r := connectors.NewRegistry()
	connectors.Provide(r, reader, coffee, as(""))
	connectors.Provide(r, reader, coffee2900, as(""), connectors.When(english))
	connectors.Provide(r, reader, coffee2900, as(""), connectors.Named("old"))
	connectors.Provide(r, reader, coffee2900, as(""), connectors.Replacing("old"))
	connectors.Provide(r, writer, coffee1900, as(""))
	const want = `role                  coffee  coffee 1900  coffee 2900
coffee.cup importer   1       ^            1?+1
coffee.slot exporter  -       1            -
`
	if got := r.Matrix(); got != want {
		t.Errorf("Matrix:\n%swant:\n%s", got, want)
	}
}

func TestKind(t *testing.T) {
	if coffee1900.String() != "coffee 1900" || coffee.String() != "coffee" || coffee.Version("") != coffee || coffee1900.Parent() != coffee || (*connectors.Kind)(nil).String() != "no kind" {
		t.Error("kinds are named wrongly")
	}
	for _, c := range []struct {
		k, other *connectors.Kind
		want     bool
	}{{coffee1900, coffee, true}, {coffee, coffee1900, false}, {coffee1900, coffee2900, false}, {coffee, coffee, true}, {tea, coffee, false}, {nil, coffee, false}, {coffee, nil, false}} {
		if got := c.k.Is(c.other); got != c.want {
			t.Errorf("%s.Is(%s) = %t", c.k, c.other, got)
		}
	}
	for name, f := range map[string]func(){
		"version of a version": func() { coffee1900.Version("2") },
		"no name":              func() { connectors.NewKind("") },
		"no usage":             func() { connectors.NewRole[int]("m", "") },
		"no model":             func() { connectors.NewBinder("kitchen", "") },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}

func TestWork(t *testing.T) {
	w := workOf(connectors.NewRegistry(), coffee, "de_CH")
	w.Client = 7
	if n, err := connectors.ClientOf[int](w); n != 7 || err != nil {
		t.Errorf("ClientOf = %d, %v", n, err)
	}
	if _, err := connectors.ClientOf[error](w); err == nil || !strings.Contains(err.Error(), "its client is a int, a error is needed") {
		t.Errorf("ClientOf = %v", err)
	}
	var log strings.Builder
	w.Environment.Logger = slog.New(slog.NewTextHandler(&log, nil))
	other := w.On(connectors.Backend{Name: "hall", Kind: tea, Language: "fr_CH"}, "line")
	if other.Logger.Info("done"); !strings.Contains(log.String(), "backend=hall") || strings.Contains(log.String(), "kitchen") {
		t.Errorf("the log of the other backend: %s", log.String())
	}
	if other.Registry != w.Registry || other.Logger == nil || other.Now().IsZero() || other.Language != "fr_CH" || other.Client != "line" || w.Language != "de_CH" || w.Client != 7 {
		t.Errorf("On: %+v of %+v", other, w)
	}
}

// What replaces hides, also through others, only where it applies; switched off, it lets
// the replaced one back, at the next lookup.
func TestReplacingAndBack(t *testing.T) {
	r := connectors.NewRegistry()
	on := map[string]bool{}
	when := func(name string) connectors.ProvideOption {
		return connectors.When(func(*connectors.Work) bool { return on[name] })
	}
	connectors.Provide(r, reader, coffee, as("old"), connectors.Named("old"))
	connectors.Provide(r, reader, coffee, as("new"), connectors.Named("new"), connectors.Replacing("old"), when("new"))
	connectors.Provide(r, reader, coffee, as("newest"), connectors.Replacing("new"), when("newest"))
	if err := r.Validate(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		on   string
		want string
	}{{"", "old"}, {"new", "new"}, {"new newest", "newest"}, {"newest", "newest"}, {"new", "new"}, {"", "old"}} {
		clear(on)
		for _, name := range strings.Fields(c.on) {
			on[name] = true
		}
		if got, err := connectors.Component(workOf(r, coffee1900, ""), reader); got != c.want || err != nil {
			t.Errorf("with %q on: %q, %v; want %q", c.on, got, err, c.want)
		}
	}
}

// A component can be made around the one that it replaces, and be wrapped itself; what is
// inside is chosen anew each time (row "component inherit, extend").
func TestWrap(t *testing.T) {
	r := connectors.NewRegistry()
	on := true
	around := func(name string) func(*connectors.Work, string) (string, error) {
		return func(_ *connectors.Work, inner string) (string, error) { return name + "(" + inner + ")", nil }
	}
	connectors.Provide(r, reader, coffee, as("all"), connectors.Named("all"))
	connectors.Wrap(r, reader, coffee, "all", around("counted"), connectors.Named("counted"))
	connectors.Wrap(r, reader, coffee, "counted", around("logged"), connectors.When(func(*connectors.Work) bool { return on }))
	connectors.Provide(r, reader, coffee2900, as("own"), connectors.Named("own"))
	connectors.Wrap(r, reader, coffee2900, "own", around("slow"))
	if err := r.Validate(); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		kind *connectors.Kind
		on   bool
		want string
	}{{coffee1900, true, "logged(counted(all))"}, {coffee1900, false, "counted(all)"}, {coffee2900, true, "slow(own)"}} {
		on = c.on
		if got, err := connectors.Component(workOf(r, c.kind, ""), reader); got != c.want || err != nil {
			t.Errorf("%s: %q, %v; want %q", c.kind, got, err, c.want)
		}
	}

	// Around nothing is an error that says so.
	r = connectors.NewRegistry()
	connectors.Provide(r, reader, coffee1900, as("own"), connectors.Named("own"))
	connectors.Wrap(r, reader, coffee, "own", around("x"))
	if _, err := connectors.Component(workOf(r, coffee2900, ""), reader); !errors.Is(err, connectors.ErrNoComponent) {
		t.Errorf("Component = %v", err)
	}
	connectors.Wrap(r, reader, coffee, "none", around("x"))
	if err := r.Validate(); err == nil || !strings.Contains(err.Error(), `"none"`) {
		t.Errorf("Validate = %v", err)
	}
}
