package connectors

import (
	"log/slog"
	"time"

	"crema/queue"
	"crema/store"
)

// Environment is what all backends of a board have in common. It is put together once,
// at start-up, and only read from then on.
type Environment struct {
	Store       *store.Store
	Queue       *queue.Queue
	Registry    *Registry
	Checkpoints *Checkpoints
	// Events is who listens to what; nil: nobody.
	Events *Events
	// Secrets gives the secrets of the backends' settings.
	Secrets Secrets
	// Locks keep two tasks from working on one record at the same time; all backends share
	// them.
	Locks *Locks
	// Tally counts what was synchronised; nil: nobody wants to know.
	Tally  *Tally
	Logger *slog.Logger
	// Now is the wall clock, as far as the board knows it.
	Now func() time.Time
	// Zone is that of the schedules; nil: UTC.
	Zone *time.Location
}

// Secrets keeps the secret settings of backends, sealed.
type Secrets interface {
	// Secret is the secret setting of a backend, in clear; it is asked for when it is
	// needed, and never kept. The error says where to enter one that is missing, and is
	// fs.ErrNotExist. It looks into the store: never ask in a transaction.
	Secret(backend, setting string) (string, error)
	// Seal keeps a secret in place of the one before; "" takes it out.
	Seal(tx *store.Tx, backend, setting, value string) error
	// Sealed tells whether there is one.
	Sealed(tx *store.Tx, backend, setting string) (bool, error)
}
