package store

// Local is a place in a transaction's memory: what a package has worked out from the
// buckets and would have to work out again for the next Update of the same commit.
// It lives as long as the transaction on disk does: the Updates that are committed
// together share it, and where one of them fails after it wrote something, so that the
// others run again, it is gone with what it was worked out from.
//
// Whoever keeps something in a Local changes it along with the buckets, in the same
// function. Within a Tx.View, which can't change the buckets, nothing is shared: each Get
// makes it anew. It is a value declared once as a package's variable, and belongs to the
// goroutine of the transaction.
type Local[T any] struct{ key *byte }

// NewLocal makes a place of its own.
func NewLocal[T any]() Local[T] { return Local[T]{key: new(byte)} }

// Get gives what the transaction holds, made with make if it holds nothing yet.
func (l Local[T]) Get(tx *Tx, make func() (*T, error)) (*T, error) {
	tx.bolt() // panics when tx has ended
	if tx.view {
		return make()
	}
	if v, ok := tx.shared.local[l.key]; ok {
		return v.(*T), nil
	}
	v, err := make()
	if err != nil {
		return nil, err
	}
	if tx.shared.local == nil {
		tx.shared.local = map[*byte]any{}
	}
	tx.shared.local[l.key] = v
	return v, nil
}

// Forget drops what the transaction holds; the next Get makes it anew.
func (l Local[T]) Forget(tx *Tx) {
	tx.bolt()
	if tx.view {
		return
	}
	delete(tx.shared.local, l.key)
}
