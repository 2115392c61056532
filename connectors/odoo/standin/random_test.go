package standin_test

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"crema/connectors/odoo"
	"crema/connectors/odoo/pos"
	"crema/connectors/odoo/standin"
)

// TestOverlappingBatchesInParallelBookEachOrderOnce lets several clients book batches that overlap, while answers are
// lost in every way, sessions are closed and opened, and bad orders spoil whole batches. In the end every good order is
// there once, no bad one is, and nobody was ever told two ids for one order.
func TestOverlappingBatchesInParallelBookEachOrderOnce(t *testing.T) {
	seed := time.Now().UnixNano()
	t.Logf("seed %d", seed)
	const clients, orders, bad = 4, 60, 999
	b := newBot(t, standin.Options{Random: seed}, 500*time.Millisecond)
	for i, f := range []standin.Fault{standin.CommitThenClose, standin.CloseBeforeCommit, standin.CutBody, standin.ServerError, standin.DatabaseDown, standin.Crash, standin.Slow} {
		b.server.Fail(standin.Rule{Call: "pos.order/sync_from_ui", Fault: f, Probability: 0.08, Times: 10 + i, Latency: time.Millisecond})
	}
	var mu sync.Mutex
	told := make(map[string]int64)
	tell := func(ids map[string]pos.Receipt) {
		mu.Lock()
		defer mu.Unlock()
		for key, r := range ids {
			if before, ok := told[key]; ok && before != r.ID {
				t.Errorf("order %s is %d, and was %d", key, r.ID, before)
			}
			told[key] = r.ID
		}
	}
	spoilt := b.order(bad)
	spoilt.Lines[0].Product = 4711

	var wg sync.WaitGroup
	for n := range clients {
		r := rand.New(rand.NewPCG(uint64(seed), uint64(n)))
		c, err := odoo.New(odoo.Config{URL: b.address, Key: func() (string, error) { return "k", nil }, Timeout: 2 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		wg.Go(func() {
			for range 40 {
				var batch []pos.Order
				for range 1 + r.IntN(6) {
					batch = append(batch, b.order(r.IntN(orders)))
				}
				withBad := r.IntN(8) == 0
				if withBad {
					batch = append(batch, spoilt)
				}
				ids, err := pos.Sync(t.Context(), c, batch)
				if err == nil && withBad {
					t.Error("a batch with an unknown product was booked")
				}
				if err == nil {
					tell(ids)
				}
				if odoo.ClassOf(err) == odoo.Stop || odoo.ClassOf(err) == odoo.Denied {
					t.Errorf("%v", err)
				}
				if r.IntN(10) == 0 { // the day ends for everyone; a new one begins
					if s, found, err := pos.OpenSession(t.Context(), c, b.config); err == nil && found {
						_ = pos.CloseSession(t.Context(), c, s.ID)
					}
					_, _ = pos.CreateSession(t.Context(), c, b.config, fmt.Sprint(n))
				}
			}
		})
	}
	wg.Wait()
	b.server.Heal()
	_, _ = pos.CreateSession(t.Context(), b.Client, b.config, "last")
	for n := range orders {
		ids, err := pos.Sync(t.Context(), b.Client, []pos.Order{b.order(n)})
		if err != nil {
			t.Fatal(err)
		}
		tell(ids)
	}
	seen := make(map[string]int64)
	for _, o := range b.server.Orders() {
		if seen[o.UUID] != 0 || o.UUID == spoilt.UUID || told[o.UUID] != o.ID || len(o.Products) != 1 || len(o.Methods) != 1 {
			t.Errorf("order %+v; known as %d", o, told[o.UUID])
		}
		seen[o.UUID] = o.ID
	}
	if len(seen) != orders {
		t.Errorf("%d orders, want %d", len(seen), orders)
	}
	open := 0
	for _, s := range b.server.Sessions() {
		if s.State != "closed" {
			open++
		}
	}
	if open != 1 {
		t.Errorf("%d sessions are open, want 1", open)
	}
}
