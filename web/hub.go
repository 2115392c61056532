package web

import "sync"

// Event is a hint that something changed.
type Event struct {
	// Type is "job", "notice", "batch", "channel", "cup", "machine", "backend" or "checkpoint".
	Type    string `json:"type"`
	ID      ID     `json:"id"`      // of the job, notice, batch, cup or checkpoint; a channel's name
	Backend string `json:"backend"` // whose it is; empty for what belongs to none
	State   string `json:"state"`   // that it is in now; may be empty
}

// Hub hands events to whoever watches. The zero Hub is ready to use. Safe for
// concurrent use.
type Hub struct {
	mu       sync.Mutex
	watchers map[chan Event]struct{}
}

// hubBuffer is how many events a watcher may be behind. Hints only: a watcher that
// missed some asks for the state as a whole anyway.
const hubBuffer = 64

// Publish hands e to every watcher. It never blocks: a watcher that is behind loses
// its oldest event. It may be called from store.Tx.OnCommit.
func (h *Hub) Publish(e Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.watchers {
		for {
			select {
			case c <- e:
			default:
				select {
				case <-c:
				default:
				}
				continue
			}
			break
		}
	}
}

// Watch returns the events from now on. The channel is never closed; stop ends it and
// may be called more than once.
func (h *Hub) Watch() (events <-chan Event, stop func()) {
	c := make(chan Event, hubBuffer)
	h.mu.Lock()
	if h.watchers == nil {
		h.watchers = make(map[chan Event]struct{})
	}
	h.watchers[c] = struct{}{}
	h.mu.Unlock()
	return c, func() {
		h.mu.Lock()
		delete(h.watchers, c)
		h.mu.Unlock()
	}
}

// Watchers is how many watch now.
func (h *Hub) Watchers() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.watchers)
}
