package connectors_test

import (
	"maps"
	"testing"

	"crema/connectors"
	"crema/store"
	"crema/store/storetest"
)

// Every two of a set of awkward parents and keys have an id of their own, and each
// parent finds its own children only, by their keys.
func TestBinderChildren(t *testing.T) {
	s := storetest.Open(t)
	b := connectors.NewBinder("shop", "sale.order.line")
	texts := []string{"0", "1", "10", "1/1", "/", "//", "%", "%2F", "%25", "%252F", "a b", "\x00", "ü", "1/", "/1"}
	ids := map[string]int64{} // external id → Odoo id
	want := map[string]map[string]int64{}
	update(t, s, func(tx *store.Tx) error {
		clear(ids)
		for _, parent := range texts {
			want[parent] = map[string]int64{}
			for _, key := range texts {
				id := int64(len(ids) + 1)
				external := connectors.ChildID(parent, key)
				if has, taken := ids[external]; taken {
					t.Errorf("%q of %q has the id %q of line %d", key, parent, external, has)
				}
				ids[external], want[parent][key] = id, id
				if err := b.Bind(tx, connectors.Binding{OdooID: id, External: external}); err != nil {
					return err
				}
				for _, other := range []connectors.Binder{connectors.NewBinder("shop", "sale.order.lin"), connectors.NewBinder("sho", "sale.order.line")} {
					if err := other.Bind(tx, connectors.Binding{OdooID: id, External: external}); err != nil {
						return err
					}
				}
			}
		}
		// What comes next in the store is another backend's.
		if err := connectors.NewBinder("shop 2", "sale.order.line").Bind(tx, connectors.Binding{OdooID: 1, External: connectors.ChildID("ü", "other")}); err != nil {
			return err
		}
		return b.Archive(tx, want["1"]["10"], true)
	})
	view(t, s, func(tx *store.Tx) error {
		for _, parent := range texts {
			got := map[string]int64{}
			for key, bound := range b.Children(tx, parent) {
				got[key] = bound.OdooID
				if bound.External != connectors.ChildID(parent, key) || bound.Archived != (parent == "1" && key == "10") {
					t.Errorf("%q of %q: %+v", key, parent, bound)
				}
			}
			if !maps.Equal(got, want[parent]) {
				t.Errorf("children of %q: %v, want %v", parent, got, want[parent])
			}
		}
		for _, none := range []string{"", "11", "2"} {
			if got := maps.Collect(b.Children(tx, none)); len(got) > 0 {
				t.Errorf("children of %q: %v", none, got)
			}
		}
		for range b.Children(tx, "1") {
			break
		}
		return nil
	})
	if got := connectors.ChildID("7", "3"); got != "7/3" {
		t.Errorf("ChildID = %q", got)
	}
}
