package queue_test

import (
	"cmp"
	"slices"

	"crema/queue"
)

// Of one channel few finished jobs are kept, so that others come to name jobs that are gone.
const (
	keptChannel = "root.c"
	keptEnded   = 6 // done and cancelled
	keptFailed  = 4
)

var modelKeep = map[string]queue.Retention{keptChannel: {Count: keptEnded, FailedCount: keptFailed}}

// prune removes what is too much. It comes after each operation: nothing else waits for it.
func (m *model) prune() {
	var ended, failed []*mjob
	for _, j := range m.kept() {
		switch {
		case j.channel != keptChannel:
		case j.state == queue.StateFailed:
			failed = append(failed, j)
		case j.state.Terminal():
			ended = append(ended, j)
		}
	}
	m.pruneFrom(ended, keptEnded)
	if m.config.sequence(keptChannel) == "" { // else they hold back those behind them
		m.pruneFrom(failed, keptFailed)
	}
}

func (m *model) pruneFrom(shelf []*mjob, keep int) {
	slices.SortFunc(shelf, func(a, b *mjob) int { return cmp.Or(cmp.Compare(a.ended, b.ended), cmp.Compare(a.id, b.id)) })
	left := len(shelf)
	for _, j := range shelf {
		if left > keep && !j.ghost {
			j.gone = true
			left--
		}
	}
}
