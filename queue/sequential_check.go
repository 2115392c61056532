package queue

import "crema/store"

// orders proves that the order of each sequential channel holds the jobs that it should, and no others.
func (c *checker) orders(tx *store.Tx) {
	names := map[string]bool{}
	for name := range orderedBucket.All(tx) {
		names[name] = true
	}
	for k := range orderBucket.All(tx) {
		s, ok, err := find(tx, k.B)
		if err != nil {
			c.fault("%w", err)
			continue
		}
		if !names[k.A] || !ok || !s.State.counts() || !within(s.Channel, k.A) {
			c.fault("the order of %s names job %s, which is none of it that has not ended well", k.A, k.B)
		}
	}
	for _, b := range []store.Bucket[ID, stored]{jobsBucket, failedBucket} {
		if len(names) == 0 {
			return
		}
		for id, s := range b.All(tx) {
			listed := 0
			wanted := false
			for _, name := range ancestors(s.Channel) {
				wanted = wanted || names[name]
				if orderBucket.Has(tx, orderKey{A: name, B: id}) {
					listed++
				}
			}
			if wanted != (listed == 1) || listed > 1 {
				c.fault("job %s of %s stands in %d orders", id, s.Channel, listed)
			}
		}
	}
}
