package webhook

import (
	"context"
	"fmt"
	"time"

	"crema/connectors"
	"crema/queue"
	"crema/store"
)

// missed is an event that was not kept for a backend, as too many wait already. A listener
// can't count, so each is a job, done at once.
type missed struct {
	Backend string    `json:"backend"`
	Time    time.Time `json:"time"`
}

var missedKind = queue.Kind[missed]{Name: "webhook.missed", Version: 1, Channel: "root.webhook", MaxRetries: -1,
	Describe: func(m missed) string { return "note what is not kept for " + m.Backend }}

// gap is what was not kept for a backend since a person looked last.
type gap struct {
	Events int       `json:"events"`
	From   time.Time `json:"from"`
	To     time.Time `json:"to"`
}

var gaps = store.NewBucket[string, gap]("webhook.missed", store.StringKey())

// noteMissed counts one, where a person sees it.
func (s *sink) noteMissed(_ context.Context, w *connectors.Work, job *queue.Job[missed]) (queue.Done, error) {
	return func(tx *store.Tx) error {
		g, found, err := gaps.Get(tx, w.Backend.Name)
		if err != nil {
			return err
		}
		at := job.Args.Time
		if !found || at.Before(g.From) {
			g.From = at
		}
		if at.After(g.To) {
			g.To = at
		}
		g.Events++
		if err := gaps.Put(tx, w.Backend.Name, g); err != nil {
			return err
		}
		return s.tell(tx, w.Backend, reasonMissed, fmt.Sprintf(
			"%d events, of %s to %s, were not kept for %s, as %d wait for it already. They are not sent any more: give it by hand what it must know; the cups are in the API (GET cups).",
			g.Events, g.From.Format(time.RFC3339), g.To.Format(time.RFC3339), hostOf(w.Backend), s.look(w.Backend.Name)))
	}, nil
}
