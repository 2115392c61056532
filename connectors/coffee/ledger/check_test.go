package ledger

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"crema/device"
	"crema/store"
	"crema/store/storetest"
)

// TestCheck breaks each bucket of a good ledger in turn; each time the fault is named.
func TestCheck(t *testing.T) {
	good := func(tx *store.Tx) error {
		for n := uint64(1); n <= 6; n++ {
			if _, _, err := Add(tx, Cup{Key: Key2900("29-1", n), Backend: "kitchen", Model: "2900", Serial: "29-1", Number: n, Price: device.Money{Amount: 100, Currency: "EUR"}}); err != nil {
				return err
			}
		}
		return errors.Join(Book(tx, 1, 7), Park(tx, 2, ReasonJump), Dismiss(tx, 3, "by hand"))
	}
	at := func(seq uint64) store.Pair[string, uint64] { return store.Pair[string, uint64]{A: "kitchen", B: seq} }
	for want, spoil := range map[string]func(*store.Tx) error{
		"":                             func(*store.Tx) error { return nil },
		"is not found by its key":      func(tx *store.Tx) error { return byKey.Put(tx, Key2900("29-1", 4), 5) },
		`"keys" has 7 entries`:         func(tx *store.Tx) error { return byKey.Put(tx, "another", 9) },
		`cup 4 (crema/2900/29-1/4) is`: func(tx *store.Tx) error { return seenCups.Delete(tx, at(4)) },
		`cup 1 (crema/2900/29-1/1) is`: func(tx *store.Tx) error { return seenCups.Put(tx, at(1), struct{}{}) },
		`cup 2 (crema/2900/29-1/2) is`: func(tx *store.Tx) error { return parkedCups.Delete(tx, at(2)) },
		`"open" has 5 entries`: func(tx *store.Tx) error {
			return openCups.Put(tx, openKeyOf(Cup{Model: "2900", Serial: "X"}), struct{}{})
		},
		`"all" has 7 entries`: func(tx *store.Tx) error { return allCups.Put(tx, at(70), struct{}{}) },
		"3 cups of kitchen that are seen": func(tx *store.Tx) error {
			return counts.Delete(tx, store.Pair[string, string]{A: "kitchen", B: string(Seen)})
		},
		"9 cups of kitchen are counted as booked": func(tx *store.Tx) error {
			return counts.Put(tx, store.Pair[string, string]{A: "kitchen", B: string(Booked)}, 9)
		},
		"says that it is 5, with uuid": func(tx *store.Tx) error {
			c, err := get(tx, 5)
			c.UUID = "another"
			return errors.Join(err, cups.Put(tx, 5, c))
		},
	} {
		t.Run(want, func(t *testing.T) {
			s := storetest.Open(t)
			if err := s.Update(t.Context(), func(tx *store.Tx) error { return errors.Join(good(tx), spoil(tx)) }); err != nil {
				t.Fatal(err)
			}
			err := s.View(Check)
			if (err == nil) != (want == "") || !strings.Contains(fmt.Sprint(err), want) && want != "" {
				t.Errorf("Check = %v, want %q", err, want)
			}
		})
	}
}
