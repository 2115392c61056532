package connectors

import (
	"iter"
	"strings"

	"crema/store"
)

var (
	escapeChild   = strings.NewReplacer("%", "%25", "/", "%2F")
	unescapeChild = strings.NewReplacer("%25", "%", "%2F", "/")
)

// ChildID is the external id of a record that has none of its own, but a key that is
// unique among the lines of its parent: "7/3" is line 3 of record 7. A slash or per
// cent sign within one of the two is escaped, so that no other two have this id; a
// child's id can be a parent.
func ChildID(parent, key string) string {
	return escapeChild.Replace(parent) + "/" + escapeChild.Replace(key)
}

// Children runs over the model's bindings whose external id is the [ChildID] of this
// parent, with their keys, archived ones included. One that can't be read ends it, with
// its error kept by the transaction. The model's ids must all be made by ChildID.
func (b Binder) Children(tx *store.Tx, parent string) iter.Seq2[string, Binding] {
	return func(yield func(string, Binding) bool) {
		prefix := ChildID(parent, "")
		for k, n := range bindingsByExternal.From(tx, b.externalKey(prefix)) {
			key, child := strings.CutPrefix(k.C, prefix)
			if k.A != b.backend || k.B != b.model || !child {
				return
			}
			bound, _, err := getBinding(tx, n)
			if err != nil || !yield(unescapeChild.Replace(key), bound) {
				return
			}
		}
	}
}
