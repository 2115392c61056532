package ledger

import (
	"testing"

	"crema/store"
	"crema/store/storetest"
)

// TestListOfTwoBackends: each backend's cups are found among the other's, in both
// directions.
func TestListOfTwoBackends(t *testing.T) {
	s := storetest.Open(t)
	want := map[string][]uint64{}
	if err := s.Update(t.Context(), func(tx *store.Tx) error {
		clear(want)
		for i, backend := range []string{"a", "b", "b", "a", "a", "ab", "b"} {
			c, _, err := Add(tx, Cup{Key: Key2900(backend, uint64(i)), Backend: backend, Model: model2900, Serial: backend, Number: uint64(i), State: Booked})
			if err != nil {
				return err
			}
			want[backend] = append(want[backend], c.Seq)
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if err := s.View(func(tx *store.Tx) error {
		for backend, seqs := range want {
			i := len(seqs)
			for c := range Newest(tx, backend) {
				if i--; i < 0 || c.Seq != seqs[i] {
					t.Fatalf("newest of %s: %d, want %v backward", backend, c.Seq, seqs)
				}
			}
			if i != 0 {
				t.Errorf("newest of %s: %d are missing", backend, i)
			}
			var after uint64
			for i, seq := range seqs {
				list, next, err := List(tx, Filter{Backend: backend, State: Booked, After: after, Limit: 1})
				if err != nil || len(list) != 1 || list[0].Seq != seq || (next == 0) != (i == len(seqs)-1) {
					t.Fatalf("page %d of %s: %v, next %d, %v; want %d", i, backend, list, next, err, seq)
				}
				after = next
			}
		}
		for range Newest(tx, "nobody") {
			t.Error("a cup of nobody")
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}
