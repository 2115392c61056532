package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// told is an event as a receiver has it.
type told struct {
	ID, Type string
	Data     struct{ Key string }
}

// hook takes events, and at times cuts the line before or after it took one.
type hook struct {
	sound atomic.Bool // no more faults

	mu    sync.Mutex
	taken []told
	calls int
}

func (h *hook) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	var e told
	if err != nil || json.Unmarshal(body, &e) != nil {
		return // the board went down amid its call
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.calls++
	fault := h.calls%40 == 0 && !h.sound.Load()
	if !fault || h.calls%80 == 0 {
		h.taken = append(h.taken, e)
	}
	if c, _, err := w.(http.Hijacker).Hijack(); fault && err == nil {
		c.Close()
	} else if err == nil {
		defer c.Close()
		_, _ = io.WriteString(c, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n") // it may be down
	}
}

// keys are the cups of a type's events in their order; one that came twice in a row is there once.
func (h *hook) keys(kind string) (keys []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range slices.CompactFunc(slices.Clone(h.taken), func(a, b told) bool { return a.ID == b.ID }) {
		if e.Type == kind {
			keys = append(keys, e.Data.Key)
		}
	}
	return keys
}

// TestWebhookOverKills: however often the board is killed, a receiver is told of each cup
// that is in the ledger, in the ledger's order, and of each booking.
func TestWebhookOverKills(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	h := new(hook)
	site := httptest.NewServer(h)
	defer site.Close()
	w.write("erp.secret", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n")
	file := filepath.Join(w.dir, "crema.toml")
	config, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	w.write("crema.toml", string(config)+"\n[[backend]]\nname = \"erp\"\ntype = \"webhook\"\nurl = \""+site.URL+"\"\nsecret_file = \"erp.secret\"\n")
	w.begin()
	lobby, kitchen := w.customers(w.lobby, 150*time.Millisecond), w.customers(w.kitchen, 100*time.Millisecond)
	for range length(6, 25, 100) {
		w.pause(w.random(20*time.Millisecond, 2500*time.Millisecond))
		w.kill()
		w.start()
	}
	lobby()
	kitchen()
	h.sound.Store(true)
	w.settle(2 * time.Minute)
	var all, booked []string
	w.until("the receiver knows all", time.Minute, func() bool {
		list, ok := w.ledger()
		all, booked = nil, nil
		for _, c := range list {
			if all = append(all, c.Key); c.State == "booked" {
				booked = append(booked, c.Key)
			}
		}
		return ok && len(all) > 0 && len(h.keys("local.crema.cup.made")) >= len(all) && len(h.keys("local.crema.cup.booked")) >= len(booked)
	})
	if got := h.keys("local.crema.cup.made"); !slices.Equal(got, all) {
		t.Errorf("told of %d cups, not of the ledger's %d in their order:\n%v\n%v", len(got), len(all), got, all)
	}
	got := h.keys("local.crema.cup.booked")
	slices.Sort(got)
	slices.Sort(booked)
	if !slices.Equal(got, booked) {
		t.Errorf("told of %d bookings, and %d are booked", len(got), len(booked))
	}
	t.Logf("%d cups made, told in %d calls", len(all), h.calls)
}
