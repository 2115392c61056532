package queue

import (
	"cmp"
	"errors"
	"slices"

	"crema/store"
)

// GraphMost is how many jobs Graph gives at most.
const GraphMost = 1000

// Graph gives the jobs of the graph that a job belongs to, and those that are tied to them by edges, by their ids, and the edges; of a
// large one the GraphMost that are nearest to the job. An edge with an end that is not among the jobs says that it goes on there. A job
// of no graph is alone. It returns ErrNotFound for a job that is not there.
func (q *Queue) Graph(tx *store.Tx, id ID) ([]Info, []Edge, error) {
	first, err := q.Get(tx, id)
	if err != nil || first.Graph == 0 {
		return []Info{first}, nil, err
	}
	seen, known := map[ID]Info{id: first}, map[Edge]bool{}
	var edges []Edge
	graphs := map[ID]bool{}
	note := func(i Info) bool {
		if _, twice := seen[i.ID]; !twice && len(seen) < GraphMost {
			seen[i.ID] = i
			return true
		}
		return false
	}
	look := []ID{id}
	for len(look) > 0 {
		id, look = look[0], look[1:]
		for _, edge := range edgesAt(tx, id) {
			if !known[edge] {
				known[edge] = true
				edges = append(edges, edge)
			}
			other := edge.From
			if other == id {
				other = edge.To
			}
			if _, twice := seen[other]; twice || len(seen) == GraphMost {
				continue
			}
			i, err := q.Get(tx, other)
			switch {
			case errors.Is(err, ErrNotFound):
				continue
			case err != nil:
				return nil, nil, err
			}
			if note(i) {
				look = append(look, other)
			}
		}
		if g := seen[id].Graph; len(look) == 0 && !graphs[g] {
			graphs[g] = true
			look = append(look, q.members(tx, g, note)...)
		}
	}
	nodes := make([]Info, 0, len(seen))
	for _, i := range seen {
		nodes = append(nodes, i)
	}
	slices.SortFunc(nodes, func(a, b Info) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(edges, func(a, b Edge) int { return cmp.Or(cmp.Compare(a.From, b.From), cmp.Compare(a.To, b.To)) })
	return nodes, edges, nil
}

// edgesAt gives the edges of a job, in both directions; of very many not all.
func edgesAt(tx *store.Tx, id ID) (edges []Edge) {
	for k, raw := range backBucket.Prefix(tx, leading(id)) {
		if len(edges) == GraphMost {
			break
		}
		edges = append(edges, Edge{From: k.B, To: id, When: bitsOf(raw).when()})
	}
	back := len(edges)
	for k, raw := range edgeBucket.Prefix(tx, leading(id)) {
		if len(edges)-back == GraphMost {
			break
		}
		edges = append(edges, Edge{From: id, To: k.B, When: bitsOf(raw).when()})
	}
	return edges
}

// members finds those of a graph that no edge ties to the others: a graph's jobs were enqueued together, so they stand together.
func (q *Queue) members(tx *store.Tx, graph ID, note func(Info) bool) (fresh []ID) {
	looked := 0
	for id, s := range merge(tx, Filter{After: graph - 1}) {
		if looked++; s.Graph != graph || looked > GraphMost {
			break
		}
		if note(s.info(id, q.clock)) {
			fresh = append(fresh, id)
		}
	}
	return fresh
}

// Dependencies gives the jobs that one comes after, the oldest first: what they did is in Info.Result. Those that were pruned are not there.
func (q *Queue) Dependencies(tx *store.Tx, id ID) ([]Info, error) {
	return q.across(tx, backBucket, id)
}

// Dependents gives the jobs that come after one, the oldest first.
func (q *Queue) Dependents(tx *store.Tx, id ID) ([]Info, error) {
	return q.across(tx, edgeBucket, id)
}

func (q *Queue) across(tx *store.Tx, b store.Bucket[depKey, []byte], id ID) ([]Info, error) {
	var list []Info
	for k := range b.Prefix(tx, leading(id)) {
		s, ok, err := find(tx, k.B)
		if err != nil {
			return nil, err
		}
		if ok {
			list = append(list, s.info(k.B, q.clock))
		}
	}
	return list, nil
}

// Dependencies gives the jobs that this one came after, as Queue.Dependencies does, at present.
func (j *Job[A]) Dependencies() (list []Info, err error) {
	if j.run == nil {
		return nil, errors.New("queue: Dependencies of a job that no queue runs")
	}
	err = j.run.q.store.View(func(tx *store.Tx) (err error) {
		list, err = j.run.q.Dependencies(tx, j.ID)
		return err
	})
	return list, err
}
