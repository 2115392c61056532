package connectors_test

import (
	"testing"

	"crema/connectors"
	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
	"crema/store/storetest"
)

// TestNeedToExport: a change of other fields, of an import's own making, or for a backend
// that is not in production makes no job.
func TestNeedToExport(t *testing.T) {
	q := queuetest.New(t, storetest.Open(t))
	ev := connectors.NewEvents(q.Queue, connectors.NewCheckpoints(), nil)
	kind := queue.Kind[string]{Name: "export"}
	export := func(_ *store.Tx, e connectors.Event[connectors.RecordEvent[item]], out *connectors.Outbox) error {
		return connectors.Enqueue(out, kind, e.Data.ID, queue.Options{})
	}
	topics := []connectors.Topic[connectors.RecordEvent[item]]{connectors.Created[item](modelItem), connectors.Written[item](modelItem)}
	for _, topic := range topics {
		connectors.Listen(ev, topic, nil, "export", export, connectors.NeedsExport(toEntry()))
	}
	kitchen := connectors.Backend{Name: "kitchen", Kind: coffee, State: connectors.Production}
	draft, off := kitchen, kitchen
	draft.State, off.State = connectors.Draft, connectors.Off
	for _, c := range []struct {
		name    string
		topic   int
		backend connectors.Backend
		origin  string
		fields  []string
		want    bool
	}{
		{"new", 0, kitchen, "", nil, true},
		{"a field that is mapped", 1, kitchen, "", []string{"note", "price"}, true},
		{"other fields", 1, kitchen, "", []string{"note", "write_date"}, false},
		{"no field", 1, kitchen, "", []string{}, false},
		{"by an import from there", 1, kitchen, "kitchen", []string{"price"}, false},
		{"new by an import from there", 0, kitchen, "kitchen", nil, false},
		{"by an import from elsewhere", 1, kitchen, "hall", []string{"price"}, true},
		{"a draft", 1, draft, "", []string{"price"}, false},
		{"switched off", 1, off, "", []string{"price"}, false},
	} {
		before := len(q.Jobs(t, queue.Filter{}))
		q.Update(t, func(tx *store.Tx) error {
			return connectors.Publish(tx, ev, topics[c.topic], connectors.Event[connectors.RecordEvent[item]]{Backend: c.backend, Origin: c.origin,
				Data: connectors.RecordEvent[item]{ID: "7", Fields: c.fields}})
		})
		if got := len(q.Jobs(t, queue.Filter{})) - before; got != map[bool]int{true: 1}[c.want] {
			t.Errorf("%s: %d jobs", c.name, got)
		}
	}
}
