package standin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
)

// saved is how a state looks at rest: by model, its next id and its records by id.
type saved map[string]struct {
	Next int64             `json:"next"`
	Rows map[string]Values `json:"rows"`
}

// Save gives the whole state as JSON, without the rules in force. Keys are in it in clear.
func (s *Server) Save() ([]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make(saved)
	for name, t := range s.tables {
		e := all[name]
		e.Next, e.Rows = t.next, make(map[string]Values)
		for id, row := range t.rows {
			e.Rows[strconv.FormatInt(id, 10)] = row
		}
		all[name] = e
	}
	return json.MarshalIndent(all, "", " ")
}

// Load replaces the whole state by one that Save gave. One that can't be read changes nothing.
func (s *Server) Load(b []byte) error {
	var all saved
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(&all); err != nil {
		return fmt.Errorf("stand-in state: %w", err)
	}
	tables := make(map[string]*table)
	for name := range s.models {
		tables[name] = newTable()
	}
	for name, e := range all {
		m := s.models[name]
		if m == nil {
			return fmt.Errorf("stand-in state: no model %q", name)
		}
		tables[name].next = e.Next
		for key, row := range e.Rows {
			id, err := strconv.ParseInt(key, 10, 64)
			if err != nil {
				return fmt.Errorf("stand-in state: %s: id %q is not a number", name, key)
			}
			kept := Values{}
			for _, f := range m.fields {
				if f.compute != nil || f.name == "id" {
					continue
				}
				if kept[f.name], err = f.keep(row[f.name]); err != nil {
					return fmt.Errorf("stand-in state: %s %d: %s: %w", name, id, f.name, err)
				}
			}
			tables[name].rows[id] = kept
			tables[name].next = max(tables[name].next, id+1)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tables = tables
	return nil
}
