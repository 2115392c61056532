package queue

import (
	"encoding/json"
	"fmt"

	"crema/store"
)

// Arguments gives what a job was enqueued with, as JSON, and the version of its form (Kind.Version). Who shows them to people has to know
// that the kind puts no secret there. It returns ErrNotFound.
func (q *Queue) Arguments(tx *store.Tx, id ID) (args json.RawMessage, version int, err error) {
	s, ok, err := find(tx, id)
	if err == nil && !ok {
		err = fmt.Errorf("job %s: %w", id, ErrNotFound)
	}
	if err != nil || !s.Apart {
		return s.Args, s.Version, err
	}
	args, ok, err = argsBucket.Get(tx, id)
	if err == nil && !ok {
		err = fmt.Errorf("job %s: its arguments are gone from the store", id)
	}
	return args, s.Version, err
}
