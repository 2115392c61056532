package connectors_test

import (
	"fmt"
	"time"

	"crema/connectors"
	"crema/queue"
	"crema/store"
)

// A topic is declared once, by who publishes it.
var CleaningDone = connectors.NewTopic[Cleaning]("machine", "cleaning done")

type Cleaning struct {
	Program string
	Took    time.Duration
}

var reportKind = queue.Kind[string]{Name: "example.report"}

// Who wants to hear of it registers at start-up, and enqueues what follows.
func ExampleListen() {
	events := connectors.NewEvents(nil, connectors.NewCheckpoints(), nil)
	report := func(tx *store.Tx, e connectors.Event[Cleaning], out *connectors.Outbox) error {
		return connectors.Enqueue(out, reportKind, e.Backend.Name+": "+e.Data.Program, queue.Options{Backend: e.Backend.Name})
	}
	rinse := func(e connectors.Event[Cleaning]) bool { return e.Data.Program == "rinse" }
	connectors.Listen(events, CleaningDone, connectors.NewKind("coffee"), "report", report, connectors.SkipIf(rinse), connectors.NoEcho)

	fmt.Println(events.Validate())
	for _, l := range events.List() {
		fmt.Printf("%s → %s (%s)\n", l.Topic, l.Listener, l.Kind)
	}
	// Output:
	// <nil>
	// machine cleaning done → report (coffee)
}
