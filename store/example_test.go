package store_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"crema/store"
)

// A bucket is declared once; its key says how it is ordered.
var prices = store.NewBucket[store.Pair[string, uint64], int]("prices",
	store.PairKey(store.StringKey(), store.Uint64Key())) // backend, slot

func Example() {
	dir, err := os.MkdirTemp("", "store")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	s, err := store.Open(filepath.Join(dir, "crema.db"), store.Options{})
	if err != nil {
		log.Fatal(err)
	}
	defer s.Close()

	changed := 0 // memory learns of the commit by a hook, since the function may run twice
	err = s.Update(context.Background(), func(tx *store.Tx) error {
		for slot, price := range []int{230, 280} {
			if err := prices.Put(tx, store.Pair[string, uint64]{A: "kitchen", B: uint64(slot)}, price); err != nil {
				return err
			}
		}
		tx.OnCommit(func() { changed += 2 })
		return prices.Put(tx, store.Pair[string, uint64]{A: "kitchen 2", B: 0}, 150)
	})
	if err != nil {
		log.Fatal(err)
	}
	err = s.View(func(tx *store.Tx) error {
		for key, price := range prices.Prefix(tx, store.Leading(store.StringKey(), "kitchen")) {
			fmt.Println(key.A, key.B, price)
		}
		return nil
	})
	fmt.Println(changed, err)
	// Output:
	// kitchen 0 230
	// kitchen 1 280
	// 2 <nil>
}
