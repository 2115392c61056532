package connectors_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"crema/connectors"
	"crema/connectors/connectortest"
	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
	"crema/store/storetest"
)

// board is where events are published: a real store and queue.
type board struct {
	t      *testing.T
	q      *queuetest.Queue
	events *connectors.Events
	points *connectors.Checkpoints
	log    bytes.Buffer
}

func newBoard(t *testing.T) *board {
	b := &board{t: t, q: queuetest.New(t, storetest.Open(t)), points: connectors.NewCheckpoints()}
	b.events = connectors.NewEvents(b.q.Queue, b.points, slog.New(slog.NewTextHandler(&b.log, nil)))
	return b
}

func (b *board) update(f func(*store.Tx) error) error { return b.q.Store.Update(b.t.Context(), f) }

// jobs are the arguments of the jobs that were enqueued, in their order.
func (b *board) jobs() (all []string) {
	b.t.Helper()
	for _, job := range b.q.Jobs(b.t, queue.Filter{Limit: 1000}) {
		all = append(all, job.Description)
	}
	return all
}

// open are the messages of the open checkpoints of a reason, by record.
func (b *board) open() map[string]string {
	b.t.Helper()
	found := map[string]string{}
	if err := b.q.Store.View(func(tx *store.Tx) error {
		list, _, err := b.points.List(tx, connectors.CheckpointFilter{Limit: 1000})
		for _, p := range list {
			found[strings.Join([]string{p.Backend, p.Model, p.Record, p.Reason}, "/")] = p.Message
		}
		return err
	}); err != nil {
		b.t.Fatal(err)
	}
	return found
}

func (b *board) counts(listener string) (found [3]uint64) {
	for _, l := range b.events.List() {
		if l.Listener == listener {
			found = [3]uint64{l.Called, l.Skipped, l.Failed}
		}
	}
	return found
}

var (
	cooker     = connectors.NewKind("cooker")
	cooker1    = cooker.Version("1")
	cooker2    = cooker.Version("2")
	kitchen    = connectors.Backend{Name: "kitchen", Kind: cooker1}
	office     = connectors.Backend{Name: "office", Kind: cooker2}
	hook       = connectors.Backend{Name: "hook", Kind: connectors.NewKind("hook")}
	brewDone   = connectors.NewTopic[brew]("cup", "brew done")
	sendKind   = queue.Kind[string]{Name: "send", Describe: func(s string) string { return s }}
	eventAt    = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	errRefused = errors.New("refused")
)

type brew struct {
	Slot  int
	Price int64
}

func of(b connectors.Backend, slot int) connectors.Event[brew] {
	return connectors.Event[brew]{Backend: b, At: eventAt, Data: brew{Slot: slot, Price: 230}}
}

// send is a listener that has each event sent.
func send(prefix string) connectors.Listener[brew] {
	return func(_ *store.Tx, e connectors.Event[brew], out *connectors.Outbox) error {
		return connectors.Enqueue(out, sendKind, fmt.Sprintf("%s %s %d", prefix, e.Backend.Name, e.Data.Slot), queue.Options{})
	}
}

// TestEventsCreateWriteDelete: the listener gets the fields that changed, sees a deleted
// record still, and its error undoes what was asked for.
func TestEventsCreateWriteDelete(t *testing.T) {
	type drink struct{ Name string }
	drinks := store.NewBucket[string, drink]("test.drinks", store.StringKey())
	b := newBoard(t)
	created, written, deleted := connectors.Created[drink]("drink"), connectors.Written[drink]("drink"), connectors.Deleted[drink]("drink")
	got := map[string]*connectortest.Recorder[connectors.RecordEvent[drink]]{}
	for _, topic := range []connectors.Topic[connectors.RecordEvent[drink]]{created, written, deleted} {
		got[topic.String()] = connectortest.Record(t, b.events, topic)
	}
	connectors.Listen(b.events, deleted, nil, "keeper", func(tx *store.Tx, e connectors.Event[connectors.RecordEvent[drink]], out *connectors.Outbox) error {
		if drinks.Has(tx, e.Data.ID) {
			t.Error("the listener sees the store as it was before the delete")
		}
		if err := connectors.Enqueue(out, sendKind, "delete "+e.Data.Record.Name, queue.Options{}); err != nil {
			return err
		}
		if e.Data.Record.Name == "Tea" {
			return errRefused
		}
		return nil
	})
	if err := b.events.Validate(); err != nil {
		t.Fatal(err)
	}
	event := func(id, name string, fields ...string) connectors.Event[connectors.RecordEvent[drink]] {
		return connectors.Event[connectors.RecordEvent[drink]]{Backend: kitchen, At: eventAt, Data: connectors.RecordEvent[drink]{ID: id, Fields: fields, Record: drink{name}}}
	}
	remove := func(id, name string) error {
		return b.update(func(tx *store.Tx) error {
			if err := drinks.Delete(tx, id); err != nil {
				return err
			}
			return connectors.Publish(tx, b.events, deleted, event(id, name))
		})
	}
	if err := b.update(func(tx *store.Tx) error {
		return errors.Join(drinks.Put(tx, "0", drink{"Espresso"}), drinks.Put(tx, "1", drink{"Tea"}),
			connectors.Publish(tx, b.events, created, event("0", "Espresso")),
			connectors.Publish(tx, b.events, written, event("0", "Espresso", "name", "price")))
	}); err != nil {
		t.Fatal(err)
	}
	if err := remove("0", "Espresso"); err != nil {
		t.Fatal(err)
	}
	err := remove("1", "Tea")
	if !errors.Is(err, errRefused) || !strings.Contains(err.Error(), `listener "keeper" of "drink deleted"`) {
		t.Errorf("a delete that a listener refuses = %v", err)
	}
	for topic, want := range map[string]connectors.RecordEvent[drink]{
		"drink created": {ID: "0", Record: drink{"Espresso"}},
		"drink written": {ID: "0", Fields: []string{"name", "price"}, Record: drink{"Espresso"}},
		"drink deleted": {ID: "0", Record: drink{"Espresso"}},
	} {
		if all := got[topic].Got(); len(all) != 1 || !reflect.DeepEqual(all[0].Data, want) || !all[0].At.Equal(eventAt) || all[0].Backend.Name != "kitchen" {
			t.Errorf("%s: %+v, want one of %+v", topic, all, want)
		}
	}
	if jobs := b.jobs(); !slices.Equal(jobs, []string{"delete Espresso"}) {
		t.Errorf("jobs %q", jobs)
	}
	if err := b.q.Store.View(func(tx *store.Tx) error {
		if drinks.Has(tx, "0") || !drinks.Has(tx, "1") {
			t.Error("the refused delete is committed, or the other is not")
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if n := b.counts("keeper"); n != [3]uint64{1, 0, 1} {
		t.Errorf("keeper was called, skipped, failed %v times", n)
	}
	if points := b.open(); len(points) > 0 {
		t.Errorf("what was undone has a checkpoint: %v", points)
	}
}

// TestCustomEvents: an event of any payload reaches the listeners of its topic and its
// kind of backend, of a version also those of its parent, and no others.
func TestCustomEvents(t *testing.T) {
	b := newBoard(t)
	connectors.Listen(b.events, brewDone, nil, "all", send("all"))
	connectors.Listen(b.events, brewDone, cooker, "cooker", send("cooker"))
	connectors.Listen(b.events, brewDone, cooker1, "cooker1", send("cooker1"))
	connectors.Listen(b.events, connectors.NewTopic[brew]("cup", "brew begun"), nil, "other", send("other"))
	if err := b.events.Validate(); err != nil {
		t.Fatal(err)
	}
	for i, backend := range []connectors.Backend{kitchen, office, hook, {Name: "nobody"}} {
		if err := b.update(func(tx *store.Tx) error { return connectors.Publish(tx, b.events, brewDone, of(backend, i)) }); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"all kitchen 0", "cooker kitchen 0", "cooker1 kitchen 0", "all office 1", "cooker office 1", "all hook 2", "all nobody 3"}
	if got := b.jobs(); !slices.Equal(got, want) {
		t.Errorf("jobs %q, want %q", got, want)
	}
	if err := b.update(func(tx *store.Tx) error { return connectors.Publish(tx, nil, brewDone, of(kitchen, 1)) }); err != nil || connectors.Heard(nil, brewDone) {
		t.Errorf("published to nobody: %v", err)
	}
	if !connectors.Heard(b.events, brewDone) || connectors.Heard(b.events, connectors.NewTopic[brew]("cup", "lost")) {
		t.Error("Heard is wrong")
	}
}

// TestListenerOrder: that of registration, each time.
func TestListenerOrder(t *testing.T) {
	b := newBoard(t)
	var names, want []string
	for i := range 20 {
		name := fmt.Sprint("listener ", (i*7)%20)
		names = append(names, name)
		connectors.Listen(b.events, brewDone, nil, name, send(name))
	}
	for slot := range 5 {
		for _, name := range names {
			want = append(want, fmt.Sprintf("%s kitchen %d", name, slot))
		}
		publish := connectors.Publish[brew]
		if slot%2 == 0 {
			publish = connectors.PublishFact[brew]
		}
		if err := b.update(func(tx *store.Tx) error { return publish(tx, b.events, brewDone, of(kitchen, slot)) }); err != nil {
			t.Fatal(err)
		}
	}
	if got := b.jobs(); !slices.Equal(got, want) {
		t.Errorf("jobs %q, want %q", got, want)
	}
	var listed []string
	for _, l := range b.events.List() {
		listed = append(listed, l.Listener)
	}
	if !slices.Equal(listed, names) {
		t.Errorf("listed %q", listed)
	}
}

// TestSkipIf: what a condition names is not called, and counted.
func TestSkipIf(t *testing.T) {
	b := newBoard(t)
	free := func(e connectors.Event[brew]) bool { return e.Data.Price == 0 }
	connectors.Listen(b.events, brewDone, nil, "paid", send("paid"), connectors.SkipIf(free),
		connectors.SkipIf(func(e connectors.Event[brew]) bool { return e.Data.Slot == 7 }))
	for slot, price := range map[int]int64{1: 0, 7: 230, 3: 230} {
		e := of(kitchen, slot)
		e.Data.Price = price
		if err := b.update(func(tx *store.Tx) error { return connectors.Publish(tx, b.events, brewDone, e) }); err != nil {
			t.Fatal(err)
		}
	}
	if got := b.jobs(); !slices.Equal(got, []string{"paid kitchen 3"}) {
		t.Errorf("jobs %q", got)
	}
	if n := b.counts("paid"); n != [3]uint64{1, 2, 0} {
		t.Errorf("called, skipped, failed %v times, want 1, 2, 0", n)
	}
}

// TestNoExportGuard: what an import from a backend wrote is not exported back to it, but
// is to others; and what nobody imported is exported.
func TestNoExportGuard(t *testing.T) {
	b := newBoard(t)
	connectors.Listen(b.events, brewDone, cooker, "exporter", send("export to"), connectors.NoEcho)
	for slot, origin := range []string{"", "kitchen", "office"} {
		for _, backend := range []connectors.Backend{kitchen, office} {
			e := of(backend, slot)
			e.Origin = origin
			if err := b.update(func(tx *store.Tx) error { return connectors.Publish(tx, b.events, brewDone, e) }); err != nil {
				t.Fatal(err)
			}
		}
	}
	connectors.Listen(b.events, brewDone, nil, "all", send("all"), connectors.NoEcho)
	if err := b.update(func(tx *store.Tx) error {
		return connectors.Publish(tx, b.events, brewDone, of(connectors.Backend{}, 3))
	}); err != nil {
		t.Fatal(err) // about no backend, and from none
	}
	want := []string{"export to kitchen 0", "export to office 0", "export to office 1", "export to kitchen 2", "all  3"}
	if got := b.jobs(); !slices.Equal(got, want) {
		t.Errorf("jobs %q, want %q", got, want)
	}
	if n := b.counts("exporter"); n != [3]uint64{4, 2, 0} {
		t.Errorf("called, skipped, failed %v times, want 4, 2, 0", n)
	}
}

// TestFactsOutliveTheirListeners: a fact stays, whatever a listener does over it: its own
// jobs are dropped, a checkpoint and the log say so, and the others hear of it.
func TestFactsOutliveTheirListeners(t *testing.T) {
	facts := store.NewBucket[uint64, string]("test.facts", store.Uint64Key())
	for name, fail := range map[string]func(*store.Tx) error{
		"error":     func(*store.Tx) error { return errRefused },
		"panic":     func(*store.Tx) error { panic(errRefused) },
		"write":     func(tx *store.Tx) error { return facts.Put(tx, 7, "refused") },
		"queue":     nil, // set below
		"undecoded": func(tx *store.Tx) error { return undecodable(tx, "refused") },
	} {
		t.Run(name, func(t *testing.T) {
			b := newBoard(t)
			if name == "queue" {
				fail = func(tx *store.Tx) error {
					if _, err := queue.Enqueue(tx, b.q.Queue, sendKind, "refused", queue.Options{}); err != nil {
						return fmt.Errorf("refused: %w", err)
					}
					return nil
				}
			}
			connectors.Listen(b.events, brewDone, nil, "first", send("first"))
			connectors.Listen(b.events, brewDone, nil, "bad", func(tx *store.Tx, e connectors.Event[brew], out *connectors.Outbox) error {
				tx.OnCommit(func() { t.Error("a hook of the listener that failed is called") })
				if err := send("bad")(tx, e, out); err != nil {
					t.Error(err)
				}
				return fail(tx)
			})
			connectors.Listen(b.events, brewDone, nil, "last", send("last"))
			for slot := range 2 {
				if err := b.update(func(tx *store.Tx) error {
					n, err := facts.Next(tx)
					return errors.Join(err, facts.Put(tx, n, "fact"), connectors.PublishFact(tx, b.events, brewDone, of(kitchen, slot)))
				}); err != nil {
					t.Fatalf("the fact is undone: %v", err)
				}
			}
			if got := b.jobs(); !slices.Equal(got, []string{"first kitchen 0", "last kitchen 0", "first kitchen 1", "last kitchen 1"}) {
				t.Errorf("jobs %q", got)
			}
			points := b.open()
			if message := points["kitchen/cup/bad/"+connectors.ReasonListenerFailed]; len(points) != 1 || !strings.Contains(message, "refused") && name != "write" ||
				strings.Contains(message, "goroutine") || !strings.Contains(message, "cup brew done") {
				t.Errorf("checkpoints %q", points)
			}
			if n := b.counts("bad"); n != [3]uint64{0, 0, 2} {
				t.Errorf("bad was called, skipped, failed %v times, want 0, 0, 2", n)
			}
			if n := strings.Count(b.log.String(), "a listener failed"); n != 2 || !strings.Contains(b.log.String(), "listener=bad") {
				t.Errorf("the log tells it %d times: %s", n, b.log.String())
			}
			if name == "write" && !strings.Contains(b.log.String(), "Outbox") {
				t.Errorf("who writes is not told what to do: %s", b.log.String())
			}
			if err := b.q.Store.View(func(tx *store.Tx) error {
				var all []string
				for _, s := range facts.All(tx) {
					all = append(all, s)
				}
				if !slices.Equal(all, []string{"fact", "fact"}) {
					t.Errorf("facts %q", all)
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// undecodable has a bucket find what it can't read.
func undecodable(tx *store.Tx, text string) error {
	for range store.NewBucket[uint64, int]("test.facts", store.Uint64Key()).All(tx) {
	}
	return fmt.Errorf("%s", text)
}

// TestOutboxRefusesAtOnce: what the queue would not take of a job is told where it is
// wrong, so that of a listener's jobs there are all or none.
func TestOutboxRefusesAtOnce(t *testing.T) {
	for name, o := range map[string]queue.Options{
		"range": {Delay: -1}, "parent": {Parent: 1}, "follows": {Follows: 1}, "after": {After: []queue.ID{1}}, "batch": {Batch: 1},
	} {
		b := newBoard(t)
		connectors.Listen(b.events, brewDone, nil, "bad", func(_ *store.Tx, _ connectors.Event[brew], out *connectors.Outbox) error {
			if err := connectors.Enqueue(out, sendKind, "good", queue.Options{}); err != nil {
				t.Error(err)
			}
			err := connectors.Enqueue(out, sendKind, "bad", o)
			if !errors.Is(err, queue.ErrInvalid) {
				t.Errorf("%s: %v, want ErrInvalid", name, err)
			}
			return err
		})
		if err := b.update(func(tx *store.Tx) error { return connectors.PublishFact(tx, b.events, brewDone, of(kitchen, 0)) }); err != nil {
			t.Fatal(err)
		}
		if got := b.jobs(); len(got) != 0 {
			t.Errorf("%s: jobs %q", name, got)
		}
	}
}

// TestEventsCountCommitsOnly: a function that runs twice, or not to its end, has published
// once, or not at all.
func TestEventsCountCommitsOnly(t *testing.T) {
	b := newBoard(t)
	recorder := connectortest.Record(t, b.events, brewDone)
	connectors.Listen(b.events, brewDone, nil, "bad", func(*store.Tx, connectors.Event[brew], *connectors.Outbox) error { return errRefused })
	begun, end := make(chan struct{}), make(chan struct{})
	var ended sync.WaitGroup
	start := func(want error, f func(*store.Tx) error) {
		ended.Add(1)
		if err := b.q.Store.Submit(f, func(err error) {
			defer ended.Done()
			if !errors.Is(err, want) {
				t.Errorf("the update ends with %v, want %v", err, want)
			}
		}); err != nil {
			t.Error(err)
		}
	}
	start(nil, func(*store.Tx) error {
		close(begun)
		<-end
		return nil
	})
	<-begun
	// Both wait for one commit. The second fails after it wrote, so the first runs again.
	runs := 0
	start(nil, func(tx *store.Tx) error {
		runs++
		return connectors.PublishFact(tx, b.events, brewDone, of(kitchen, runs))
	})
	start(errRefused, func(tx *store.Tx) error {
		return errors.Join(connectors.PublishFact(tx, b.events, brewDone, of(office, 1)), errRefused)
	})
	close(end)
	ended.Wait()
	got := recorder.Got()
	if runs != 2 || len(got) != 1 || got[0].Data.Slot != 2 {
		t.Errorf("after %d runs there are the events %+v, want that of the second alone", runs, got)
	}
	if n := b.counts("bad"); n != [3]uint64{0, 0, 1} {
		t.Errorf("counted %v, want 0, 0, 1", n)
	}
	if l := b.events.List()[0]; l.Called != 1 || l.Failed != 0 {
		t.Errorf("counted %+v, want one call", l)
	}
	if n := strings.Count(b.log.String(), "a listener failed"); n != 1 {
		t.Errorf("logged %d times", n)
	}
}

// TestEventsValidate: what is wrong with listeners is found at start, each by name.
func TestEventsValidate(t *testing.T) {
	b := newBoard(t)
	for _, ev := range []*connectors.Events{nil, b.events} {
		if err := ev.Validate(); err != nil || len(ev.List()) > 0 {
			t.Errorf("without listeners: %v, %v", err, ev.List())
		}
	}
	connectors.Listen(b.events, brewDone, cooker1, "twice", send(""))
	connectors.Listen(b.events, brewDone, cooker2, "twice", send(""))
	connectors.Listen(b.events, connectors.NewTopic[string]("cup", "brew done"), nil, "texts", func(*store.Tx, connectors.Event[string], *connectors.Outbox) error { return nil })
	connectors.Listen(b.events, connectors.NewTopic[brew]("cup", "begun"), nil, "", send(""))
	connectors.Listen(b.events, connectors.NewTopic[brew]("cup", "begun"), nil, "nothing", nil)
	connectors.Listen(b.events, connectors.NewTopic[brew]("cup", "begun"), nil, "condition", send(""), connectors.SkipIf[brew](nil))
	connectors.Listen(b.events, connectors.NewTopic[brew]("cup", "begun"), nil, "twice", send("")) // of another topic
	err := b.events.Validate()
	for _, want := range []string{`two listeners of "cup brew done" have one name, "twice"`, `one topic, two types: the listener "twice" of "cup brew done"`,
		`a listener of "cup begun" has no name`, `"nothing" of "cup begun" has no function`, `"condition" of "cup begun" has no function`} {
		if n := strings.Count(fmt.Sprint(err), want); n == 0 {
			t.Errorf("Validate = %v, without %q", err, want)
		}
	}
	if n := strings.Count(fmt.Sprint(err), "one name"); n != 1 {
		t.Errorf("one name is told %d times: %v", n, err)
	}
	for _, f := range []func(){func() { connectors.NewTopic[int]("", "made") }, func() { connectors.NewTopic[int]("cup", "") }} {
		func() {
			defer func() {
				if recover() == nil {
					t.Error("a topic without a model or a name is taken")
				}
			}()
			f()
		}()
	}
}

// TestPublishToNobodyCostsNothing: not even a byte of memory.
func TestPublishToNobodyCostsNothing(t *testing.T) {
	b := newBoard(t)
	connectors.Listen(b.events, connectors.NewTopic[brew]("cup", "other"), nil, "other", send("other"))
	e := of(kitchen, 1)
	if err := b.update(func(tx *store.Tx) error {
		if n := testing.AllocsPerRun(100, func() {
			if err := connectors.PublishFact(tx, b.events, brewDone, e); err != nil {
				t.Error(err)
			}
		}); n != 0 {
			t.Errorf("publishing to nobody allocates %v times", n)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}
