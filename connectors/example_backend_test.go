package connectors_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"crema/connectors"
	"crema/store"
)

// The examples are one connector's beginnings, step by step: which backends there are, one
// of them, what is bound, what a task knows, who does what, and what a person must see.

// Declare the type of backend and its versions, and what a backend of it needs to know
// beside its name, location and language.
var (
	espresso  = connectors.NewKind("espresso")
	espresso1 = espresso.Version("1900")
	espresso2 = espresso.Version("2900")
)

var espressoConnector = connectors.Connector{
	Kind: espresso, Versions: []*connectors.Kind{espresso1, espresso2}, Text: "Espresso machine",
	Settings: []connectors.Setting{
		{Name: "port", Label: "Port", Type: connectors.SettingPath, Required: true, Unique: "port", Example: "/dev/ttyACM0"},
		{Name: "username", Label: "User", Type: connectors.SettingText},
		{Name: "password", Label: "Password", Type: connectors.SettingSecret},
		{Name: "grind", Label: "Grind", Type: connectors.SettingChoice, Choices: []string{"fine", "coarse"}, Default: "fine", Versions: []string{"2900"}},
	},
}

// exampleHost is a host on a store of its own, which end removes.
func exampleHost() (h *connectors.Host, end func()) {
	dir, err := os.MkdirTemp("", "crema-example")
	if err != nil {
		log.Fatal(err)
	}
	s, err := store.Open(filepath.Join(dir, "crema.db"), store.Options{})
	if err != nil {
		log.Fatal(err)
	}
	h = connectors.NewHost(&connectors.Environment{Store: s, Registry: connectors.NewRegistry(), Checkpoints: connectors.NewCheckpoints()})
	h.Add(espressoConnector)
	if err := h.Check(); err != nil {
		log.Fatal(err)
	}
	return h, func() { _ = s.Close(); _ = os.RemoveAll(dir) }
}

// commit commits, or prints why not.
func commit(h *connectors.Host, f func(tx *store.Tx) error) {
	if err := h.Store.Update(context.Background(), f); err != nil {
		fmt.Println(err)
	}
}

// A type of backend has versions; what is declared for one of them the others don't have.
func ExampleConnector() {
	for _, v := range espressoConnector.Versions {
		fmt.Print(v, ":")
		for _, s := range espressoConnector.SettingsOf(v) {
			fmt.Print(" ", s.Name)
		}
		fmt.Println()
	}
	fmt.Println(espresso2.Is(espresso), espresso2.Parent())
	// Output:
	// espresso 1900: port username password
	// espresso 2900: port username password grind
	// true espresso
}

// A backend is a record: made on the page, by a command, or in the configuration file.
// What can't be is refused by name.
func ExampleBackends() {
	h, end := exampleHost()
	defer end()
	kitchen := connectors.Backend{Name: "kitchen", Kind: espresso2, Location: "2nd floor", Language: "de_CH",
		Settings: map[string]string{"port": "/dev/ttyACM0", "username": "service"}}
	commit(h, func(tx *store.Tx) error { return h.Backends().Put(tx, kitchen) })

	lobby := kitchen
	lobby.Name = "lobby"
	commit(h, func(tx *store.Tx) error { return h.Backends().Put(tx, lobby) })
	lobby.Kind, lobby.Settings = espresso.Version("3900"), nil
	commit(h, func(tx *store.Tx) error { return h.Backends().Put(tx, lobby) })

	commit(h, func(tx *store.Tx) error {
		b, _, err := h.Backend(tx, "kitchen") // with its defaults
		fmt.Println(b.Name, b.State, b.Location, b.Text("grind"))
		return err
	})
	// Output:
	// backend "lobby": port: "/dev/ttyACM0" is the port of backend "kitchen"; give each its own
	// backend "lobby": version: there is no espresso "3900"; write one of 1900, 2900
	// kitchen draft 2nd floor fine
}

// A task for a backend has its own language, unless it is said otherwise, and a client
// of the type that its components expect.
func ExampleWork() {
	h, end := exampleHost()
	defer end()
	kitchen := connectors.Backend{Name: "kitchen", Kind: espresso2, Language: "de_CH"}
	w := connectors.NewWork(h.Environment, kitchen)
	fmt.Println(w.Backend.Name, w.Language)

	w.Language = "fr_CH" // for this task alone
	other := w.On(connectors.Backend{Name: "lobby", Kind: espresso1, Language: "en_US"}, new(serialLine))
	fmt.Println(w.Language, other.Backend.Name, other.Language)

	line, err := connectors.ClientOf[*serialLine](other)
	fmt.Println(line != nil, err)
	_, err = connectors.ClientOf[*serialLine](w)
	fmt.Println(err)
	// Output:
	// kitchen de_CH
	// fr_CH lobby en_US
	// true <nil>
	// backend "kitchen": its client is a <nil>, a *connectors_test.serialLine is needed
}

type serialLine struct{}

// A role is a task with its Go type. A version has its own component, or its parent's; a
// condition is asked at each lookup.
func ExampleProvide() {
	type brewer = func() string
	role := connectors.NewRole[brewer]("espresso.cup", "brewer")
	r := connectors.NewRegistry()
	does := func(what string) func(*connectors.Work) (brewer, error) {
		return func(*connectors.Work) (brewer, error) { return func() string { return what }, nil }
	}
	connectors.Provide(r, role, espresso, does("brew by the panel"))
	connectors.Provide(r, role, espresso2, does("brew by a command"))
	connectors.Provide(r, role, espresso2, does("descale first"), connectors.When(func(w *connectors.Work) bool { return w.Backend.Location == "a hard water town" }))
	if err := r.Validate(); err != nil {
		log.Fatal(err)
	}
	for _, b := range []connectors.Backend{{Name: "old", Kind: espresso1}, {Name: "new", Kind: espresso2}, {Name: "hard", Kind: espresso2, Location: "a hard water town"}} {
		brew, err := connectors.Component(connectors.NewWork(&connectors.Environment{Registry: r}, b), role)
		fmt.Println(b.Name, "→", brew(), err)
	}
	_, err := connectors.Component(connectors.NewWork(&connectors.Environment{Registry: connectors.NewRegistry()}, connectors.Backend{Name: "old", Kind: espresso1}), role)
	fmt.Println(err)
	// Output:
	// old → brew by the panel <nil>
	// new → brew by a command <nil>
	// hard → descale first <nil>
	// no component for espresso.cup brewer of backend "old": searched espresso 1900, then espresso; nobody provides this role
}
