package connectors

import (
	"iter"
	"math"

	"crema/store"
)

// The keys of the counts.
const (
	countOpen   = "open"
	countClosed = "closed"
)

func count(tx *store.Tx, what string, by int) error {
	n, _, err := checkpointCounts.Get(tx, what)
	if err != nil {
		return err
	}
	return checkpointCounts.Put(tx, what, n+by)
}

// closeCheckpoint stores an open checkpoint in its new state and forgets the oldest
// closed one beyond KeepClosed.
func closeCheckpoint(tx *store.Tx, p Checkpoint) error {
	if err := checkpoints.Put(tx, p.ID, p); err != nil {
		return err
	}
	if err := checkpointsOpen.Delete(tx, p.ID); err != nil {
		return err
	}
	if err := checkpointSubjects.Delete(tx, p.subject()); err != nil {
		return err
	}
	if err := count(tx, countOpen, -1); err != nil {
		return err
	}
	n, _, err := checkpointCounts.Get(tx, countClosed)
	if err != nil {
		return err
	}
	if n < KeepClosed {
		return count(tx, countClosed, 1)
	}
	for id, old := range checkpoints.All(tx) {
		if old.State != CheckpointOpen {
			return checkpoints.Delete(tx, id)
		}
	}
	return nil
}

// walk runs over the checkpoints behind after, in order of their numbers.
func (c *Checkpoints) walk(tx *store.Tx, open *bool, after uint64) iter.Seq2[Checkpoint, error] {
	return func(yield func(Checkpoint, error) bool) {
		if after == math.MaxUint64 {
			return // nothing is behind the last number
		}
		if open != nil && *open {
			for id := range checkpointsOpen.From(tx, after+1) {
				if p, err := c.Get(tx, id); !yield(p, err) {
					return
				}
			}
			return
		}
		for _, p := range checkpoints.From(tx, after+1) {
			if open != nil && p.State == CheckpointOpen {
				continue
			}
			if !yield(p, nil) {
				return
			}
		}
	}
}
