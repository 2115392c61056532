package secret

import (
	"iter"

	"crema/store"
)

// Vault keeps sealed values by name in the store.
type Vault struct{ Box *Box }

// Put seals value under name.
func (v Vault) Put(tx *store.Tx, name string, value []byte) error { panic("todo") }

// Get opens the value under name, and says whether there is one.
func (v Vault) Get(tx *store.Tx, name string) ([]byte, bool, error) { panic("todo") }

// Delete takes name out.
func (v Vault) Delete(tx *store.Tx, name string) error { panic("todo") }

// Names gives all names in order.
func (v Vault) Names(tx *store.Tx) iter.Seq[string] { panic("todo") }
