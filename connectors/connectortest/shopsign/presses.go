package shopsign

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"time"

	"crema/connectors"
	"crema/store"
)

// Press is one press of the button.
type Press struct {
	Number int64     `json:"number"`
	At     time.Time `json:"at"`
}

// StaffCalled is the topic of the presses of the button, each once.
var StaffCalled = connectors.NewTopic[Press](ModelPress, "made")

// lastPress is the number of the last press of a backend that is known.
var lastPress = store.NewBucket[string, int64]("shopsign.press", store.StringKey())

// presses is the adapter of a sign's presses.
type presses struct{ *client }

// Page lists the numbers of the presses since then.
func (p presses) Page(ctx context.Context, since time.Time, after string, limit int) (ids []string, next string, err error) {
	q := url.Values{"since": {since.Format(time.RFC3339)}, "after": {after}, "limit": {strconv.Itoa(limit)}}
	if err := p.call(ctx, "GET", "/presses?"+q.Encode(), "", nil, &ids); err != nil || len(ids) == 0 {
		return nil, "", err
	}
	return ids, ids[len(ids)-1], nil
}

// newImporter puts the importer together that looks for presses since the last time.
func newImporter(w *connectors.Work) (i connectors.BatchImporter[time.Time], err error) {
	c, err := connectors.ClientOf[*client](w)
	return connectors.BatchImporter[time.Time]{
		Work: w, Flow: "presses", Pager: presses{c}, Query: func(since time.Time) time.Time { return since },
		Direct: func(ctx context.Context, number string) (connectors.Result, error) {
			var p Press
			if err := c.call(ctx, "GET", "/presses/"+number, "", nil, &p); err != nil {
				return connectors.Result{}, err
			}
			return called(ctx, w, p)
		},
	}, err
}

// called commits a press with what it leads to. A press that is known leads to nothing: a
// batch finds those twice that were made just before the last one.
func called(ctx context.Context, w *connectors.Work, p Press) (r connectors.Result, err error) {
	return r, w.Commit(ctx, func(tx *store.Tx) error {
		r.Effect = connectors.EffectUpToDate
		last, _, err := lastPress.Get(tx, w.Backend.Name)
		if err != nil || p.Number <= last {
			return err
		}
		r.Effect = connectors.EffectCreated
		if err := lastPress.Put(tx, w.Backend.Name, p.Number); err != nil {
			return err
		}
		if _, err := w.Checkpoints.OpenCheckpoint(tx, connectors.Checkpoint{Backend: w.Backend.Name, Model: ModelPress, Reason: "staff_called",
			Message: fmt.Sprintf("Somebody waits at %s since %s.", w.Backend.Location, p.At.Format("15:04"))}); err != nil {
			return err
		}
		return connectors.PublishFact(tx, w.Events, StaffCalled, connectors.Event[Press]{Backend: w.Backend, Origin: w.Backend.Name, At: p.At, Data: p})
	})
}
