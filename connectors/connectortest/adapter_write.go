package connectortest

import (
	"errors"
	"fmt"

	"crema/connectors"
)

// creates: each record has an id of its own, and holds what was written.
func (r *adapterRig[R, W, Q]) creates() {
	before := len(r.all())
	a, b := r.record(), r.record()
	if a == b {
		r.Errorf("two records have one id, %q", a)
	}
	var none R
	r.holds(a, r.Written(none, r.New(1)))
	r.holds(b, r.Written(none, r.New(2)))
	r.count(before + 2)
}

// createsAgain: the same key makes no second record, whatever is to be written by now.
func (r *adapterRig[R, W, Q]) createsAgain() {
	before := len(r.all())
	first := r.create("key/é 1/", 1)
	for n := range 3 {
		if again := r.create("key/é 1/", n+1); again != first {
			r.Errorf("Create() with the same key again = %q, want %q, the first one's", again, first)
		}
	}
	if other := r.create("key/é 1/2", 2); other == first {
		r.Errorf("Create() with another key = %q, the id of the first", other)
	}
	r.count(before + 2)
}

// createAnswerLost: what was made although the answer got lost is found by its key.
func (r *adapterRig[R, W, Q]) createAnswerLost() {
	if r.Lose == nil {
		return
	}
	before := len(r.all())
	r.Lose()
	if id, err := r.creator.Create(r.ctx, "lost", r.New(1)); err != nil { // else it asked again by itself
		r.unanswered("Create()", err)
		if id != "" {
			r.Errorf("Create() = %q beside an error", id)
		}
	}
	r.count(before + 1)
	again := r.create("lost", 1)
	r.count(before + 1)
	var none R
	r.holds(again, r.Written(none, r.New(1)))
}

func (r *adapterRig[R, W, Q]) create(key string, n int) string {
	r.Helper()
	id, err := r.creator.Create(r.ctx, key, r.New(n))
	if err != nil {
		r.Fatalf("Create(%q) = %v", key, err)
	}
	return id
}

// writes: a record holds what was written last, and no other does.
func (r *adapterRig[R, W, Q]) writes() {
	id, other := r.record(), r.record()
	here, there := r.read(id), r.read(other)
	for _, n := range []int{3, 4, 4} { // the same again changes nothing
		r.write(id, r.New(n))
		here = r.plain(r.Written(here, r.New(n)))
		r.holds(id, here)
		r.holds(other, there)
	}
}

// writesPart: fields that are not written stay as they are.
func (r *adapterRig[R, W, Q]) writesPart() {
	if r.Part == nil {
		return
	}
	id := r.record()
	r.write(id, r.New(3))
	here := r.read(id)
	for n := 4; n < 6; n++ {
		r.write(id, r.Part(n))
		here = r.plain(r.Written(here, r.Part(n)))
		r.holds(id, here)
	}
}

// writeAnswerLost: what was written although the answer got lost may be written again.
func (r *adapterRig[R, W, Q]) writeAnswerLost() {
	if r.Lose == nil {
		return
	}
	id := r.record()
	here := r.Written(r.read(id), r.New(3))
	r.Lose()
	if err := r.writer.Write(r.ctx, id, r.New(3)); err != nil {
		r.unanswered("Write()", err)
	}
	r.holds(id, here)
	r.write(id, r.New(3))
	r.holds(id, here)
}

func (r *adapterRig[R, W, Q]) write(id string, w W) {
	r.Helper()
	if err := r.writer.Write(r.ctx, id, w); err != nil {
		r.Fatalf("Write(%q) = %v", id, err)
	}
}

// deletes: what is deleted is gone, for all; to delete it again is well.
func (r *adapterRig[R, W, Q]) deletes() {
	id, other := r.record(), r.record()
	before := len(r.all())
	for range 2 {
		if err := r.deleter.Delete(r.ctx, id); err != nil {
			r.Errorf("Delete(%q) = %v", id, err)
		}
	}
	r.count(before - 1)
	if r.reader != nil {
		if got, err := r.reader.Read(r.ctx, id); !errors.Is(err, connectors.ErrNotInBackend) {
			r.Errorf("Read() of a deleted record = %+v, %v; want ErrNotInBackend", got, err)
		}
		r.read(other)
	}
	if r.writer != nil {
		if err := r.writer.Write(r.ctx, id, r.New(3)); !errors.Is(err, connectors.ErrNotInBackend) {
			r.Errorf("Write() of a deleted record = %v; want ErrNotInBackend", err)
		}
		r.count(before - 1)
	}
}

// atOnce: the adapter is used by several tasks at once, and one key by two of them.
func (r *adapterRig[R, W, Q]) atOnce() {
	id := r.record()
	before := len(r.all())
	const tasks = 8
	type outcome struct {
		id  string
		err error
	}
	done := make(chan outcome, tasks)
	for task := range tasks {
		go func() { done <- func() (o outcome) { o.id, o.err = r.use(task, id); return o }() }()
	}
	ids := map[string]int{}
	for range tasks {
		o := <-done
		if o.err != nil {
			r.Errorf("used by %d tasks at once: %v", tasks, o.err)
		}
		ids[o.id]++
	}
	if r.creator == nil || r.Failed() {
		return
	}
	if len(ids) != tasks/2 {
		r.Errorf("%d keys made the records %v", tasks/2, ids)
	}
	r.count(before + tasks/2)
}

// use does all that the adapter can, but for deleting: two tasks use one key.
func (r *adapterRig[R, W, Q]) use(task int, id string) (made string, err error) {
	if r.creator != nil {
		if made, err = r.creator.Create(r.ctx, fmt.Sprintf("at once %d", task/2), r.New(10+task/2)); err != nil {
			return "", err
		}
	}
	if r.searcher != nil {
		if _, err := r.searcher.Search(r.ctx, r.All); err != nil {
			return "", err
		}
	}
	if r.writer != nil {
		if err := r.writer.Write(r.ctx, id, r.New(3)); err != nil {
			return "", err
		}
	}
	if r.reader != nil {
		if _, err := r.reader.Read(r.ctx, id); err != nil {
			return "", err
		}
	}
	return made, nil
}
