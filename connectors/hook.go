package connectors

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"crema/queue"
	"crema/store"
)

// Hint is what another system says has changed: a record of a model. It may be late, twice
// or missing, so it wakes a flow, and is never the only thing that does.
type Hint struct {
	Model string // Odoo's: "product.template"
	ID    int64  // of the record
}

// Hook lets another system give hints about a backend: whoever knows its secret may.
type Hook struct {
	Made time.Time
}

// ErrNoHook means that nobody may give this hint: there is no such backend, it has no hook,
// or the secret is another. Which of them it is, nobody is told.
var ErrNoHook = errors.New("there is no such hook")

// ErrNoHints means that nothing at a kind of backend is woken by hints.
var ErrNoHints = errors.New("this type takes no hints")

// storedHook has the hash of a secret, never the secret.
type storedHook struct {
	Made time.Time         `json:"made"`
	Hash [sha256.Size]byte `json:"hash"`
}

var hookBucket = store.NewBucket[string, storedHook]("connectors.hooks", store.StringKey())

// NewHook makes a backend's hook and returns its secret, which nobody can be told again: 43
// characters that may stand in a URL. One that it had takes no more hints. ErrNoBackend,
// ErrNoHints.
func (h *Host) NewHook(ctx context.Context, backend string) (secret string, err error) {
	raw := make([]byte, 32)
	_, _ = rand.Read(raw) // it never fails (crypto/rand)
	secret = base64.RawURLEncoding.EncodeToString(raw)
	err = h.Store.Update(ctx, func(tx *store.Tx) error {
		b, c, err := h.Backend(tx, backend)
		if err != nil {
			return err
		}
		if c.Hinted == nil {
			return fmt.Errorf("backend %q of type %q: %w", backend, b.Kind.Name(), ErrNoHints)
		}
		return hookBucket.Put(tx, backend, storedHook{Made: h.Now(), Hash: sha256.Sum256([]byte(secret))})
	})
	if err != nil {
		return "", err
	}
	return secret, nil
}

// DropHook takes a backend's hook away, if it has one.
func (h *Host) DropHook(ctx context.Context, backend string) error {
	return h.Store.Update(ctx, func(tx *store.Tx) error {
		if _, err := (Backends{}).Get(tx, backend); err != nil {
			return err
		}
		return hookBucket.Delete(tx, backend)
	})
}

// Hook is the hook of a backend; false: it has none.
func (h *Host) Hook(tx *store.Tx, backend string) (Hook, bool, error) {
	s, found, err := hookBucket.Get(tx, backend)
	return Hook{Made: s.Made}, found, err
}

// MayHint tells whether a secret is that of a backend's hook, else ErrNoHook. It writes
// nothing, and takes as long for a wrong secret as for a right one.
func (h *Host) MayHint(backend, secret string) error {
	given := sha256.Sum256([]byte(secret))
	return h.Store.View(func(tx *store.Tx) error {
		s, found, err := hookBucket.Get(tx, backend)
		if err != nil {
			return err
		}
		if same := subtle.ConstantTimeCompare(given[:], s.Hash[:]) == 1; !same || !found {
			return ErrNoHook
		}
		return nil
	})
}

// Hint tells the backend's connector what has changed, and returns the job that this leads
// to; 0: to none, as what has changed is of no use there, or the backend is not at work.
// Whoever calls it has asked [Host.MayHint].
func (h *Host) Hint(ctx context.Context, backend string, hint Hint) (id queue.ID, err error) {
	err = h.Store.Update(ctx, func(tx *store.Tx) error {
		b, c, err := h.Backend(tx, backend)
		if err != nil {
			return err
		}
		if b.State != Production || c.Hinted == nil {
			return nil
		}
		id, err = c.Hinted(tx, b, hint)
		return err
	})
	return id, err
}
