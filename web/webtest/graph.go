package webtest

import (
	"fmt"
	"time"

	"crema/web"
)

// Grown is Troubled with a graph of n jobs from 1001 on: a head, all others but the last after it, some of which are done, run or have
// failed, and a last one after all of them; one more is for the failure of 1002.
func Grown(n int) *Board {
	b := Troubled()
	states := []string{web.JobDone, web.JobStarted, web.JobPending, web.JobFailed, web.JobCancelled}
	for i := range n {
		id := web.ID(fmt.Sprint(1001 + i))
		j := web.Job{ID: id, Kind: "coffee.slot", State: states[i%len(states)], Channel: "root.machine", Backend: "lobby", Priority: 10, MaxRetries: 5, Attempt: 1,
			Graph: "1001", Batch: "2", Created: ago(6 * time.Minute), Started: ago(5 * time.Minute), Description: fmt.Sprintf("slot %d of lobby, a name that is rather long", i),
			IdentityKey: fmt.Sprint("slot/lobby/", i), Related: fmt.Sprint("slot ", i)}
		if i == 0 {
			j.State = web.JobDone
		} else if i < n-1 {
			b.Edges = append(b.Edges, web.Edge{From: "1001", To: id, When: "done"}, web.Edge{From: id, To: web.ID(fmt.Sprint(1000 + n)), When: "done"})
		} else {
			j.State, j.Dependencies = web.JobWaitDependencies, n-2
		}
		b.Queue = append(b.Queue, j)
	}
	rescue := web.ID(fmt.Sprint(1001 + n))
	b.Queue = append(b.Queue, web.Job{ID: rescue, Kind: "coffee.slot", State: web.JobWaitDependencies, Channel: "root.machine", Graph: "1001", Created: ago(6 * time.Minute),
		Dependencies: 1, Description: "tell somebody"})
	b.Edges = append(b.Edges, web.Edge{From: "1002", To: rescue, When: "failed"})
	return b
}
