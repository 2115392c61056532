package connectors

import "slices"

// Mapped is a record that a [Mapper] made, and which of its fields were set: a field
// that holds false, 0 or "" is another thing than one that was not set. The zero value
// has none set.
type Mapped[D any] struct {
	// Record has the zero value in fields that were not set.
	Record D
	// ForCreate is a record that is to be made, not changed.
	ForCreate bool

	set []string
}

// Has says whether a field was set. Who changes a record writes only those.
func (m Mapped[D]) Has(field string) bool { return slices.Contains(m.set, field) }

// Fields are those that were set, in the order of the mapping; none: nothing is to be
// written.
func (m Mapped[D]) Fields() []string { return slices.Clone(m.set) }

// Force sets a field, whatever the mapping made of it: in [Mapper.Finalize], or when the
// mapping is done. What is forced then wins over all that the mapper did.
func (m *Mapped[D]) Force(field string, set func(*D)) {
	set(&m.Record)
	m.mark(field)
}

func (m *Mapped[D]) mark(field string) {
	if !m.Has(field) {
		m.set = append(slices.Clip(m.set), field)
	}
}
