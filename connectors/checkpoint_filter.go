package connectors

import (
	"iter"
	"math"
	"slices"
	"strings"

	"crema/store"
)

// CheckpointClosed is reviewed or resolved. It is for a filter: no checkpoint's State is it.
const CheckpointClosed CheckpointState = "closed"

// A CheckpointFilter chooses checkpoints. Empty fields choose all.
type CheckpointFilter struct {
	Backend, Model, Record, Reason, Assignee string
	State                                    CheckpointState
	Text                                     string // somewhere in the message, in capitals or not
	After                                    uint64 // only checkpoints with a greater id
	Limit                                    int    // 0 is 100
}

const (
	checkpointsListed = 100
	// checkpointsLooked bounds what one page reads, so that no read transaction is long.
	checkpointsLooked = 5000
)

// List returns the checkpoints that f chooses, oldest first. next is the After of the
// next page, 0 at the end. A page may be shorter than the limit, even empty, while
// there are more; one that is chosen by State alone never is empty then.
func (c *Checkpoints) List(tx *store.Tx, f CheckpointFilter) (list []Checkpoint, next uint64, err error) {
	limit := f.Limit
	if limit <= 0 {
		limit = checkpointsListed
	}
	f.Text = strings.ToLower(f.Text)
	looked, last := 0, uint64(0)
	for p, err := range c.walk(tx, f.State, f.After) {
		if err != nil {
			return nil, 0, err
		}
		if len(list) == limit || looked == checkpointsLooked {
			return list, last, nil
		}
		looked++
		last = p.ID
		if f.chooses(p) {
			list = append(list, p)
		}
	}
	return list, 0, nil
}

// chooses tells whether f chooses p; f.Text is in small letters.
func (f CheckpointFilter) chooses(p Checkpoint) bool {
	if f.Backend != "" && p.Backend != f.Backend || f.Model != "" && p.Model != f.Model || f.Record != "" && p.Record != f.Record ||
		f.Reason != "" && p.Reason != f.Reason || f.Assignee != "" && p.Assignee != f.Assignee {
		return false
	}
	if f.State == CheckpointClosed && p.State == CheckpointOpen || f.State != "" && f.State != CheckpointClosed && p.State != f.State {
		return false
	}
	return f.Text == "" || strings.Contains(strings.ToLower(p.Message), f.Text)
}

// walk runs over the checkpoints that may be in a state, behind after, in order of
// their numbers. What is open, and what is closed, has an index of its own: there may
// be any number of the others.
func (c *Checkpoints) walk(tx *store.Tx, state CheckpointState, after uint64) iter.Seq2[Checkpoint, error] {
	return func(yield func(Checkpoint, error) bool) {
		switch {
		case after == math.MaxUint64: // nothing is behind the last number
		case state == CheckpointOpen:
			for id := range checkpointsOpen.From(tx, after+1) {
				if p, err := c.Get(tx, id); !yield(p, err) {
					return
				}
			}
		case state != "" && !checkpointsClosed.Empty(tx):
			var ids []uint64 // KeepClosed at most
			for _, id := range checkpointsClosed.All(tx) {
				if id > after {
					ids = append(ids, id)
				}
			}
			slices.Sort(ids)
			for _, id := range ids {
				if p, err := c.Get(tx, id); !yield(p, err) {
					return
				}
			}
		default:
			for _, p := range checkpoints.From(tx, after+1) {
				if !yield(p, nil) {
					return
				}
			}
		}
	}
}
