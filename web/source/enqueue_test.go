package source

import (
	"testing"

	"crema/queue"
	"crema/store"
)

func enqueue[A any](t *testing.T, p *Parts, k queue.Kind[A], args A, o queue.Options) (id queue.ID) {
	t.Helper()
	err := p.Store.Update(t.Context(), func(tx *store.Tx) (err error) {
		id, err = queue.Enqueue(tx, p.Queue, k, args, o)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return id
}
