package standin

import (
	"maps"
	"slices"
)

// A model is one of Odoo's tables as far as crema calls it.
type model struct {
	name    string
	title   string // in Odoo's words, for messages
	order   string // when a search names none
	fields  []*field
	rights  map[string]right               // by operation; without an entry everyone may read and nobody may do else
	methods map[string]*method             // besides those that every model has
	shown   func(c *call, row Values) bool // which records the user sees; nil: all
	until   int                            // the last version that has it; 0: all have
}

// modelOf finds a model of this version; nil: it has none of that name.
func (s *Server) modelOf(name string) *model {
	if m := s.models[name]; m != nil && (m.until == 0 || s.major() <= m.until) {
		return m
	}
	return nil
}

// A right says who may do an operation: the members of any of the groups.
type right struct {
	groups []string // the stand-in's, see [User]
	labels []string // Odoo's, for messages
}

func (m *model) field(name string) *field {
	for _, f := range m.fields {
		if f.name == name {
			return f
		}
	}
	return nil
}

// visible finds a field that Odoo has too.
func (m *model) visible(name string) *field {
	if f := m.field(name); f != nil && !f.hidden {
		return f
	}
	return nil
}

// A table holds a model's records.
type table struct {
	next int64 // id of the next record
	rows map[int64]Values
}

func newTable() *table { return &table{next: 1, rows: make(map[int64]Values)} }

func (t *table) ids() []int64 { return slices.Sorted(maps.Keys(t.rows)) }

// take gives the next id. Like a sequence of PostgreSQL it is gone even if the record isn't made.
func (t *table) take() int64 {
	id := t.next
	t.next++
	return id
}

// Insert puts a record in, or replaces it, without any of Odoo's checks; id 0 takes the next one. It panics on a
// model, field or value that the stand-in doesn't have: that is a mistake of the program.
func (s *Server) Insert(modelName string, id int64, v Values) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.insert(modelName, id, v)
}

func (s *Server) insert(modelName string, id int64, v Values) int64 {
	m, t := s.models[modelName], s.tables[modelName]
	if m == nil {
		panic("standin: no model " + modelName)
	}
	if id == 0 {
		id = t.take()
	}
	t.next = max(t.next, id+1)
	row := Values{}
	for _, f := range m.fields {
		if f.compute == nil && f.name != "id" {
			zero, err := f.keep(nil)
			if err != nil {
				panic(err)
			}
			row[f.name] = zero
		}
	}
	for name, value := range v {
		f := m.field(name)
		if f == nil || f.compute != nil {
			panic("standin: " + modelName + " keeps no field " + name)
		}
		kept, err := f.keep(value)
		if err != nil {
			panic("standin: " + modelName + "." + name + ": " + err.Error())
		}
		row[name] = kept
	}
	now := s.now().UTC().Format(stamp)
	for _, name := range []string{"create_date", "write_date"} {
		if m.field(name) != nil && row[name] == "" {
			row[name] = now
		}
	}
	t.rows[id] = row
	return id
}
