package source

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"

	"crema/queue"
	"crema/web"
)

// Whoever watches a hundred boards by their health learns which one runs no job as its card is another's.
func TestHealthOfACopiedCard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := newParts(t, queue.Config{Board: "pi-1"})
		begin := func() (end func()) {
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() { ended <- p.Queue.Run(ctx) }()
			synctest.Wait()
			return func() { cancel(); <-ended }
		}
		end := begin()
		if h := p.health(t.Context()); h.Status != web.HealthOK {
			t.Errorf("the first board: %+v", h)
		}
		end()
		q, err := queue.New(p.Store, p.Clock, queue.Config{Board: "pi-2"})
		if err != nil {
			t.Fatal(err)
		}
		p.Queue = q
		end = begin()
		defer end()
		if h := p.health(t.Context()); h.Status != web.HealthDegraded || !strings.Contains(h.FirstError, "crema queue adopt") {
			t.Errorf("a board with another one's card: %+v", h)
		}
		if err := p.adopt(t.Context()); err != nil {
			t.Fatal(err)
		}
		if h := p.health(t.Context()); h.Status != web.HealthOK {
			t.Errorf("once it was adopted: %+v", h)
		}
	})
}
