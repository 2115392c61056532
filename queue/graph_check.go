package queue

import "crema/store"

// edges proves that the two buckets of edges agree, that each edge ties two jobs, the later to the earlier, that a job waits for just those
// that have not ended, and that one that was cancelled for another's end is so still.
func (c *checker) edges(tx *store.Tx) {
	waits := map[ID]int{}
	blamed := map[depKey]bool{}
	for k, raw := range edgeBucket.All(tx) {
		bits := bitsOf(raw)
		back, _, err := backBucket.Get(tx, depKey{A: k.B, B: k.A})
		if err != nil || bitsOf(back) != bits || bits&(onDone|onFailed) == 0 || bits > onDone|onFailed|waived {
			c.fault("edge from job %s to job %s is %v one way and %v the other (%v)", k.A, k.B, raw, back, err)
		}
		first, firstOK, err1 := find(tx, k.A)
		second, secondOK, err2 := find(tx, k.B)
		if !firstOK || !secondOK || err1 != nil || err2 != nil {
			c.fault("edge from job %s to job %s: not both are there", k.A, k.B)
			continue
		}
		if k.A >= k.B || first.Graph == 0 || second.Graph == 0 {
			c.fault("edge from job %s of graph %s to job %s of graph %s", k.A, first.Graph, k.B, second.Graph)
		}
		if bits.holds(first.State) {
			waits[k.B]++
		}
		if bits.forbids(first.State) && second.State == StateWaitDependencies {
			c.fault("job %s waits, but job %s, which it comes after, is %s", k.B, k.A, first.State)
		}
		if second.Blame == k.A {
			blamed[depKey{A: k.B, B: k.A}] = bits.forbids(first.State)
		}
	}
	for k, raw := range backBucket.All(tx) {
		if !edgeBucket.Has(tx, depKey{A: k.B, B: k.A}) {
			c.fault("edge from job %s to job %s is %v one way and none the other", k.B, k.A, raw)
		}
	}
	for id, s := range jobsBucket.All(tx) {
		if want := waits[id]; s.State == StateWaitDependencies && (s.Waits != want || want == 0) || s.State != StateWaitDependencies && s.Waits != 0 {
			c.fault("job %s is %s and counts %d that it waits for, of %d", id, s.State, s.Waits, want)
		}
		if s.Blame != 0 || s.Skipped {
			c.fault("job %s is %s, but was cancelled for the end of job %s", id, s.State, s.Blame)
		}
	}
	for id, s := range cancelledBucket.All(tx) {
		if forbids, there := blamed[depKey{A: id, B: s.Blame}]; there && !forbids {
			c.fault("job %s is cancelled for the end of job %s, which has not ended so", id, s.Blame)
		}
	}
}
