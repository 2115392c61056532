package connectors

// Rule says what becomes of a field that was changed in Odoo and in the backend since
// they were last made equal.
type Rule string

// The rules.
const (
	// OdooWins overwrites what was changed in the backend.
	OdooWins Rule = "odoo"
	// BackendWins overwrites what was changed in Odoo.
	BackendWins Rule = "backend"
	// Ask leaves both as they are and opens a checkpoint. It closes by itself when both
	// sides have the same value, or one of them its former one.
	Ask Rule = "ask"
)

// Shared is a field that people change on both sides. The importer and the exporter of a
// model are given the same.
type Shared[L, R any] struct {
	odoo, backend string
	ofOdoo        func(*L) any
	ofBackend     func(*R) any
	rule          Rule
}

// Share declares a field that people change on both sides: what it is called in the
// mapping to Odoo and in the one to the backend, its value in a record of either, in the
// same terms, and what holds where both were changed. Two values are the same when their
// JSON is; what a backend rounds or cuts, ofOdoo must round or cut as well.
//
//	connectors.Share("list_price", func(p *product) string { return p.Price },
//		"price", func(s *slot) string { return s.Price }, connectors.Ask)
func Share[L, R, V any](odoo string, ofOdoo func(*L) V, backend string, ofBackend func(*R) V, rule Rule) Shared[L, R] {
	return Shared[L, R]{
		odoo: odoo, backend: backend, rule: rule,
		ofOdoo:    func(l *L) any { return ofOdoo(l) },
		ofBackend: func(r *R) any { return ofBackend(r) },
	}
}

// The reasons of checkpoints about shared fields. The record is the external id.
const (
	// ReasonConflict is a conflict that waits for a person.
	ReasonConflict = "conflict"
	// ReasonConflictSettled tells which side's value a rule kept.
	ReasonConflictSettled = "conflict_settled"
)
