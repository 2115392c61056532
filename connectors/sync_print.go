package connectors

import (
	"context"
	"maps"
)

// print is the fingerprint of what a mapping made: of the values and of which are set.
func (m Mapped[D]) print() (string, error) {
	return Fingerprint(struct {
		Fields []string
		Record D
	}{m.set, m.Record})
}

// mappedPrint is the print of a record as the next mapping for an update would make it:
// without what is set on create alone.
func mappedPrint[S, D any](ctx context.Context, w *Work, mapper *Mapper[S, D], src *S) (string, error) {
	m, err := mapper.Map(ctx, w, src)
	if err != nil {
		return "", err
	}
	return m.print()
}

// kept tells whether a binding is stored as it is, but for its sync date. What a task
// read under the lock of the record stays true while it has it.
func (t *task) kept(b Binding) bool {
	was := t.bound
	return was.OdooID == b.OdooID && was.External == b.External && was.Fingerprint == b.Fingerprint && was.Imported == b.Imported &&
		was.Updated.Equal(b.Updated) && was.Archived == b.Archived && maps.Equal(was.Written, b.Written)
}
