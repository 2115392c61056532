package queue_test

import (
	"fmt"
	"maps"
	"slices"
	"testing/synctest"
	"time"

	"crema/queue"
	"crema/store"
)

// seen is what is compared of a job.
type seen struct {
	State          queue.State
	Attempt        int
	Interruptions  int
	Waiting        bool
	Children       int
	Before         int
	Skipped        bool
	ETA            time.Duration // from now; -1: none
	Started, Ended int64
}

func (r *random) got(i queue.Info) seen {
	s := seen{i.State, i.Attempt, i.Interruptions, i.Waiting, i.ChildrenOpen, i.DependenciesOpen, i.Skipped, -1, nanos(i.Started), nanos(i.Finished)}
	if !i.ETA.IsZero() {
		s.ETA = i.ETA.Sub(r.clock.Now())
	}
	return s
}

func (m *model) seen(j *mjob) seen {
	s := seen{j.state, j.attempt, j.ints, j.waiting, len(j.open), 0, j.skipped, -1, nanos(j.began), nanos(j.finished)}
	if j.state == queue.StateWaitDependencies {
		s.Before = m.waits(j)
	}
	switch {
	case j.state == queue.StateWaitDependencies && j.hold != 0:
		s.ETA = j.hold - m.board
	case j.state == queue.StateWaitDependencies && !j.holdAt.IsZero():
		s.ETA = j.holdAt.Sub(m.wall)
	case j.due != 0:
		s.ETA = j.due - m.board
	case !j.at.IsZero():
		s.ETA = j.at.Sub(m.wall)
	}
	return s
}

func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}

// compare ends the test where the queue and the model differ.
func (r *random) compare() {
	synctest.Wait()
	for len(r.entered) > 0 {
		h := <-r.entered
		if r.running[h.id] != nil {
			select {
			case <-r.running[h.id].left:
			default:
				r.Fatalf("job %v runs twice", h.id)
			}
		}
		r.running[h.id] = h
	}
	for id, h := range r.running {
		select {
		case <-h.left:
			delete(r.running, id)
		default:
		}
	}
	var faults []string
	fault := func(format string, args ...any) { faults = append(faults, fmt.Sprintf(format, args...)) }
	if got, want := slices.Sorted(maps.Keys(r.running)), r.m.running(); !slices.Equal(got, want) {
		fault("handlers go on of %v, want %v", got, want)
	}
	jobs := r.q.Jobs(r.T, queue.Filter{Limit: 1000})
	want := r.m.kept()
	for _, i := range jobs {
		if len(want) == 0 || want[0].id != i.ID {
			fault("there is job %v, next should be that of %v", i.ID, want)
			break
		}
		if j := want[0]; j.alone && !r.m.kinds[j.kind] && i.State == queue.StatePending {
			j.state = i.State // put aside, if the queue came to look at it
		}
		if got, want := r.got(i), r.m.seen(want[0]); got != want {
			fault("job %v of %s is\n\t%+v, want\n\t%+v", i.ID, i.Channel, got, want)
		}
		want = want[1:]
	}
	if len(want) > 0 {
		fault("job %v is missing", want[0].id)
	}
	if got, want := fmt.Sprint(r.q.CountsByChannel()), fmt.Sprint(r.m.counts()); got != want {
		fault("CountsByChannel() = %v, want\n\t%v", got, want)
	}
	r.compareBatches(fault)
	if len(r.done)%10 == 0 {
		r.compareEdges(fault)
	}
	if err := r.store.View(queue.Check); err != nil {
		fault("Check() = %v", err)
	}
	for _, f := range r.m.faults {
		fault("the model: %s", f)
	}
	if len(faults) > 0 {
		for _, f := range faults {
			r.Error(f)
		}
		r.FailNow()
	}
}

func (r *random) compareBatches(fault func(string, ...any)) {
	err := r.store.View(func(tx *store.Tx) error {
		list, _, err := r.q.Batches(tx, 0, 1000)
		for _, b := range list {
			want := r.m.batch(b.ID)
			b.Name, b.Created, b.Completeness, b.FailedShare = "", time.Time{}, 0, 0
			if b != want {
				fault("batch %+v, want\n\t%+v", b, want)
			}
		}
		if len(list) != len(r.m.batches) {
			fault("%d batches, want %d", len(list), len(r.m.batches))
		}
		return err
	})
	if err != nil {
		fault("Batches() = %v", err)
	}
}

func (m *model) batch(id queue.BatchID) queue.Batch {
	b := queue.Batch{ID: id, State: queue.BatchDraft, Finished: m.batches[id].finished}
	for _, j := range m.jobs {
		if j.batch != id {
			continue
		}
		b.Total++
		switch j.state {
		case queue.StateDone:
			b.Done++
		case queue.StateFailed:
			b.Failed++
		case queue.StateCancelled:
			b.Cancelled++
		}
	}
	switch {
	case !b.Finished.IsZero():
		b.State = queue.BatchFinished
	case m.batches[id].begun:
		b.State = queue.BatchProgress
	case m.batches[id].sealed:
		b.State = queue.BatchEnqueued
	}
	return b
}

func (r *random) compareEdges(fault func(string, ...any)) {
	err := r.store.View(func(tx *store.Tx) error {
		for _, j := range r.m.kept() {
			list, err := r.q.Dependencies(tx, j.id)
			if err != nil {
				return err
			}
			var got, want []queue.ID
			for _, i := range list {
				got = append(got, i.ID)
			}
			for id := range j.edges {
				if r.m.job(id) != nil {
					want = append(want, id)
				}
			}
			if slices.Sort(want); !slices.Equal(got, want) {
				fault("job %v comes after %v, want %v", j.id, got, want)
			}
		}
		return nil
	})
	if err != nil {
		fault("Dependencies() = %v", err)
	}
}

func (m *model) counts() map[string]map[queue.State]int {
	all := map[string]map[queue.State]int{}
	for _, j := range m.kept() {
		if all[j.channel] == nil {
			all[j.channel] = map[queue.State]int{}
			for _, s := range queue.States() {
				all[j.channel][s] = 0
			}
		}
		all[j.channel][j.state]++
	}
	return all
}
