package apikey

import (
	"encoding/json"
	"fmt"
	"time"

	"crema/store"
)

// Vault keeps what is sealed, by name, as secret.Vault does.
type Vault interface {
	// Get opens what is kept under a name, and says whether there is something.
	Get(tx *store.Tx, name string) ([]byte, bool, error)
	// Put seals a value in place of the one before.
	Put(tx *store.Tx, name string, value []byte) error
}

// sealedAs is the name in the vault.
const sealedAs = "odoo.own"

// kept are the board's keys, all in one sealed entry.
type kept struct {
	// Given is the key that a person has entered: with another one what follows counts no more.
	Given string `json:"given"`
	// Among are the ids in Odoo of the keys that it may be, Former of those that given keys before it may have been.
	Among  []int64 `json:"among,omitempty"`
	Former []int64 `json:"former,omitempty"`
	// Own is used instead; nil: the given one is used.
	Own *made `json:"own,omitempty"`
	// Next was made and is not proved yet.
	Next *made `json:"next,omitempty"`
	// Old are to be revoked.
	Old []made `json:"old,omitempty"`
}

// made is a key that Odoo made for the board.
type made struct {
	Key  string    `json:"key"`
	Name string    `json:"name"`
	Ends time.Time `json:"ends"`
	// Revoke is from when on it may be revoked; zero while it is used.
	Revoke time.Time `json:"revoke,omitzero"`
}

func (h kept) inUse() string {
	if h.Own != nil {
		return h.Own.Key
	}
	return h.Given
}

// retire is h without the keys that it had, which are to be revoked at a time.
func (h kept) retire(at time.Time, keys ...*made) kept {
	old := append([]made(nil), h.Old...)
	for _, m := range keys {
		if m != nil {
			m := *m
			m.Revoke = at
			old = append(old, m)
		}
	}
	h.Old = old
	return h
}

func (k *Keeper) get(tx *store.Tx) (h kept, err error) {
	b, ok, err := k.c.Vault.Get(tx, sealedAs)
	if err != nil || !ok {
		return h, err
	}
	if err := json.Unmarshal(b, &h); err != nil {
		return kept{}, fmt.Errorf("the board's own API keys: %d bytes that are none", len(b)) // json's error may repeat some of them
	}
	return h, nil
}

func (k *Keeper) put(tx *store.Tx, h kept) error {
	b, err := json.Marshal(h)
	if err != nil {
		return err
	}
	return k.c.Vault.Put(tx, sealedAs, b)
}

// Seen is what is known of the key in use.
type Seen struct {
	Name string    `json:"name,omitempty"` // in Odoo; empty: unknown
	Ends time.Time `json:"ends,omitzero"`  // zero: never, or unknown
	// Several is how many keys it may be, where that can't be told: Ends is that of the first to end.
	Several int `json:"several,omitempty"`
	// Cannot is why Odoo made no other key, in its words; empty: it did, or was not asked.
	Cannot string `json:"cannot,omitempty"`
	// Told is what a checkpoint said last, so that one that was reviewed is not opened again.
	Told string `json:"told,omitempty"`
}

var seen = store.NewBucket[string, Seen]("odoo.apikey", store.StringKey())

// inUse is the key of the bucket's one record.
const inUse = "in use"

// Seen is what the last look at the key has found; the zero value before the first.
func (k *Keeper) Seen(tx *store.Tx) (Seen, error) {
	s, _, err := seen.Get(tx, inUse)
	return s, err
}

// see keeps what a look has found. Where that is what is known already, nothing is written.
func (k *Keeper) see(tx *store.Tx, s Seen) error {
	old, ok, err := seen.Get(tx, inUse)
	if err != nil || ok && old == s {
		return err
	}
	return seen.Put(tx, inUse, s)
}
