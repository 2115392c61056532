package connectors_test

import (
	"context"
	"testing"

	"crema/connectors"
	"crema/store"
)

// One that is switched off and on again before its Run has ended is begun anew then.
func TestOffAndOnAgain(t *testing.T) {
	in(t, func(t *testing.T) {
		slow := make(chan struct{})
		var h *hosted
		h = newHosted(t, func(c *connectors.Connector) {
			run := c.Run
			c.Run = func(ctx context.Context, w *connectors.Work) error {
				err := run(ctx, w)
				<-slow
				h.tell("given back")
				return err
			}
		})
		h.put(probeAt("a"))
		h.run()
		h.want("begin a 2s")
		h.setState("a", connectors.Off)
		h.want("end a")
		h.setState("a", connectors.Draft)
		h.want()
		close(slow)
		h.want("given back", "begin a 2s")
	})
}

// One that is deleted between the host's look at the list and its beginning is not begun:
// it would leave things in the store that nobody deletes any more.
func TestDeletedBeforeItBegins(t *testing.T) {
	in(t, func(t *testing.T) {
		var h *hosted
		held := make(chan struct{})
		runs := false
		asked := map[string]int{}
		h = newHosted(t, func(c *connectors.Connector) {
			c.Check = func(b connectors.Backend) error { // the host asks it between the two
				if !runs {
					return nil
				}
				switch asked[b.Name]++; {
				case b.Name == "a" && asked["a"] == 1:
					h.setState("a", connectors.Off)
					h.change(func(tx *store.Tx, l connectors.Backends) error { return l.Delete(tx, "a") })
				case b.Name == "b" && asked["b"] == 2: // so it has not followed yet
					<-held
				}
				return nil
			}
		})
		h.put(probeAt("a"))
		h.put(probeAt("b"))
		runs = true
		h.run()
		h.want("begin b 2s")
		close(held)
		h.want()
	})
}
