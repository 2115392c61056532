package connectors

import (
	"context"

	"crema/store"
)

// The reasons of the checkpoints about what keeps a backend from running.
const (
	ReasonRunFailed   = "run_failed"   // what runs it ended with an error; it is begun anew
	ReasonNoConnector = "no_connector" // this program does not know its type
	ReasonSettings    = "settings"     // its version or its settings are none that this program takes
)

// ModelBackend is the model of checkpoints about a backend itself; the record is its name.
const ModelBackend = "backend"

// trouble is what keeps a backend from running; without a message it does so no more.
type trouble struct{ backend, reason, message string }

// runnable lists the backends that can be run. What keeps the others from it, after a way
// back to an older program, say, is told by checkpoints, and they are kept as they are.
func (h *Host) runnable(ctx context.Context) (list []Backend, err error) {
	var all []Backend
	if err := h.Store.View(func(tx *store.Tx) error {
		all, err = Backends{}.List(tx)
		return err
	}); err != nil {
		return nil, err
	}
	for _, b := range all {
		unknown, settings := trouble{backend: b.Name, reason: ReasonNoConnector}, trouble{backend: b.Name, reason: ReasonSettings}
		shared := trouble{backend: b.Name, reason: ReasonShared}
		if b.State != Off {
			c, err := h.connector(b)
			if err != nil {
				unknown.message = err.Error() + "; it is kept, and does nothing"
			} else if err := c.CheckSettings(b); err != nil {
				settings.message = err.Error()
			} else {
				if err := c.shares(b, list); err != nil {
					shared.message = err.Error() + "; it is run all the same, and whoever comes first has it"
				}
				list = append(list, c.complete(b))
			}
		}
		h.tell(ctx, unknown)
		h.tell(ctx, settings)
		h.tell(ctx, shared)
	}
	return list, nil
}

// shares says what a backend has that an older one has too, or that it has twice. It was
// refused when it was made, but for what has become the same since.
func (c Connector) shares(b Backend, older []Backend) error {
	var others []storedBackend
	for _, other := range older {
		if other.Kind.Name() == b.Kind.Name() {
			others = append(others, storedBackend{Backend: other})
		}
	}
	return clashed(b, c.clashes(b, others))
}

// tell opens or closes the checkpoint about a trouble. Where nothing is new it writes
// nothing; a full disk keeps no backend from working: it is logged.
func (h *Host) tell(ctx context.Context, t trouble) {
	if t.message == "" {
		open := false
		if err := h.Store.View(func(tx *store.Tx) error {
			open = h.Checkpoints.IsOpen(tx, t.backend, ModelBackend, t.backend, t.reason)
			return nil
		}); err == nil && !open {
			return
		}
	}
	if err := h.Store.Update(ctx, func(tx *store.Tx) error {
		if t.message == "" {
			return h.Checkpoints.ResolveCheckpoint(tx, t.backend, ModelBackend, t.backend, t.reason)
		}
		_, err := h.Checkpoints.OpenCheckpoint(tx, Checkpoint{
			Backend: t.backend, Model: ModelBackend, Record: t.backend, Reason: t.reason, Message: t.message})
		return err
	}); err != nil && ctx.Err() == nil {
		h.Logger.Error("what keeps a backend from running is not kept as a checkpoint", "backend", t.backend, "reason", t.reason, "message", t.message, "error", err)
	}
}
