package connectors

import (
	"time"

	"crema/queue"
	"crema/store"
)

// Started is the last time that a flow of a backend was started, by hand or by its
// schedule, and the job that came of it; the job may be pruned by now.
type Started struct {
	Job queue.ID  `json:"job"`
	At  time.Time `json:"at"`
}

// By backend, then by flow.
var startedBucket = store.NewBucket[string, map[string]Started]("connectors.started", store.StringKey())

// Started is when the flows of a backend were started last, by flow; those that never
// were are missing.
func (Backends) Started(tx *store.Tx, name string) (map[string]Started, error) {
	started, _, err := startedBucket.Get(tx, name)
	return started, err
}

// start starts a flow, and keeps that it was.
func (h *Host) start(tx *store.Tx, b Backend, f Flow, byHand bool) (queue.ID, error) {
	id, err := f.Start(tx, b, byHand)
	if err != nil {
		return 0, err
	}
	started, _, err := startedBucket.Get(tx, b.Name)
	if err != nil {
		return 0, err
	}
	if started == nil {
		started = map[string]Started{}
	}
	started[f.Name] = Started{Job: id, At: h.Now().UTC()}
	return id, startedBucket.Put(tx, b.Name, started)
}
