package queue_test

import (
	"fmt"
	"maps"
	"slices"
	"testing/synctest"
	"time"

	"crema/queue"
)

// seen is what is compared of a job.
type seen struct {
	State          queue.State
	Attempt        int
	Interruptions  int
	Waiting        bool
	Children       int
	ETA            time.Duration // from now; -1: none
	Started, Ended int64
}

func (r *random) got(i queue.Info) seen {
	s := seen{i.State, i.Attempt, i.Interruptions, i.Waiting, i.ChildrenOpen, -1, nanos(i.Started), nanos(i.Finished)}
	if !i.ETA.IsZero() {
		s.ETA = i.ETA.Sub(r.clock.Now())
	}
	return s
}

func (m *model) seen(j *mjob) seen {
	s := seen{j.state, j.attempt, j.ints, j.waiting, len(j.open), -1, nanos(j.began), nanos(j.finished)}
	switch {
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
