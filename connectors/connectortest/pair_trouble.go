package connectortest

import (
	"context"
	"errors"
	"path/filepath"

	"crema/connectors"
	"crema/queue"
	"crema/store"
)

// retries: what failed without an answer is done by the next try, once.
func (r *syncRig[S, D]) retries() {
	id := r.add()
	r.Source.Inject(Fault{Op: "read", Before: away()})
	r.unanswered(r.fails(id))
	r.Target.Inject(Fault{Op: "create", Before: away()})
	r.unanswered(r.fails(id))
	r.sync(id, false, connectors.EffectCreated)
	r.change(id, nil)
	r.Target.Inject(Fault{Op: "write", Before: away()})
	r.unanswered(r.fails(id))
	r.sync(id, false, connectors.EffectUpdated)
	r.equal(id)
	r.count(1)
}

func (r *syncRig[S, D]) unanswered(err error) {
	r.Helper()
	if out := connectors.Outcome(err); !queue.IsOutcome(out) || queue.IsPermanent(out) {
		r.Errorf("a system that did not answer ends as %v; it must cost no attempt: wrap the error", err)
	}
}

// answerLost: what was done although the answer got lost is found by the next try, which
// brings there what was changed meanwhile.
func (r *syncRig[S, D]) answerLost() {
	id := r.add()
	for range 2 {
		r.Target.Inject(Fault{Op: "create", After: away()})
		r.unanswered(r.fails(id))
	}
	r.change(id, nil)
	r.sync(id, false, connectors.EffectCreated)
	r.count(1)
	r.equal(id)
	r.nothingLeft(id)
	r.change(id, nil)
	r.Target.Inject(Fault{Op: "write", After: away()})
	r.unanswered(r.fails(id))
	r.sync(id, false, connectors.EffectUpdated)
	r.equal(id)
}

// powerCut: the store is left as it is right after the target has made the record. Who
// finds it so makes no second one, and brings there what was changed meanwhile.
func (r *syncRig[S, D]) powerCut() {
	other, id := r.add(), r.add()
	r.sync(other, false, connectors.EffectCreated)
	file := filepath.Join(r.TempDir(), "cut.db")
	r.Target.Inject(Fault{Op: "create", Then: func() {
		if _, err := r.board.Store.SnapshotFile(context.Background(), file); err != nil {
			r.Error(err)
		}
	}})
	r.sync(id, false, connectors.EffectCreated) // and is never heard of again
	next, err := store.Open(file, store.Options{})
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(func() {
		if err := next.Close(); err != nil {
			r.Error(err)
		}
	})
	r.board = boardOn(r, next)
	if r.binding(r.board, id).OdooID != 0 {
		r.Errorf("the record was bound before the target had it")
	}
	r.change(id, nil)
	r.sync(id, false, connectors.EffectCreated)
	r.count(2)
	r.equal(id)
	r.equal(other)
	r.nothingLeft(id)
}

// locks: a record has one task at a time, another record is free.
func (r *syncRig[S, D]) locks() {
	id, other := r.add(), r.add()
	var second, free error
	r.Target.Inject(Fault{Op: "create", Pause: func() {
		_, second = r.once(r.work(r.board), r.Context(), id, false)
		_, free = r.once(r.work(r.board), r.Context(), other, false)
	}})
	if err := ends(r, "a task that meets another at one record", func() error {
		_, err := r.once(r.work(r.board), r.Context(), id, false)
		return err
	}); err != nil {
		r.Errorf("the first task: %v", err)
	}
	if _, is := errors.AsType[*connectors.LockedError](second); !is {
		r.Errorf("a second task of the record = %v; want a *LockedError: see Work.Lock", second)
	}
	if free != nil {
		r.Errorf("a task of another record = %v", free)
	}
	r.count(2)
	if _, err := r.once(r.work(r.board), r.Context(), id, false); err != nil {
		r.Errorf("once the first task has ended = %v", err)
	}
}

// panics: a panic frees the record.
func (r *syncRig[S, D]) panics() {
	id := r.add()
	r.Target.Inject(Fault{Op: "create", Pause: func() { panic("on purpose") }})
	func() {
		defer func() { _ = recover() }()
		_, _ = r.once(r.work(r.board), r.Context(), id, false)
	}()
	r.sync(id, false, connectors.EffectCreated)
	r.equal(id)
}

// contextOver: a task whose time is over writes nothing, and blames nobody.
func (r *syncRig[S, D]) contextOver() {
	id := r.add()
	over, cancel := context.WithCancel(r.Context())
	cancel()
	if got, err := r.once(r.work(r.board), over, id, false); !errors.Is(err, context.Canceled) {
		r.Errorf("with a context that is over: %+v, %v; want context.Canceled", got, err)
	}
	r.quiet("a task whose time is over")
	r.sync(id, false, connectors.EffectCreated)
}

// noTransaction: while a system is called, the store is free for others.
func (r *syncRig[S, D]) noTransaction() {
	id := r.add()
	free := func() { // on whatever goroutine calls the system
		returned, err := within(patience, func() error {
			return r.board.Store.Update(context.Background(), func(*store.Tx) error { return nil })
		})
		if !returned {
			r.Error("a commit of another while a system is called does not return")
		} else if err != nil {
			r.Error(err)
		}
	}
	r.Source.Inject(Fault{Op: "read", Pause: free})
	r.Target.Inject(Fault{Op: "create", Pause: free})
	r.Target.Inject(Fault{Op: "write", Pause: free})
	if err := ends(r, "a task that calls a system in a transaction", func() error {
		_, err := r.once(r.work(r.board), r.Context(), id, false)
		return err
	}); err != nil {
		r.Error(err)
	}
	r.change(id, nil)
	r.sync(id, false, connectors.EffectUpdated)
}
