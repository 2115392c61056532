package store_test

import (
	"testing"

	"crema/store"
	"crema/store/storetest"
)

func TestSmoke(t *testing.T) {
	s := storetest.Open(t)
	b := store.NewBucket[string, int]("x", store.StringKey())
	for i := range 100 {
		if err := s.Update(t.Context(), func(tx *store.Tx) error { return b.Put(tx, string(rune('a'+i)), i) }); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%+v", s.Stats())
}
