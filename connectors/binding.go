package connectors

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Binding links one Odoo record and one record of a backend.
type Binding struct {
	Backend string `json:"backend"`
	Model   string `json:"model"`
	// OdooID is 1 or more.
	OdooID int64 `json:"odoo_id,string"`
	// External is the backend's id; "0" is one like any other, "" is none.
	External string `json:"external_id"`
	// Synced is when the two were last made equal; zero when never.
	Synced time.Time `json:"synced,omitzero"`
	// Fingerprint is that of the record as it was last written to the backend, see
	// [Fingerprint]; Imported that of the record as it was last written to Odoo.
	Fingerprint string `json:"-"`
	Imported    string `json:"-"`
	// Written is the fingerprints of the fields that were last written, by field: a field whose present
	// one is another was changed since. Nil where no rule goes by single fields.
	Written map[string]string `json:"-"`
	// Updated is the backend's own time of the change that was last imported; zero when
	// none was, or the backend tells none.
	Updated time.Time `json:"-"`
	// Archived is a binding that is kept though it is not in use: its ids stay taken.
	Archived bool `json:"archived"`
}

// storedBinding adds what the API doesn't show.
type storedBinding struct {
	Binding
	Fingerprint string            `json:"fingerprint,omitempty"`
	Imported    string            `json:"imported,omitempty"`
	Written     map[string]string `json:"written,omitempty"`
	Updated     time.Time         `json:"updated,omitzero"`
}

func (s storedBinding) whole() Binding {
	b := s.Binding
	b.Fingerprint, b.Imported, b.Written, b.Updated = s.Fingerprint, s.Imported, s.Written, s.Updated
	return b
}

// ErrNotBound means that a record has no binding.
var ErrNotBound = errors.New("the record is not bound")

// BoundError is a binding that is refused since one of its records is bound to
// another one.
type BoundError struct {
	// Wanted is the binding that was refused.
	Wanted Binding
	// Has is the one that stands in the way.
	Has Binding
}

func (e *BoundError) Error() string {
	w, h := e.Wanted, e.Has
	if h.OdooID == w.OdooID {
		return fmt.Sprintf("%s %d can't be bound to %q of backend %q: it is bound to %q", w.Model, w.OdooID, w.External, w.Backend, h.External)
	}
	return fmt.Sprintf("%q of backend %q can't be bound to %s %d: it is bound to %d", w.External, w.Backend, w.Model, w.OdooID, h.OdooID)
}

// Fingerprint returns a short text that is the same for equal values and differs
// for others: 32 hexadecimal digits of the SHA-256 of v's JSON.
func Fingerprint(v any) (string, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("fingerprint: %w", err)
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16]), nil
}
