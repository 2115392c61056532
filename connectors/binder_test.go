package connectors_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"crema/connectors"
	"crema/store"
	"crema/store/storetest"

	"github.com/google/go-cmp/cmp"
)

var noon = time.Date(2025, 6, 1, 12, 0, 0, 0, time.UTC)

func update(t testing.TB, s *store.Store, fn func(*store.Tx) error) {
	t.Helper()
	if err := s.Update(t.Context(), fn); err != nil {
		t.Fatal(err)
	}
}

func view(t testing.TB, s *store.Store, fn func(*store.Tx) error) {
	t.Helper()
	if err := s.View(fn); err != nil {
		t.Fatal(err)
	}
}

func TestBinder(t *testing.T) {
	s := storetest.Open(t)
	b := connectors.NewBinder("kitchen", "product.product")
	bind := func(id int64, external string) error {
		return s.Update(t.Context(), func(tx *store.Tx) error {
			return b.Bind(tx, connectors.Binding{OdooID: id, External: external, Synced: noon, Fingerprint: "f"})
		})
	}
	// "0" is an id like any other.
	if err := bind(7, "0"); err != nil {
		t.Fatal(err)
	}
	view(t, s, func(tx *store.Tx) error {
		if x, ok, err := b.ToExternal(tx, 7); x != "0" || !ok || err != nil {
			t.Errorf("ToExternal(7) = %q, %t, %v", x, ok, err)
		}
		if id, ok, err := b.ToOdoo(tx, "0"); id != 7 || !ok || err != nil {
			t.Errorf("ToOdoo(0) = %d, %t, %v", id, ok, err)
		}
		for _, x := range []string{"", "00", "1", "0\x00"} {
			if id, ok, err := b.ToOdoo(tx, x); ok || err != nil {
				t.Errorf("ToOdoo(%q) = %d, %t, %v", x, id, ok, err)
			}
		}
		if x, ok, err := b.ToExternal(tx, 0); ok || err != nil {
			t.Errorf("ToExternal(0) = %q, %t, %v", x, ok, err)
		}
		want := connectors.Binding{Backend: "kitchen", Model: "product.product", OdooID: 7, External: "0", Synced: noon, Fingerprint: "f"}
		if got, ok, err := b.Get(tx, 7); !cmp.Equal(got, want) || !ok || err != nil {
			t.Errorf("Get = %+v, %t, %v", got, ok, err)
		}
		return nil
	})

	// Both sides are unique; the same again is no conflict.
	for _, c := range []struct {
		id       int64
		external string
		has      int64 // in the way; 0 for none
	}{{7, "0", 0}, {7, "1", 7}, {8, "0", 7}, {8, "1", 0}, {7, "1", 7}, {8, "0", 8}} {
		err := bind(c.id, c.external)
		var bound *connectors.BoundError
		switch {
		case c.has == 0 && err != nil:
			t.Errorf("Bind(%d, %q) = %v", c.id, c.external, err)
		case c.has != 0 && (!errors.As(err, &bound) || bound.Has.OdooID != c.has || bound.Wanted.External != c.external):
			t.Errorf("Bind(%d, %q) = %v, want a conflict with %d", c.id, c.external, err, c.has)
		}
	}
	for _, bad := range []connectors.Binding{{OdooID: 0, External: "x"}, {OdooID: -1, External: "x"}, {OdooID: 9}, {OdooID: 9, External: "\xff"}, {OdooID: 9, External: "9", Backend: "hall"}, {OdooID: 9, External: "9", Model: "res.partner"}} {
		if err := s.Update(t.Context(), func(tx *store.Tx) error { return b.Bind(tx, bad) }); err == nil {
			t.Errorf("Bind(%+v) was not refused", bad)
		}
	}

	// Archived ones are found, keep their ids, and come back.
	update(t, s, func(tx *store.Tx) error { return b.Archive(tx, 7, true) })
	view(t, s, func(tx *store.Tx) error {
		if got, ok, err := b.GetExternal(tx, "0"); !got.Archived || !ok || err != nil || got.Fingerprint != "f" {
			t.Errorf("archived: %+v, %t, %v", got, ok, err)
		}
		return nil
	})
	if err := bind(9, "0"); err == nil {
		t.Error("the id of an archived binding was given away")
	}
	if err := s.Update(t.Context(), func(tx *store.Tx) error { return b.Archive(tx, 99, true) }); !errors.Is(err, connectors.ErrNotBound) {
		t.Errorf("Archive(99) = %v", err)
	}

	// Unbound, both are free again; unbinding twice is fine.
	update(t, s, func(tx *store.Tx) error { return errors.Join(b.Unbind(tx, 7), b.Unbind(tx, 7)) })
	if err := bind(9, "0"); err != nil {
		t.Error(err)
	}

	// Another model or backend has ids of its own.
	for _, other := range []connectors.Binder{connectors.NewBinder("kitchen", "product"), connectors.NewBinder("kitch", "enproduct.product")} {
		update(t, s, func(tx *store.Tx) error { return other.Bind(tx, connectors.Binding{OdooID: 9, External: "0"}) })
	}
	view(t, s, func(tx *store.Tx) error {
		var ids []int64
		for x := range b.All(tx) {
			ids = append(ids, x.OdooID)
		}
		if !slices.Equal(ids, []int64{8, 9}) {
			t.Errorf("All = %v", ids)
		}
		return nil
	})
}

func TestBindingJSON(t *testing.T) {
	b := connectors.Binding{Backend: "kitchen", Model: "product.product", OdooID: 7, External: "0", Synced: noon, Fingerprint: "secret", Written: map[string]string{"name": "secret"}}
	got, err := json.Marshal(b)
	const want = `{"backend":"kitchen","model":"product.product","odoo_id":"7","external_id":"0","synced":"2025-06-01T12:00:00Z","archived":false}`
	if err != nil || string(got) != want {
		t.Errorf("JSON %s, %v", got, err)
	}
}

func TestFingerprint(t *testing.T) {
	type slot struct {
		Name  string
		Price int64
	}
	a, err := connectors.Fingerprint(slot{"Espresso", 230})
	if err != nil || len(a) != 32 {
		t.Fatalf("Fingerprint = %q, %v", a, err)
	}
	if b, _ := connectors.Fingerprint(slot{"Espresso", 230}); b != a {
		t.Error("equal values differ")
	}
	if b, _ := connectors.Fingerprint(slot{"Espresso", 231}); b == a {
		t.Error("other values are equal")
	}
	if _, err := connectors.Fingerprint(func() {}); err == nil {
		t.Error("a function has a fingerprint")
	}
}

func TestListBindings(t *testing.T) {
	s := storetest.Open(t)
	update(t, s, func(tx *store.Tx) error {
		for i := range int64(10) {
			backend, model := "kitchen", "product.product"
			if i%2 == 1 {
				backend = "hall"
			}
			if i == 4 {
				model = "res.partner"
			}
			// Ids fall: lists are by age, not by id.
			if err := connectors.NewBinder(backend, model).Bind(tx, connectors.Binding{OdooID: 100 - i, External: strconv.FormatInt(i, 10)}); err != nil {
				return err
			}
		}
		return nil
	})
	for _, c := range []struct {
		backend, model string
		want           []string
	}{
		{"", "", []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"}},
		{"kitchen", "", []string{"0", "2", "4", "6", "8"}},
		{"", "res.partner", []string{"4"}},
		{"kitchen", "product.product", []string{"0", "2", "6", "8"}},
		{"cellar", "", nil},
	} {
		for limit := range 12 {
			var got []string
			after, pages := uint64(0), 0
			for {
				view(t, s, func(tx *store.Tx) error {
					list, next, err := connectors.ListBindings(tx, c.backend, c.model, after, limit)
					if len(list) > max(limit, 1) || next != 0 && len(list) == 0 {
						t.Fatalf("a page of %d with a limit of %d", len(list), limit)
					}
					for _, b := range list {
						got = append(got, b.External)
					}
					after = next
					return err
				})
				if pages++; after == 0 || pages > 20 {
					break
				}
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%q, %q in pages of %d: %v, want %v", c.backend, c.model, limit, got, c.want)
			}
		}
	}
	view(t, s, func(tx *store.Tx) error {
		if list, next, err := connectors.ListBindings(tx, "", "", math.MaxUint64, 5); list != nil || next != 0 || err != nil {
			t.Errorf("behind the last: %v, %d, %v", list, next, err)
		}
		return nil
	})
}

// Of a hundred that bind at once, for the same few ids, one wins each.
func TestBinderParallel(t *testing.T) {
	s := storetest.Open(t)
	b := connectors.NewBinder("kitchen", "product.product")
	var won, lost atomic.Int64
	var wg sync.WaitGroup
	for i := range 100 {
		wg.Go(func() {
			// 10 products and 10 slots, in every combination: each pair shares a side with 18 others.
			id, external := int64(i%10+1), strconv.Itoa(i/10)
			err := s.Update(context.Background(), func(tx *store.Tx) error {
				return b.Bind(tx, connectors.Binding{OdooID: id, External: external})
			})
			var bound *connectors.BoundError
			switch {
			case err == nil:
				won.Add(1)
			case errors.As(err, &bound):
				lost.Add(1)
			default:
				t.Errorf("Bind(%d, %s) = %v", id, external, err)
			}
		})
	}
	wg.Wait()
	view(t, s, func(tx *store.Tx) error {
		ids, externals := map[int64]bool{}, map[string]bool{}
		for x := range b.All(tx) {
			if ids[x.OdooID] || externals[x.External] {
				t.Errorf("bound twice: %+v", x)
			}
			ids[x.OdooID], externals[x.External] = true, true
			if id, _, _ := b.ToOdoo(tx, x.External); id != x.OdooID {
				t.Errorf("the sides differ: %+v and %d", x, id)
			}
		}
		if len(ids) != int(won.Load()) || won.Load()+lost.Load() != 100 {
			t.Errorf("%d are stored, %d won, %d lost", len(ids), won.Load(), lost.Load())
		}
		return nil
	})
}

// Random operations against a plain map; a transaction that fails leaves no trace.
func TestBinderModel(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0))
	s := storetest.Open(t)
	binders := []connectors.Binder{connectors.NewBinder("a", "m"), connectors.NewBinder("a", "n"), connectors.NewBinder("b", "m")}
	names := [][2]string{{"a", "m"}, {"a", "n"}, {"b", "m"}}
	models := []map[int64]connectors.Binding{{}, {}, {}}
	undo := errors.New("undo")
	for step := range 400 {
		n := rnd.IntN(len(binders))
		b, model := binders[n], models[n]
		id, external := rnd.Int64N(8)+1, strconv.Itoa(rnd.IntN(8))
		holder := func() (int64, bool) {
			for _, x := range model {
				if x.External == external {
					return x.OdooID, true
				}
			}
			return 0, false
		}
		old, bound := model[id]
		owner, taken := holder()
		fail := rnd.IntN(5) == 0 // the transaction fails behind the operation
		op := rnd.IntN(4)
		var opErr error
		err := s.Update(t.Context(), func(tx *store.Tx) error {
			switch op {
			case 0, 1:
				opErr = b.Bind(tx, connectors.Binding{OdooID: id, External: external, Fingerprint: fmt.Sprint(step)})
			case 2:
				opErr = b.Unbind(tx, id)
			case 3:
				opErr = b.Archive(tx, id, !old.Archived)
			}
			if opErr == nil && fail {
				return undo
			}
			return opErr
		})
		allowed := true
		switch op {
		case 0, 1:
			allowed = !bound && !taken || bound && taken && owner == id && old.External == external
		case 3:
			allowed = bound
		}
		if (opErr == nil) != allowed || allowed && fail != errors.Is(err, undo) {
			t.Fatalf("step %d: op %d of %d, %q: %v, %v; allowed %t", step, op, id, external, opErr, err, allowed)
		}
		if allowed && !fail {
			switch op {
			case 0, 1:
				model[id] = connectors.Binding{Backend: names[n][0], Model: names[n][1], OdooID: id, External: external, Fingerprint: fmt.Sprint(step)}
			case 2:
				delete(model, id)
			case 3:
				old.Archived = !old.Archived
				model[id] = old
			}
		}
		view(t, s, func(tx *store.Tx) error {
			total := 0
			for i, b := range binders {
				got := map[int64]connectors.Binding{}
				for x := range b.All(tx) {
					got[x.OdooID] = x
					if y, ok, err := b.GetExternal(tx, x.External); !cmp.Equal(y, x) || !ok || err != nil {
						t.Fatalf("step %d: GetExternal(%q) = %+v, %t, %v", step, x.External, y, ok, err)
					}
				}
				if diff := cmp.Diff(models[i], got); diff != "" {
					t.Fatalf("step %d (-model +store):\n%s", step, diff)
				}
				total += len(got)
			}
			list, next, err := connectors.ListBindings(tx, "", "", 0, 1000)
			if len(list) != total || next != 0 {
				t.Fatalf("step %d: %d are listed of %d", step, len(list), total)
			}
			return err
		})
	}
}
