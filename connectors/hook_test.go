package connectors_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"testing"

	"crema/connectors"
	"crema/queue"
	"crema/store"
)

// Who knows the secret of a backend's hook may give hints, nobody else; no more than its hash
// is kept, and it ends with the backend.
func TestHook(t *testing.T) {
	in(t, func(t *testing.T) {
		var h *hosted
		h = newHosted(t, func(c *connectors.Connector) {
			c.Hinted = func(tx *store.Tx, b connectors.Backend, hint connectors.Hint) (queue.ID, error) {
				if hint.Model != "product.product" {
					return 0, nil
				}
				return queue.Enqueue(tx, h.queue.Queue, pollKind, b.Name, queue.Options{IdentityKey: "poll/" + b.Name})
			}
		})
		h.production("a")
		h.production("b")
		if err := h.host.MayHint("a", ""); !errors.Is(err, connectors.ErrNoHook) {
			t.Errorf("without a hook: %v", err)
		}
		secret, err := h.host.NewHook(t.Context(), "a")
		if raw, bad := base64.RawURLEncoding.DecodeString(secret); err != nil || bad != nil || len(raw) != 32 {
			t.Fatalf("secret %q: %v, %v", secret, err, bad)
		}
		for backend, given := range map[string]string{"a": secret + "x", "b": secret, "none": secret} {
			if err := h.host.MayHint(backend, given); !errors.Is(err, connectors.ErrNoHook) {
				t.Errorf("%s with %q: %v", backend, given, err)
			}
		}
		if err := h.host.MayHint("a", secret); err != nil {
			t.Fatal(err)
		}
		var copied bytes.Buffer
		if _, err := h.store.Snapshot(t.Context(), &copied); err != nil || bytes.Contains(copied.Bytes(), []byte(secret)) {
			t.Errorf("the store has the secret, or can't be copied: %v", err)
		}

		id, err := h.host.Hint(t.Context(), "a", connectors.Hint{Model: "product.product", ID: 7})
		if again, _ := h.host.Hint(t.Context(), "a", connectors.Hint{Model: "product.product", ID: 8}); err != nil || id == 0 || again != id {
			t.Errorf("two hints lead to the jobs %v and %v: %v", id, again, err)
		}
		if id, err := h.host.Hint(t.Context(), "a", connectors.Hint{Model: "res.partner", ID: 7}); id != 0 || err != nil {
			t.Errorf("a hint of no use: job %v, %v", id, err)
		}
		h.setState("a", connectors.Off)
		if id, err := h.host.Hint(t.Context(), "a", connectors.Hint{Model: "product.product", ID: 7}); id != 0 || err != nil {
			t.Errorf("a hint for one that is off: job %v, %v", id, err)
		}

		other, err := h.host.NewHook(t.Context(), "a")
		if err != nil || other == secret || !errors.Is(h.host.MayHint("a", secret), connectors.ErrNoHook) || h.host.MayHint("a", other) != nil {
			t.Error("a new hook does not replace the one before")
		}
		h.change(func(tx *store.Tx, l connectors.Backends) error { return l.Delete(tx, "a") })
		h.production("a")
		if err := h.host.MayHint("a", other); !errors.Is(err, connectors.ErrNoHook) {
			t.Errorf("the hook outlived its backend: %v", err)
		}
		if _, err := h.host.NewHook(t.Context(), "none"); !errors.Is(err, connectors.ErrNoBackend) {
			t.Errorf("a hook of no backend: %v", err)
		}
	})
}

// A kind that nobody wakes has no hook.
func TestNoHook(t *testing.T) {
	in(t, func(t *testing.T) {
		h := newHosted(t, nil)
		h.production("a")
		if _, err := h.host.NewHook(t.Context(), "a"); !errors.Is(err, connectors.ErrNoHints) {
			t.Errorf("NewHook = %v, want ErrNoHints", err)
		}
		if err := h.host.DropHook(t.Context(), "a"); err != nil {
			t.Errorf("DropHook = %v", err)
		}
	})
}
