package webhook_test

import (
	"context"
	"math/rand/v2"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestInOrderUnderFailures: whatever the receiver and the board do, it gets every event, in
// order; one that it gets twice comes twice in a row.
func TestInOrderUnderFailures(t *testing.T) {
	const events = 3000
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rnd := rand.New(rand.NewPCG(seed, 0)) // for the handler, which runs one at a time
	b := newBoard(t)
	r := newReceiver(t, b.clock.Now)
	restart := make(chan struct{}, 1)
	var hangs, dropped, busy atomic.Int32
	cut := func(w http.ResponseWriter) {
		dropped.Add(1)
		if c, _, err := w.(http.Hijacker).Hijack(); err == nil {
			c.Close()
		}
	}
	// What is taken is kept before the answer: of a call that is broken off the receiver hears late, when the next may have come.
	var mu sync.Mutex
	var got []string
	r.answers(func(w http.ResponseWriter, q *http.Request, id string) bool {
		n := rnd.IntN(400)
		if n >= 44 || rnd.IntN(2) == 0 {
			mu.Lock()
			got = append(got, id)
			mu.Unlock()
		}
		switch {
		case n < 2 && hangs.Load() < 3:
			hangs.Add(1)
			<-q.Context().Done()
		case n < 4: // crema ends amid the call
			select {
			case restart <- struct{}{}:
			default:
			}
			<-q.Context().Done()
		case n < 24:
			cut(w)
		case n < 44:
			busy.Add(1)
			if code := []int{500, 502, 503, 404, 408, 425, 429, 301, 400}[rnd.IntN(9)]; rnd.IntN(2) == 0 {
				w.Header().Set("Retry-After", "120")
				w.WriteHeader(code)
			} else {
				w.WriteHeader(code)
			}
		default:
			w.WriteHeader([]int{200, 201, 202, 204}[rnd.IntN(4)])
		}
		return false
	})
	b.production("erp", r.url)

	var want []string
	made, restarts := 0, 0
	b.start()
	for {
		if made < events { // some more while others are on their way
			var batch []int
			for range min(1+rnd2(made)%40, events-made) {
				made++
				batch = append(batch, made)
				want = append(want, idOf(made))
			}
			b.made(batch...)
		}
		idle := make(chan error, 1)
		ctx, cancel := context.WithCancel(t.Context())
		go func() { idle <- b.queue.Idle(ctx) }()
		select {
		case <-restart:
			b.stop()
			cancel()
			<-idle
			b.close()
			b.open()
			b.start()
			restarts++
			continue
		case err := <-idle:
			cancel()
			if err != nil {
				t.Fatal(err)
			}
		}
		if made == events && len(b.jobs("erp")) == 0 {
			break
		}
		b.clock.Advance(75 * time.Minute)
	}
	mu.Lock()
	defer mu.Unlock()
	t.Logf("%d events were taken %d times; %d cut, %d refused or busy, %d hung, %d restarts", events, len(got), dropped.Load(), busy.Load(), hangs.Load(), restarts)
	if once := slices.Compact(slices.Clone(got)); !slices.Equal(once, want) {
		i := 0
		for i < min(len(once), len(want)) && once[i] == want[i] {
			i++
		}
		t.Errorf("%d events in a row were taken, not %d; they differ from the %d-th on", len(once), len(want), i)
	}
	if len(got) == events || restarts == 0 {
		t.Error("no event was taken twice, or crema never restarted: the test shows little")
	}
	if open := b.points("erp"); len(open) != 0 {
		t.Errorf("all is delivered, and these are open: %v", open)
	}
}

// rnd2 scatters the sizes of batches without the handler's source.
func rnd2(n int) int { return (n*7919 + 13) % 97 }
