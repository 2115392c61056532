package connectors_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"crema/connectors"
	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
	"crema/store/storetest"

	"github.com/google/go-cmp/cmp"
)

// Of a hundred that want the same record, on either side, one gets it, and the others are told who has it.
func TestBindingUniques(t *testing.T) {
	for name, wanted := range map[string]func(int64) connectors.Binding{
		"one external id": func(i int64) connectors.Binding { return connectors.Binding{OdooID: i, External: "0"} },
		"one Odoo id": func(i int64) connectors.Binding {
			return connectors.Binding{OdooID: 7, External: strconv.FormatInt(i, 10)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, b := storetest.Open(t), connectors.NewBinder("kitchen", "product.product")
			errs := make([]error, 101)
			var wg sync.WaitGroup
			for i := int64(1); i <= 100; i++ {
				wg.Go(func() {
					errs[i] = s.Update(context.Background(), func(tx *store.Tx) error { return b.Bind(tx, wanted(i)) })
				})
			}
			wg.Wait()
			var all []connectors.Binding
			view(t, s, func(tx *store.Tx) error {
				for x := range b.All(tx) {
					all = append(all, x)
				}
				return nil
			})
			if len(all) != 1 {
				t.Fatalf("%d bindings, want 1: %+v", len(all), all)
			}
			for i, err := range errs[1:] {
				want := wanted(int64(i + 1))
				won := want.OdooID == all[0].OdooID && want.External == all[0].External
				var bound *connectors.BoundError
				switch {
				case won && err != nil:
					t.Errorf("the binding that is stored was refused: %v", err)
				case !won && !errors.As(err, &bound):
					t.Errorf("Bind(%d, %q) = %v, want a BoundError", want.OdooID, want.External, err)
				case !won && (!cmp.Equal(bound.Has, all[0]) || bound.Wanted.OdooID != want.OdooID || bound.Wanted.External != want.External):
					t.Errorf("Bind(%d, %q) = %+v", want.OdooID, want.External, bound)
				}
			}
		})
	}
}

func TestExternalIDZero(t *testing.T) {
	s, b := storetest.Open(t), connectors.NewBinder("kitchen", "product.product")
	update(t, s, func(tx *store.Tx) error { return b.Bind(tx, connectors.Binding{OdooID: 7, External: "0"}) })
	view(t, s, func(tx *store.Tx) error {
		if x, ok, err := b.ToExternal(tx, 7); x != "0" || !ok || err != nil {
			t.Errorf("ToExternal(7) = %q, %t, %v", x, ok, err)
		}
		if id, ok, err := b.ToOdoo(tx, "0"); id != 7 || !ok || err != nil {
			t.Errorf("ToOdoo(0) = %d, %t, %v", id, ok, err)
		}
		return nil
	})
}

// Each bind sets it, in UTC, and a restart keeps it.
func TestSyncDate(t *testing.T) {
	file := filepath.Join(t.TempDir(), "crema.db")
	b := connectors.NewBinder("kitchen", "product.product")
	for i := range 3 {
		s, err := store.Open(file, store.Options{})
		if err != nil {
			t.Fatal(err)
		}
		at := noon.Add(time.Duration(i) * time.Hour)
		view(t, s, func(tx *store.Tx) error {
			if got, _, err := b.Get(tx, 7); err != nil || i > 0 && got.Synced != at.Add(-time.Hour) {
				t.Errorf("after %d restarts: %v, %v, want %v", i, got.Synced, err, at.Add(-time.Hour))
			}
			return nil
		})
		update(t, s, func(tx *store.Tx) error {
			return b.Bind(tx, connectors.Binding{OdooID: 7, External: "0", Synced: at.In(time.FixedZone("here", 3600))})
		})
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// What is kept of the last write is that of the last bind, as a whole, and a restart keeps it.
func TestBindingWritten(t *testing.T) {
	s, b := storetest.Open(t), connectors.NewBinder("kitchen", "product.product")
	for _, written := range []map[string]string{{"name": "a", "price": "b"}, {"name": "c"}, nil} {
		update(t, s, func(tx *store.Tx) error {
			return b.Bind(tx, connectors.Binding{OdooID: 7, External: "0", Fingerprint: "f", Written: written})
		})
		update(t, s, func(tx *store.Tx) error { return b.Archive(tx, 7, len(written) == 1) })
		view(t, s, func(tx *store.Tx) error {
			got, _, err := b.Get(tx, 7)
			if diff := cmp.Diff(written, got.Written); diff != "" || err != nil || got.Fingerprint != "f" {
				t.Errorf("%+v, %v (-want +got):\n%s", got, err, diff)
			}
			list, _, err := connectors.ListBindings(tx, "", "", 0, 10)
			if err != nil || len(list) != 1 || !cmp.Equal(list[0], got) {
				t.Errorf("listed %+v, %v, want %+v", list, err, got)
			}
			return nil
		})
	}
}

// A record that is deleted in Odoo takes its bindings with it, in every backend, and the deletes that the
// backends need are enqueued in the same commit, with ids that outlive the bindings.
func TestBindingCascade(t *testing.T) {
	s := storetest.Open(t)
	q := queuetest.New(t, s)
	remove := queue.Kind[connectors.Binding]{Name: "demo.delete"}
	queue.Register(q.Queue, remove, func(context.Context, *queue.Job[connectors.Binding]) (queue.Done, error) { return nil, nil })
	backends := []string{"hall", "hall\x00", "hallway", "kitchen", "zoo"}
	bind := func(backend, model string, id int64, external string) {
		update(t, s, func(tx *store.Tx) error {
			return connectors.NewBinder(backend, model).Bind(tx, connectors.Binding{OdooID: id, External: external})
		})
	}
	for i, backend := range backends {
		bind(backend, "product.product", 8, "stays")
		bind(backend, "res.partner", 7, "stays too")
		if backend != "hallway" {
			bind(backend, "product.product", 7, strconv.Itoa(i))
		}
	}
	update(t, s, func(tx *store.Tx) error {
		return connectors.NewBinder("zoo", "product.product").Archive(tx, 7, true)
	})
	deleted := func(undo error) (gone []connectors.Binding, err error) {
		err = s.Update(t.Context(), func(tx *store.Tx) (err error) {
			if gone, err = connectors.ForgetOdoo(tx, "product.product", 7); err != nil {
				return err
			}
			for _, g := range gone {
				if _, err := queue.Enqueue(tx, q.Queue, remove, g, queue.Options{Backend: g.Backend}); err != nil {
					return err
				}
			}
			return undo
		})
		return gone, err
	}
	undo := errors.New("undo")
	if gone, err := deleted(undo); len(gone) != 4 || !errors.Is(err, undo) {
		t.Errorf("undone: %+v, %v", gone, err)
	}
	gone, err := deleted(nil)
	var got []string
	for _, g := range gone {
		got = append(got, fmt.Sprintf("%q %s %d %s %t", g.Backend, g.Model, g.OdooID, g.External, g.Archived))
	}
	want := []string{`"hall" product.product 7 0 false`, `"hall\x00" product.product 7 1 false`, `"kitchen" product.product 7 3 false`, `"zoo" product.product 7 4 true`}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("ForgetOdoo: %v (-want +got):\n%s", err, diff)
	}
	if jobs := q.Jobs(t, queue.Filter{}); len(jobs) != 4 {
		t.Errorf("%d jobs, want the 4 of what was committed", len(jobs))
	}
	if gone, err := deleted(nil); len(gone) != 0 || err != nil {
		t.Errorf("a record without bindings: %+v, %v", gone, err)
	}
	view(t, s, func(tx *store.Tx) error {
		if list, _, err := connectors.ListBindings(tx, "", "", 0, 100); err != nil || len(list) != 2*len(backends) {
			t.Errorf("%d bindings are left, want %d, %v", len(list), 2*len(backends), err)
		}
		return nil
	})
	bind("kitchen", "product.product", 9, "3") // its ids are free again
}

func TestBackendRestrict(t *testing.T) {
	s := storetest.Open(t)
	has := func(backend string) (yes bool) {
		view(t, s, func(tx *store.Tx) (err error) { yes, err = connectors.HasBindings(tx, backend); return err })
		return yes
	}
	b := connectors.NewBinder("kitchen", "product.product")
	update(t, s, func(tx *store.Tx) error {
		return errors.Join(b.Bind(tx, connectors.Binding{OdooID: 7, External: "0"}), b.Archive(tx, 7, true))
	})
	for backend, want := range map[string]bool{"kitchen": true, "kitch": false, "kitchens": false, "": false, "lobby": false} {
		if got := has(backend); got != want {
			t.Errorf("HasBindings(%q) = %t", backend, got)
		}
	}
	update(t, s, func(tx *store.Tx) error { return b.Unbind(tx, 7) })
	if has("kitchen") {
		t.Error("the last binding is gone, and the backend has some")
	}
}

// A backend's id leads to the Odoo id, of an archived binding too, and to the whole binding; a record that
// is not bound, or is no longer, leads to nothing, and that is no error.
func TestBinderToInternal(t *testing.T) {
	s, b := storetest.Open(t), connectors.NewBinder("kitchen", "product.product")
	update(t, s, func(tx *store.Tx) error {
		return errors.Join(b.Bind(tx, connectors.Binding{OdooID: 7, External: "archived"}), b.Archive(tx, 7, true),
			b.Bind(tx, connectors.Binding{OdooID: 8, External: "deleted"}), b.Unbind(tx, 8))
	})
	view(t, s, func(tx *store.Tx) error {
		for external, want := range map[string]int64{"archived": 7, "deleted": 0, "missing": 0, "": 0} {
			id, ok, err := b.ToOdoo(tx, external)
			bound, found, errBound := b.GetExternal(tx, external)
			if id != want || ok != (want != 0) || err != nil || bound.OdooID != want || found != ok || errBound != nil {
				t.Errorf("%q: %d, %t, %v, %+v, %v", external, id, ok, err, bound, errBound)
			}
		}
		return nil
	})
}

// An Odoo record leads to the backend's id and to its binding, which has the id itself; none leads to none.
func TestBinderToExternal(t *testing.T) {
	s, b := storetest.Open(t), connectors.NewBinder("kitchen", "product.product")
	update(t, s, func(tx *store.Tx) error {
		return errors.Join(b.Bind(tx, connectors.Binding{OdooID: 7, External: "0"}),
			b.Bind(tx, connectors.Binding{OdooID: 8, External: "deleted"}), b.Unbind(tx, 8))
	})
	view(t, s, func(tx *store.Tx) error {
		for id, want := range map[int64]string{7: "0", 8: "", 9: "", 0: "", -1: ""} {
			external, ok, err := b.ToExternal(tx, id)
			bound, found, errBound := b.Get(tx, id)
			if external != want || ok != (want != "") || err != nil || bound.External != want || found != ok || errBound != nil {
				t.Errorf("%d: %q, %t, %v, %+v, %v", id, external, ok, err, bound, errBound)
			}
		}
		return nil
	})
}

// An import writes, binds and tells of it; nothing of that is exported to where it came from. A bind by itself is told
// to nobody: what listens to all that happens to the model hears the one event of the import.
func TestBindNoLoop(t *testing.T) {
	b := newBoard(t)
	queue.Register(b.q.Queue, sendKind, func(context.Context, *queue.Job[string]) (queue.Done, error) { return nil, nil })
	binder := connectors.NewBinder(kitchen.Name, "product.product")
	heard := 0
	for _, topic := range []connectors.Topic[connectors.RecordEvent[string]]{connectors.Created[string]("product.product"), connectors.Written[string]("product.product"),
		connectors.Deleted[string]("product.product")} {
		export := func(_ *store.Tx, e connectors.Event[connectors.RecordEvent[string]], out *connectors.Outbox) error {
			return connectors.Enqueue(out, sendKind, "export "+e.Data.ID, queue.Options{})
		}
		connectors.Listen(b.events, topic, cooker, "export", export, connectors.NoEcho)
		connectors.Listen(b.events, topic, nil, "all", func(tx *store.Tx, _ connectors.Event[connectors.RecordEvent[string]], _ *connectors.Outbox) error {
			tx.OnCommit(func() { heard++ })
			return nil
		})
	}
	bind := func(tx *store.Tx) error {
		return binder.Bind(tx, connectors.Binding{OdooID: 7, External: "0", Synced: noon})
	}
	for range 2 { // made, and renewed
		update(t, b.q.Store, bind)
	}
	update(t, b.q.Store, func(tx *store.Tx) error { return errors.Join(binder.Archive(tx, 7, true), binder.Unbind(tx, 7)) })
	if heard != 0 || len(b.jobs()) != 0 {
		t.Errorf("binding was told %d times, jobs %v", heard, b.jobs())
	}
	written := func(origin string) error {
		return b.update(func(tx *store.Tx) error {
			return errors.Join(bind(tx), connectors.Publish(tx, b.events, connectors.Written[string]("product.product"),
				connectors.Event[connectors.RecordEvent[string]]{Backend: kitchen, Origin: origin, Data: connectors.RecordEvent[string]{ID: "7"}}))
		})
	}
	if err := written(kitchen.Name); err != nil || heard != 1 || len(b.jobs()) != 0 {
		t.Errorf("an import: %v, heard %d times, jobs %v", err, heard, b.jobs())
	}
	if err := written(""); err != nil || heard != 2 || len(b.jobs()) != 1 {
		t.Errorf("a change that came from elsewhere: %v, heard %d times, jobs %v", err, heard, b.jobs())
	}
}

// A binding names its Odoo model and record; one without a record there can't be made, so that nothing
// stored leads nowhere.
func TestUnwrapBinding(t *testing.T) {
	s, b := storetest.Open(t), connectors.NewBinder("kitchen", "product.product")
	err := s.Update(t.Context(), func(tx *store.Tx) error { return b.Bind(tx, connectors.Binding{External: "0"}) })
	if err == nil || !strings.Contains(err.Error(), "product.product") || !strings.Contains(err.Error(), "0 is no Odoo id") {
		t.Errorf("a binding without an Odoo record: %v", err)
	}
	update(t, s, func(tx *store.Tx) error { return b.Bind(tx, connectors.Binding{OdooID: 7, External: "0"}) })
	view(t, s, func(tx *store.Tx) error {
		if bound, ok, err := b.GetExternal(tx, "0"); bound.OdooID != 7 || bound.Model != "product.product" || !ok || err != nil {
			t.Errorf("unwrapped: %+v, %t, %v", bound, ok, err)
		}
		return nil
	})
}

// Two imports of one record at once end with one record and one binding: the key of the create makes the
// record one, and who binds second finds it bound as it wants.
func TestImportRace(t *testing.T) {
	s, b := storetest.Open(t), connectors.NewBinder("kitchen", "res.partner")
	erp := &keyed{ids: map[string]int64{}}
	var meet sync.WaitGroup // all have looked before the first one creates
	meet.Add(100)
	var created atomic.Int64
	importOne := func(keyOf func() string) error {
		var bound bool
		err := s.View(func(tx *store.Tx) (err error) { _, bound, err = b.GetExternal(tx, "42"); return err })
		meet.Done()
		if err != nil || bound {
			return err
		}
		meet.Wait()
		created.Add(1)
		id := erp.create(keyOf())
		return s.Update(context.Background(), func(tx *store.Tx) error {
			return b.Bind(tx, connectors.Binding{OdooID: id, External: "42"})
		})
	}
	run := func(keyOf func() string) (refused int) {
		errs := make([]error, 100)
		var wg sync.WaitGroup
		for i := range errs {
			wg.Go(func() { errs[i] = importOne(keyOf) })
		}
		wg.Wait()
		for _, err := range errs {
			var bound *connectors.BoundError
			if errors.As(err, &bound) {
				refused++
			} else if err != nil {
				t.Error(err)
			}
		}
		return refused
	}
	count := func() (n int) {
		view(t, s, func(tx *store.Tx) error {
			for range b.All(tx) {
				n++
			}
			return nil
		})
		return n
	}
	if refused := run(func() string { return "kitchen/42" }); refused != 0 || erp.records() != 1 || count() != 1 || created.Load() != 100 {
		t.Errorf("%d refused, %d records, %d bindings, %d creates", refused, erp.records(), count(), created.Load())
	}
	// Where the other side knows no keys, the binding is still one: who comes late is told so by name.
	update(t, s, func(tx *store.Tx) error { return b.Unbind(tx, 1) })
	meet.Add(100)
	var n atomic.Int64
	if refused := run(func() string { return fmt.Sprint("try ", n.Add(1)) }); refused != 99 || count() != 1 {
		t.Errorf("without keys: %d refused, %d bindings", refused, count())
	}
}

// keyed is another system that makes one record of one key.
type keyed struct {
	mu  sync.Mutex
	ids map[string]int64
}

func (k *keyed) create(key string) int64 {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.ids[key] == 0 {
		k.ids[key] = int64(len(k.ids) + 1)
	}
	return k.ids[key]
}

func (k *keyed) records() int {
	k.mu.Lock()
	defer k.mu.Unlock()
	return len(k.ids)
}
