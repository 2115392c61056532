package connectors_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"crema/connectors"
	"crema/connectors/connectortest"
	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"

	"github.com/google/go-cmp/cmp"
)

var importKind = queue.Kind[string]{Name: "import"}

// delayed is a batch that enqueues the imports, three a page.
func (w *world) delayed(q *queuetest.Queue) connectors.BatchImporter[time.Time] {
	return connectors.BatchImporter[time.Time]{Work: w.w, Flow: "items", Pager: w.remote, Limit: 3,
		Query: func(since time.Time) time.Time { return since },
		Delayed: func(tx *store.Tx, external string) error {
			_, err := queue.Enqueue(tx, q.Queue, importKind, external, queue.Options{IdentityKey: connectors.ImportKey("kitchen", modelItem, external)})
			return err
		}}
}

// enqueued are the ids whose import was enqueued, in order.
func enqueued(t *testing.T, q *queuetest.Queue) (ids []string) {
	t.Helper()
	for _, i := range q.Jobs(t, queue.Filter{}) {
		ids = append(ids, i.IdentityKey)
	}
	return ids
}

// numbered are the identity keys of the entries from first to the one before last.
func numbered(first, last int) (keys []string) {
	for n := first; n < last; n++ {
		keys = append(keys, connectors.ImportKey("kitchen", modelItem, strconv.Itoa(n)))
	}
	return keys
}

// TestBatchImporter: delayed and direct, pages of three until a short one, or until there
// is no next; a crash or an error skips and doubles no page.
func TestBatchImporter(t *testing.T) {
	for records := range 8 {
		w := newWorld(t)
		q := queuetest.New(t, w.w.Store)
		for n := range records {
			w.newEntry(fmt.Sprint(n), n)
		}
		text, err := w.delayed(q).Import(t.Context())
		if err != nil || text != connectors.Counted(records, "record", "records")+" found" {
			t.Errorf("%d records: %q, %v", records, text, err)
		}
		if diff := cmp.Diff(numbered(0, records), enqueued(t, q)); diff != "" {
			t.Errorf("%d records (-want +got)\n%s", records, diff)
		}
		if calls := w.remote.Calls(); len(calls) != records/3+1 {
			t.Errorf("%d records: %q", records, calls)
		}
	}

	// An error in any page, before or after the answer, and a crash in its commit.
	w := newWorld(t)
	q := queuetest.New(t, w.w.Store)
	for n := range 8 {
		w.newEntry(fmt.Sprint(n), n)
	}
	b := w.delayed(q)
	commit := w.w.Commit
	for _, f := range []connectortest.Fault{{Before: errAway}, {After: errAway}, {}, {Before: errAway}, {}} {
		if f.Before == nil && f.After == nil {
			commits := 0
			w.w.Commit = func(ctx context.Context, fn func(*store.Tx) error) error {
				if commits++; commits == 2 {
					panic("power cut in a commit")
				}
				return commit(ctx, fn)
			}
		} else {
			w.remote.Inject(f)
		}
		func() {
			defer func() { _ = recover() }()
			if _, err := b.Import(t.Context()); err == nil {
				t.Error("Import() succeeded in spite of the fault")
			}
		}()
		w.w.Commit = commit
	}
	if text, err := b.Import(t.Context()); err != nil || text != "8 records found" {
		t.Errorf("%q, %v", text, err)
	}
	if diff := cmp.Diff(numbered(0, 8), enqueued(t, q)); diff != "" {
		t.Errorf("after the faults (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{"page ", "page ", "page ", "page 2", "page 2", "page 2", "page 5", "page 5"}, w.remote.Calls()); diff != "" {
		t.Errorf("pages (-want +got)\n%s", diff)
	}

	// At once, with what became of each; the record that failed is the first of its page
	// that is imported again, and what was imported before it is up to date.
	w = newWorld(t)
	for n := range 7 {
		w.newEntry(fmt.Sprint(n), n)
	}
	i := w.importer()
	direct := connectors.BatchImporter[time.Time]{Work: w.w, Flow: "items", Pager: w.remote, Limit: 3, Query: func(s time.Time) time.Time { return s },
		Direct: func(ctx context.Context, external string) (connectors.Result, error) {
			return i.Import(ctx, external, connectors.ImportOptions[entry]{})
		}}
	for range 4 {
		w.odoo.Inject(connectortest.Fault{Op: "create"})
	}
	w.odoo.Inject(connectortest.Fault{Op: "create", Before: errAway})
	if _, err := direct.Import(t.Context()); !errors.As(err, new(*connectors.NetworkError)) || len(w.odoo.All()) != 4 {
		t.Errorf("Import() = %v, there are %v", err, w.odoo.All())
	}
	if text, err := direct.Import(t.Context()); err != nil || text != "7 records found, 6 created, 1 up_to_date" || len(w.odoo.All()) != 7 {
		t.Errorf("Import() = %q, %v, there are %v", text, err, w.odoo.All())
	}

	both := direct
	both.Delayed = b.Delayed
	for _, wrong := range []connectors.BatchImporter[time.Time]{both, {Work: w.w, Flow: "x"}} {
		if _, err := wrong.Import(t.Context()); err == nil {
			t.Error("a batch with both or none of Direct and Delayed was taken")
		}
	}
	direct.Pager = sameForEver{}
	direct.Direct = func(context.Context, string) (connectors.Result, error) {
		return connectors.Result{Effect: connectors.EffectNothing}, nil
	}
	if _, err := direct.Import(t.Context()); err == nil {
		t.Error("a pager that stands still was not found out")
	}
	unlock, err := w.w.Lock("batch/kitchen/items")
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	if _, err := direct.Import(t.Context()); !errors.As(err, new(*connectors.LockedError)) {
		t.Errorf("a second run of the flow = %v", err)
	}
}

type sameForEver struct{}

func (sameForEver) Page(context.Context, time.Time, string, int) ([]string, string, error) {
	return []string{"1", "2", "3"}, "3", nil
}

// TestSinceCursorOverlap: what is changed while a run goes on is found by the next, and
// nothing is imported twice; a run that fails, or a clock that was wrong, loses nothing.
func TestSinceCursorOverlap(t *testing.T) {
	w := newWorld(t)
	var found []string // by the run, in order
	i := w.importer()
	meanwhile := func() {}
	var since []time.Time
	b := connectors.BatchImporter[time.Time]{Work: w.w, Flow: "items", Pager: w.remote, Limit: 2,
		Query: func(s time.Time) time.Time { since = append(since, s); return s },
		Direct: func(ctx context.Context, external string) (connectors.Result, error) {
			meanwhile()
			r, err := i.Import(ctx, external, connectors.ImportOptions[entry]{})
			found = append(found, external+" "+string(r.Effect))
			return r, err
		}}
	run := func(want ...string) {
		t.Helper()
		found = nil
		if _, err := b.Import(t.Context()); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, found); diff != "" {
			t.Errorf("found (-want +got)\n%s", diff)
		}
		w.remote.Advance(time.Hour)
	}
	a, c := w.newEntry("a", 1), w.newEntry("c", 1)
	once := true
	meanwhile = func() {
		if once { // c before, and a after it was imported; both are stamped after the run began
			once = false
			w.remote.Put(c, func(r *entry) { r.Price = 2 })
		} else {
			w.remote.Put(a, func(r *entry) { r.Price = 2 })
		}
	}
	run(a+" created", c+" created")
	meanwhile = func() {}
	run(a+" updated", c+" up_to_date")
	run()
	if w.odoo.All()["1"].Price != 2 || w.odoo.All()["2"].Price != 2 || len(w.odoo.All()) != 2 {
		t.Errorf("there are %v", w.odoo.All())
	}

	// By the backend's clock, 30 s before the start of the last run, whatever the board's says.
	now, _ := w.remote.RemoteNow(t.Context())
	since = nil
	run()
	if !slices.Equal(since, []time.Time{now.Add(-time.Hour - 30*time.Second)}) {
		t.Errorf("it asked for what was changed since %v; the last run began at %v", since, now.Add(-time.Hour))
	}

	// A run that fails leaves the cursor, and is gone on with by its own beginning.
	w.remote.Put(a, func(r *entry) { r.Price = 3 })
	w.remote.Inject(connectortest.Fault{Op: "read", Before: errAway})
	if _, err := b.Import(t.Context()); err == nil {
		t.Error("the run did not fail")
	}
	w.remote.Advance(time.Hour)
	run(a + " updated")

	// Without a clock of the backend the board's counts; one that was ahead is not believed.
	late := now.Add(1000 * time.Hour)
	at := late
	w.w.Now = func() time.Time { return at }
	b.Flow, b.Pager = "other", struct {
		connectors.Pager[time.Time]
	}{w.remote}
	since = nil
	run(a+" up_to_date", c+" up_to_date")
	run()
	at = now
	run(a+" up_to_date", c+" up_to_date")
	if want := []time.Time{{}, {}, late.Add(-30 * time.Second), {}, {}}; !slices.EqualFunc(since, want, time.Time.Equal) {
		t.Errorf("it asked for what was changed since %v, want %v", since, want)
	}

	// What waits already is not enqueued twice.
	q := queuetest.New(t, w.w.Store)
	later := w.delayed(q)
	later.Flow, later.Overlap = "delayed", 1000*time.Hour
	for range 3 {
		if _, err := later.Import(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(numbered(0, 2), enqueued(t, q)); diff != "" {
		t.Errorf("enqueued (-want +got)\n%s", diff)
	}
}
