package store

import (
	"errors"
	"fmt"

	"go.etcd.io/bbolt"
)

// Tx is a transaction, given to the function of a View or an Update and good until
// that function returns. It belongs to the goroutine that the function was called on.
type Tx struct {
	shared *shared
	hooks  []func()
	last   []last // see BeforeCommit
	err    error  // what a bucket found that has no error to return it by
	view   bool   // it only reads: see Tx.View
	wrote  bool   // something was written by this step
	grew   int64  // bytes put, less those replaced and deleted
	adds   bool   // something was put that is longer than what it replaced
	key    []byte // room for encoding keys
}

// shared is what the steps of one bbolt transaction have in common.
type shared struct {
	store   *Store
	bolt    *bbolt.Tx
	buckets map[string]*opened
	layer   *layer        // that lies over the tree; with direct, over nothing
	direct  bool          // what is written goes into the tree
	rest    *layer        // that is to lie over the tree when layer was moved there; nil: none
	written int           // bytes of the record for the log, or a few more
	local   map[*byte]any // see Local
	last    []last        // of the steps that were run
}

// last is what runs before a commit.
type last struct {
	key any
	fn  func(*Tx) error
	of  *step
}

// OnCommit has f called when the transaction is on disk: not at all if it is rolled
// back, and once even if the function ran more than once. The hooks of an Update
// run in order, on the committer's goroutine and outside of any lock, before Update
// returns; they must be short, as all writers wait for them, and may View, but not
// Update. A View calls none.
func (tx *Tx) OnCommit(f func()) { tx.hooks = append(tx.hooks, f) }

// BeforeCommit has f run in the same commit after the functions of all Updates that it
// holds: once for a key, however many asked. It is for what is dear and would have to
// be done again after the next of them. f is as an Update's function; if it fails, so
// does the Update that asked first, and the others run again without it. In a View, and
// within f itself, it does nothing.
func (tx *Tx) BeforeCommit(key any, f func(*Tx) error) {
	tx.last = append(tx.last, last{key: key, fn: f})
}

// View runs fn on what tx sees, with what was written so far, and lends it a Tx that only
// reads: a write is refused with ErrView. It is for code that may look and must not touch.
// What fn gives to OnCommit is called as if tx had been asked, if fn returned nil. It
// returns what Store.View would: fn's error, that of a bucket, or a *PanicError; tx
// itself is as it was and can go on.
func (tx *Tx) View(fn func(*Tx) error) error {
	tx.bolt() // panics when tx has ended
	look := &Tx{shared: tx.shared, view: true}
	if err := tx.shared.store.call(look, fn); err != nil {
		return err
	}
	tx.hooks = append(tx.hooks, look.hooks...)
	return nil
}

// Writable says whether this is an Update, and not a View within one.
func (tx *Tx) Writable() bool { return !tx.view && tx.bolt().Writable() }

// bolt is the transaction below; it panics when tx was kept longer than its function.
func (tx *Tx) bolt() *bbolt.Tx {
	if tx.shared == nil {
		panic("store: a Tx was used after its function had returned")
	}
	return tx.shared.bolt
}

// bucket gives the bucket, or nil if nothing was ever put into it.
func (tx *Tx) bucket(name string) *opened {
	tx.bolt() // panics when tx has ended
	return tx.shared.open(name)
}

// writeBucket gives the bucket, makes it if need be, and notes the write.
func (tx *Tx) writeBucket(name string) (*opened, error) {
	if !tx.Writable() {
		return nil, fmt.Errorf("bucket %q: %w", name, ErrView)
	}
	tx.wrote = true
	o, err := tx.shared.openToWrite(name)
	if err != nil {
		return nil, fmt.Errorf("bucket %q: %w", name, err)
	}
	o.version++
	return o, nil
}

// fail keeps an error for View or Update to return.
func (tx *Tx) fail(err error) {
	if tx.err == nil {
		tx.err = err
	}
}

// end closes tx and joins what its function returned with what its buckets found.
func (tx *Tx) end(err error) error {
	tx.shared = nil
	if tx.err == nil || errors.Is(err, tx.err) {
		return err
	}
	return errors.Join(err, tx.err)
}
