package connectortest

import (
	"errors"
	"strconv"

	"crema/connectors"
	"crema/queue"
	"crema/store"
)

// archived: a binding out of use is still the binding of its record.
func (r *syncRig[S, D]) archived() {
	id := r.add()
	r.sync(id, false, connectors.EffectCreated)
	bound := r.binding(r.board, id)
	r.board.update(r, func(tx *store.Tx) error {
		return connectors.NewBinder(r.backend.Name, r.Model).Archive(tx, bound.OdooID, true)
	})
	r.change(id, nil)
	if _, err := r.once(r.work(r.board), r.Context(), id, false); err != nil {
		r.Errorf("a record whose binding is archived: %v", err)
	}
	r.count(1)
	if now := r.binding(r.board, id); !now.Archived || r.targetOf(now) != r.targetOf(bound) {
		r.Errorf("the archived binding is %+v now, was %+v", now, bound)
	}
}

// dependency: what a record needs gets there first, once, and only if it is not there.
func (r *syncRig[S, D]) dependency() {
	if r.Need == nil {
		return
	}
	needed, id, third := r.add(), r.add(), r.add()
	for _, of := range []string{id, third} {
		r.change(of, func(s *S) { r.Need(s, needed) })
	}
	r.sync(id, false, connectors.EffectCreated)
	r.count(2)
	r.equal(needed)
	r.equal(id)
	if a, b := r.targetOf(r.binding(r.board, needed)), r.targetOf(r.binding(r.board, id)); !before(a, b) {
		r.Errorf("the record that is needed was made as %q, after the one that needs it, %q", a, b)
	}
	r.sync(third, false, connectors.EffectCreated)
	r.count(3)
}

// before tells which of two records of a Memory was made first.
func before(a, b string) bool {
	n, _ := strconv.Atoi(a)
	m, err := strconv.Atoi(b)
	return err == nil && n < m
}

// cycle: records that need each other end the job, and nothing stays locked.
func (r *syncRig[S, D]) cycle() {
	if r.Need == nil {
		return
	}
	a, b := r.add(), r.add()
	r.change(a, func(s *S) { r.Need(s, b) })
	r.change(b, func(s *S) { r.Need(s, a) })
	err := ends(r, "a record that needs itself", func() error {
		_, err := r.once(r.work(r.board), r.Context(), a, false)
		return err
	})
	if _, is := errors.AsType[*connectors.CycleError](err); !is || !queue.IsPermanent(connectors.Outcome(err)) {
		r.Errorf("records that need each other: %v; want a *CycleError, which ends the job", err)
	}
	r.count(0)
	r.change(b, func(s *S) { var none S; *s = none; r.New(s, 9) })
	r.sync(a, false, connectors.EffectCreated)
	r.count(2)
}

// conflict: what was changed on both sides goes by the rule, and is recorded; what was
// changed in the target alone stays.
func (r *syncRig[S, D]) conflict() {
	if r.Edit == nil {
		return
	}
	id := r.add()
	r.sync(id, false, connectors.EffectCreated)
	at := r.targetOf(r.binding(r.board, id))
	r.Target.Put(at, func(d *D) { r.Edit(d, 1) })
	if _, err := r.once(r.work(r.board), r.Context(), id, true); err != nil {
		r.Errorf("a record that was changed in the target alone: %v", err)
	}
	if r.Same(r.Source.All()[id], r.Target.All()[at]) {
		r.Errorf("what was changed in the target alone is overwritten: %+v", r.Target.All()[at])
	}
	r.change(id, nil)
	r.Target.Put(at, func(d *D) { r.Edit(d, 2) })
	if _, err := r.once(r.work(r.board), r.Context(), id, false); err != nil {
		r.Errorf("a record that was changed on both sides: %v", err)
	}
	wins := r.Rule == connectors.OdooWins && r.odooIsSource() || r.Rule == connectors.BackendWins && !r.odooIsSource()
	if same := r.Same(r.Source.All()[id], r.Target.All()[at]); same != wins {
		r.Errorf("the rule is %q, the source is %+v, the target %+v", r.Rule, r.Source.All()[id], r.Target.All()[at])
	}
	state := connectors.CheckpointClosed
	if r.Rule == connectors.Ask {
		state = connectors.CheckpointOpen
	}
	r.board.view(r, func(tx *store.Tx) error {
		told, _, err := r.board.Checkpoints.List(tx, connectors.CheckpointFilter{Backend: r.backend.Name, Model: r.Model, State: state})
		if len(told) != 1 {
			r.Errorf("%d checkpoints tell of the conflict, which the rule %q settled", len(told), r.Rule)
		}
		return err
	})
}

func (r *syncRig[S, D]) odooIsSource() bool { return r.Source.Backend().Name != r.backend.Name }
