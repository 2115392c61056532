package connectortest

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"crema/connectors"
	"crema/store"
)

// Pair is two empty systems in memory, and what the suites [Exporter] and [Importer] must
// know of the records S of one that become records D of the other. Odoo's ids are decimal,
// from 1 on.
type Pair[S, D any] struct {
	// Model is that of the bindings.
	Model  string
	Source *Memory[S]
	Target *Memory[D]
	// New makes record n of a new one; Change changes one in a way that the other system
	// shall learn of, another one for each n.
	New    func(s *S, n int)
	Change func(s *S, n int)
	// Same says whether the target's record has all that it shall have of the source's.
	Same func(s S, d D) bool

	// What a synchronizer need not have; what is nil is not tried.

	// Omit makes a record one that is not to be synchronised.
	Omit func(s *S)
	// Spoil makes a record one that must not be written.
	Spoil func(s *S)
	// Need has a record need another one of its model, by id.
	Need func(s *S, id string)
	// Edit changes, in the target, what Change changes in the source, and Rule is what holds
	// then.
	Edit func(d *D, n int)
	Rule connectors.Rule
}

// syncRig is one synchronizer in one part of a suite. once synchronises a record for a Work.
type syncRig[S, D any] struct {
	testing.TB
	Pair[S, D]
	board   *Board
	backend connectors.Backend
	once    func(w *connectors.Work, ctx context.Context, id string, force bool) (connectors.Result, error)
	// bindingOf is the binding of a source's record, and target the id there.
	bindingOf func(tx *store.Tx, b connectors.Binder, source string) (connectors.Binding, bool, error)
	targetOf  func(connectors.Binding) string
	n         int
}

// syncParts are the parts that exporters and importers have in common.
func syncParts[S, D any](t testing.TB, open func(t testing.TB) *syncRig[S, D]) {
	t.Helper()
	for _, p := range []struct {
		name string
		run  func(*syncRig[S, D])
	}{
		{"create", (*syncRig[S, D]).creates},
		{"nothing", (*syncRig[S, D]).nothing},
		{"update", (*syncRig[S, D]).updates},
		{"force", (*syncRig[S, D]).forces},
		{"skip", (*syncRig[S, D]).skips},
		{"invalid", (*syncRig[S, D]).invalid},
		{"gone from the source", (*syncRig[S, D]).sourceGone},
		{"gone from the target", (*syncRig[S, D]).targetGone},
		{"order", (*syncRig[S, D]).order},
		{"retry", (*syncRig[S, D]).retries},
		{"answer lost", (*syncRig[S, D]).answerLost},
		{"power cut", (*syncRig[S, D]).powerCut},
		{"lock", (*syncRig[S, D]).locks},
		{"panic", (*syncRig[S, D]).panics},
		{"context over", (*syncRig[S, D]).contextOver},
		{"no transaction", (*syncRig[S, D]).noTransaction},
		{"archived", (*syncRig[S, D]).archived},
		{"dependency", (*syncRig[S, D]).dependency},
		{"cycle", (*syncRig[S, D]).cycle},
		{"conflict", (*syncRig[S, D]).conflict},
	} {
		part(t, p.name, func(t testing.TB) { p.run(open(t)) })
	}
}

// work is a Work of the pair's backend on a board.
func (r *syncRig[S, D]) work(b *Board) *connectors.Work {
	return connectors.NewWork(b.Environment, r.backend)
}

// add makes a record in the source.
func (r *syncRig[S, D]) add() string {
	r.n++
	return r.Source.Put("", func(s *S) { r.New(s, r.n) })
}

// change changes a record in the source.
func (r *syncRig[S, D]) change(id string, how func(*S)) {
	if how == nil {
		r.n++
		how = func(s *S) { r.Change(s, r.n) }
	}
	r.Source.Put(id, how)
}

// sync synchronises a record and fails the test where that is no success of this effect.
func (r *syncRig[S, D]) sync(id string, force bool, want connectors.Effect) {
	r.Helper()
	got, err := r.once(r.work(r.board), r.Context(), id, force)
	if err != nil || got.Effect != want {
		r.Fatalf("record %s: %+v, %v; want %q", id, got, err, want)
	}
	if got.Text == "" {
		r.Errorf("record %s: %q says nothing to people: it has no Text", id, got.Effect)
	}
}

// fails synchronises a record, which must fail.
func (r *syncRig[S, D]) fails(id string) error {
	r.Helper()
	got, err := r.once(r.work(r.board), r.Context(), id, false)
	if err == nil {
		r.Fatalf("record %s: %+v; want an error", id, got)
	}
	return err
}

// binding is that of a source's record; the zero one: there is none.
func (r *syncRig[S, D]) binding(b *Board, id string) (found connectors.Binding) {
	r.Helper()
	b.view(r, func(tx *store.Tx) (err error) {
		found, _, err = r.bindingOf(tx, connectors.NewBinder(r.backend.Name, r.Model), id)
		return err
	})
	return found
}

// equal holds the target's only record of a source's, that it is bound to, against it.
func (r *syncRig[S, D]) equal(id string) {
	r.Helper()
	at := r.targetOf(r.binding(r.board, id))
	d, there := r.Target.All()[at]
	if !there {
		r.Errorf("record %s is bound to %q, which is not there; there are %v", id, at, r.Target.All())
		return
	}
	if s := r.Source.All()[id]; !r.Same(s, d) {
		r.Errorf("record %s is %+v, and not what %+v shall be", id, d, s)
	}
}

// count fails the test unless the target has so many records.
func (r *syncRig[S, D]) count(want int) {
	r.Helper()
	if all := r.Target.All(); len(all) != want {
		r.Errorf("the target has %d records, want %d: %v", len(all), want, all)
	}
}

// quiet fails the test if the target was changed since the last look.
func (r *syncRig[S, D]) quiet(what string) {
	r.Helper()
	if changes := r.changes(); len(changes) > 0 {
		r.Errorf("%s: the target was told %q", what, changes)
	}
}

func (r *syncRig[S, D]) changes() []string {
	return slices.DeleteFunc(r.Target.Calls(), func(c string) bool {
		op, _, _ := strings.Cut(c, " ")
		return op == "read" || op == "search" || op == "page"
	})
}

// away is an error of a system that does not answer.
func away() error { return &connectors.NetworkError{Err: errors.New("connection reset")} }

func recent(at time.Time, b *Board) bool { return !at.IsZero() && !at.After(b.Now()) }
