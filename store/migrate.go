package store

import (
	"fmt"
	"log/slog"

	"go.etcd.io/bbolt"
)

// Migration brings a file from the version before to Version. Up runs once for each
// file, in a transaction of its own that also records it: it is done or not done,
// whatever happens. New files run all of them, so Up may find no bucket and must
// not mind; it may be nil.
type Migration struct {
	Version int
	Name    string
	Up      func(*Tx) error
}

// applied is what the file says of one migration; that of version 0 marks the file
// as ours.
type applied struct {
	Name string `json:"name"`
}

// schema lists the migrations that were applied, by version.
var schema = NewBucket[uint64, applied]("store.schema", Uint64Key())

// formatName marks a file as a store of crema's.
const formatName = "crema store"

// validate refuses migrations that are not 1, 2, 3 …
func validate(ms []Migration) error {
	for i, m := range ms {
		if m.Version != i+1 {
			return fmt.Errorf("migration %q has version %d, its place is %d", m.Name, m.Version, i+1)
		}
	}
	return nil
}

func migrate(db *bbolt.DB, path string, ms []Migration, log *slog.Logger) error {
	panic("todo")
}
