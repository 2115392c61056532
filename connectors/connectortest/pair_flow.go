package connectortest

import (
	"errors"
	"slices"
	"strings"

	"crema/connectors"
	"crema/queue"
)

// creates: a record gets to the target, and is bound.
func (r *syncRig[S, D]) creates() {
	a, b := r.add(), r.add()
	r.sync(a, false, connectors.EffectCreated)
	r.sync(b, false, connectors.EffectCreated)
	r.count(2)
	r.equal(a)
	r.equal(b)
	if bound := r.binding(r.board, a); !recent(bound.Synced, r.board) {
		r.Errorf("the binding was made at %v by the board's clock: Synced is when both were made equal", bound.Synced)
	}
}

// nothing: a record that was not changed is not written.
func (r *syncRig[S, D]) nothing() {
	id := r.add()
	r.sync(id, false, connectors.EffectCreated)
	r.nothingLeft(id)
}

// nothingLeft fails the test unless a record is as it shall be, for the synchronizer too.
func (r *syncRig[S, D]) nothingLeft(id string) {
	r.Helper()
	r.changes()
	got, err := r.once(r.work(r.board), r.Context(), id, false)
	if err != nil || !slices.Contains([]connectors.Effect{connectors.EffectNothing, connectors.EffectUpToDate}, got.Effect) {
		r.Errorf("a record that was not changed: %+v, %v; want %q or %q", got, err, connectors.EffectNothing, connectors.EffectUpToDate)
	}
	r.quiet("a record that was not changed")
}

// updates: what was changed gets to the same record.
func (r *syncRig[S, D]) updates() {
	id := r.add()
	r.sync(id, false, connectors.EffectCreated)
	for range 3 {
		r.change(id, nil)
		r.sync(id, false, connectors.EffectUpdated)
		r.equal(id)
	}
	r.count(1)
}

// forces: what is forced is written, changed or not.
func (r *syncRig[S, D]) forces() {
	id := r.add()
	r.sync(id, true, connectors.EffectCreated)
	r.changes()
	r.sync(id, true, connectors.EffectUpdated)
	if len(r.changes()) == 0 {
		r.Errorf("a record whose sync was forced is not written")
	}
	r.equal(id)
	r.count(1)
}

// skips: a record that is not to be synchronised is neither written nor bound.
func (r *syncRig[S, D]) skips() {
	if r.Omit == nil {
		return
	}
	id := r.add()
	r.change(id, r.Omit)
	r.sync(id, false, connectors.EffectSkipped)
	r.quiet("a record that is skipped")
	if bound := r.binding(r.board, id); bound.OdooID != 0 {
		r.Errorf("a record that was skipped is bound: %+v", bound)
	}
	other := r.add()
	r.sync(other, false, connectors.EffectCreated)
	bound := r.binding(r.board, other)
	r.changes()
	r.change(other, r.Omit)
	r.sync(other, false, connectors.EffectSkipped)
	r.quiet("a record that is skipped by now")
	if now := r.binding(r.board, other); r.targetOf(now) != r.targetOf(bound) {
		r.Errorf("a record that is skipped by now is bound to %q, was to %q", r.targetOf(now), r.targetOf(bound))
	}
}

// invalid: a record that must not be written ends the job, with words, and is not written.
func (r *syncRig[S, D]) invalid() {
	if r.Spoil == nil {
		return
	}
	id := r.add()
	r.change(id, r.Spoil)
	err := r.fails(id)
	if _, is := errors.AsType[*connectors.InvalidDataError](err); !is || !queue.IsPermanent(connectors.Outcome(err)) {
		r.Errorf("a record that must not be written: %v; want an *InvalidDataError, which ends the job", err)
	}
	if !strings.Contains(err.Error(), id) {
		r.Errorf("a record that must not be written: %v; it does not say which", err)
	}
	r.quiet("a record that must not be written")
	r.change(id, func(s *S) { var none S; *s = none; r.New(s, 1) })
	r.sync(id, false, connectors.EffectCreated) // once it is mended
}

// sourceGone: a record that is gone is no error, and nothing is written.
func (r *syncRig[S, D]) sourceGone() {
	id := r.add()
	r.sync(id, false, connectors.EffectCreated)
	r.changes()
	r.Source.Remove(id)
	r.sync(id, false, connectors.EffectGone)
	r.quiet("a record that is gone")
}

// targetGone: a record that the target lost is made anew and bound anew, once. The target
// remembers the key of the one that it lost.
func (r *syncRig[S, D]) targetGone() {
	id := r.add()
	r.sync(id, false, connectors.EffectCreated)
	for range 2 {
		r.Target.Remove(r.targetOf(r.binding(r.board, id)))
		r.change(id, nil)
		r.sync(id, false, connectors.EffectCreated)
		r.count(1)
		r.equal(id)
	}
	r.change(id, nil)
	r.sync(id, false, connectors.EffectUpdated)
	r.equal(id)
}

// order: a record is locked before it is read, written when it is known, and bound when the
// target has it. Whoever looks at the Trace of the Work sees these steps.
func (r *syncRig[S, D]) order() {
	id := r.add()
	w := r.work(r.board)
	var steps []string
	see := func(s string) { steps = append(steps, s) }
	w.Trace = func(step string) {
		_, short, _ := strings.Cut(step, ": ")
		see(short)
	}
	r.Source.Inject(Fault{Op: "read", Then: func() { see("SOURCE READ") }})
	r.Target.Inject(Fault{Op: "create", Then: func() {
		see("TARGET CREATED")
		if b := r.binding(r.board, id); b.OdooID != 0 {
			r.Errorf("the record is bound before the target has it: %+v", b)
		}
	}})
	if got, err := r.once(w, r.Context(), id, false); err != nil || got.Effect != connectors.EffectCreated {
		r.Fatalf("%+v, %v", got, err)
	}
	at := 0
	want := []string{"lock", "SOURCE READ", "map", "create", "TARGET CREATED", "bind"}
	for _, s := range steps {
		if at < len(want) && s == want[at] {
			at++
		}
	}
	if at < len(want) {
		r.Errorf("the steps are %q; want %q in this order", steps, want)
	}
}
