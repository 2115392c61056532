package connectors

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"crema/store"
)

// settlement is what becomes of the shared fields of one record.
type settlement struct {
	// keep are the fields of the destination that are not to be written, and send those
	// that are.
	keep, send []string
	// sent are the fingerprints of what is sent, by Odoo's names.
	sent map[string]string
	// written is what [Binding.Written] becomes.
	written map[string]string
	// back is that the other direction has something to do: a value of the destination
	// was changed, and stays.
	back     bool
	settled  []string // what rules decided, for people
	ask      []string // what a person must decide
	anything bool     // there are shared fields
}

// settle compares the shared fields of a bound record, as Odoo and the backend have them
// now, with what they were when they were last equal. has says which of the destination's
// fields the mapping set.
func settle[L, R any](shared []Shared[L, R], d direction, last map[string]string, l *L, r *R, has func(string) bool) (s settlement, err error) {
	s = settlement{written: maps.Clone(last), sent: map[string]string{}, anything: len(shared) > 0}
	if s.written == nil {
		s.written = map[string]string{}
	}
	for _, f := range shared {
		odoo, err := valueOf(f.odoo, f.ofOdoo(l))
		if err != nil {
			return s, err
		}
		backend, err := valueOf(f.backend, f.ofBackend(r))
		if err != nil {
			return s, err
		}
		name, source, ours := f.backend, OdooWins, odoo
		if d == importing {
			name, source, ours = f.odoo, BackendWins, backend
		}
		was, known := s.written[f.odoo]
		wins, both := f.rule, false
		switch {
		case odoo.print == backend.print:
			s.keep = append(s.keep, name)
			s.written[f.odoo] = odoo.print
			continue
		case known && odoo.print == was:
			wins = BackendWins
		case known && backend.print == was:
			wins = OdooWins
		default:
			both = true
		}
		told := fmt.Sprintf("%s (Odoo has %s, the backend has %s)", f.odoo, odoo.text, backend.text)
		switch {
		case wins == Ask:
			s.keep, s.ask = append(s.keep, name), append(s.ask, told)
		case wins != source:
			s.keep, s.back = append(s.keep, name), true
		case has(name):
			s.send = append(s.send, name)
			s.written[f.odoo], s.sent[f.odoo] = ours.print, ours.print
		default:
			both = false // nothing is written, so nothing is settled
		}
		if both && wins != Ask {
			s.settled = append(s.settled, told+": the value of "+map[Rule]string{OdooWins: "Odoo", BackendWins: "the backend"}[wins]+" was kept")
		}
	}
	return s, nil
}

// printsOfOdoo are the fingerprints of the shared fields of a record of Odoo, by Odoo's
// names of them; printsOfBackend those of a record of the backend.
func printsOfOdoo[L, R any](shared []Shared[L, R], l *L) (map[string]string, error) {
	return prints(shared, func(f Shared[L, R]) any { return f.ofOdoo(l) })
}

func printsOfBackend[L, R any](shared []Shared[L, R], r *R) (map[string]string, error) {
	return prints(shared, func(f Shared[L, R]) any { return f.ofBackend(r) })
}

func prints[L, R any](shared []Shared[L, R], of func(Shared[L, R]) any) (map[string]string, error) {
	if len(shared) == 0 {
		return nil, nil
	}
	all := map[string]string{}
	for _, f := range shared {
		v, err := valueOf(f.odoo, of(f))
		if err != nil {
			return nil, err
		}
		all[f.odoo] = v.print
	}
	return all, nil
}

// record tells people of a settlement, in the commit that binds.
func (s settlement) record(tx *store.Tx, t *task, b Binding) error {
	if !s.anything {
		return nil
	}
	p := Checkpoint{Backend: t.w.Backend.Name, Model: t.model, Record: b.External}
	if len(s.settled) > 0 {
		p.Reason, p.Message = ReasonConflictSettled, fmt.Sprintf("%s %d was changed in Odoo and in the backend: %s.", t.model, b.OdooID, strings.Join(s.settled, "; "))
		if _, err := t.w.Checkpoints.Note(tx, p); err != nil {
			return err
		}
	}
	if len(s.ask) == 0 {
		return t.w.Checkpoints.ResolveCheckpoint(tx, p.Backend, p.Model, p.Record, ReasonConflict)
	}
	p.Reason, p.Message = ReasonConflict, fmt.Sprintf("%s %d was changed in Odoo and in the backend: %s. Give both the value that shall hold.",
		t.model, b.OdooID, strings.Join(s.ask, "; "))
	_, err := t.w.Checkpoints.OpenCheckpoint(tx, p)
	return err
}

// value is a field's value, to compare and to show.
type value struct{ print, text string }

const longestValue = 60 // in a message, in bytes

func valueOf(field string, v any) (value, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return value{}, fmt.Errorf("shared field %s: %w", field, err)
	}
	print, err := Fingerprint(json.RawMessage(raw))
	text := string(raw)
	if len(text) > longestValue {
		text = strings.ToValidUTF8(text[:longestValue], "") + "…"
	}
	return value{print, text}, err
}

// without takes fields out of those that were set.
func (m Mapped[D]) without(fields []string) Mapped[D] {
	m.set = slices.DeleteFunc(slices.Clone(m.set), func(f string) bool { return slices.Contains(fields, f) })
	return m
}
