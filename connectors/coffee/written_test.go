package coffee

import (
	"fmt"
	"testing"

	"crema/connectors/coffee/ledger"
	"crema/device"
	"crema/store"
)

// TestPagesOfACup: each commit of a cup, from its reading to its booking, writes three
// pages, and its share of the moves of the store's log, however much the store holds.
func TestPagesOfACup(t *testing.T) {
	k := newBooks(t)
	for range 4 {
		k.update(func(tx *store.Tx) error {
			for i := range 500 {
				k.made++
				cup := ledger.Cup{Key: ledger.Key2900("29-1", k.made), Backend: "kitchen", Model: "2900", Serial: "29-1", Number: k.made, Kind: device.CupSale,
					Product: k.products[2], SlotName: fmt.Sprint("Drink ", i%9), Price: eur(190), Payment: device.PaymentCard, Time: k.queue.Clock.Now()}
				c, _, err := ledger.Add(tx, cup)
				if err != nil {
					return err
				}
				if err := ledger.Book(tx, c.Seq, int64(k.made)); err != nil {
					return err
				}
			}
			return nil
		})
	}
	sell := func(n int) {
		for range n {
			k.make(1, k.products[2], eur(190))
			k.work(0)
		}
	}
	sell(3) // the session is opened
	before := k.store.Stats()
	const cups = 60
	sell(cups)
	after := k.store.Stats()
	commits := after.Commits - before.Commits
	if n := k.count(ledger.Booked); n != 2000+3+cups {
		t.Fatalf("%d cups are booked", n)
	}
	if bytes := (after.Written - before.Written) / int64(commits); bytes > 14<<10 {
		t.Errorf("%d cups had %d bytes written by each of %d commits", cups, bytes, commits)
	} else {
		t.Logf("%d bytes a commit, %.1f commits a cup", bytes, float64(commits)/cups)
	}
}
