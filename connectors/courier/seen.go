package courier

import (
	"time"

	"crema/store"
)

// seen is what is known of a file that is there.
type seen struct {
	Size     int64     `json:"size"`
	Modified time.Time `json:"modified"`
	// Import is the one that has its content; 0 while none has.
	Import uint64 `json:"import,omitempty"`
	// Hash is of the content that was imported; Before is the import of it, where the file's time
	// has changed since.
	Hash   string `json:"hash,omitempty"`
	Before uint64 `json:"before,omitempty"`
	// Refused is why it can't be imported at all.
	Refused string `json:"refused,omitempty"`
}

// settled tells whether its content was taken, or refused.
func (s seen) settled() bool { return s.Import != 0 || s.Refused != "" }

// like tells whether two looks found the same size and time.
func (s seen) like(o seen) bool { return s.Size == o.Size && s.Modified.Equal(o.Modified) }

// files are known by backend and name.
var seenFiles = store.NewBucket[store.Pair[string, string], seen]("courier.seen", store.PairKey(store.StringKey(), store.StringKey()))

func fileKey(backend, name string) store.Pair[string, string] {
	return store.Pair[string, string]{A: backend, B: name}
}

// forget removes what is known of files that are gone.
func forget(tx *store.Tx, backend string, gone func(name string) bool) error {
	var keys []store.Pair[string, string]
	for k := range seenFiles.Prefix(tx, store.Leading(store.StringKey(), backend)) {
		if gone(k.B) {
			keys = append(keys, k)
		}
	}
	for _, k := range keys {
		if err := seenFiles.Delete(tx, k); err != nil {
			return err
		}
	}
	return nil
}
