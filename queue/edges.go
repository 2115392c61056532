package queue

import "crema/store"

// Edges gives the edges that begin or end at a job, up to GraphMost each, those that end there first; none for a job of no graph.
func (q *Queue) Edges(tx *store.Tx, id ID) []Edge { return edgesAt(tx, id) }
