package apikey

import (
	"context"
	"log/slog"
	"time"

	"crema/connectors"
	"crema/connectors/odoo"
	"crema/queue"
	"crema/store"
)

// Config is what a keeper stands on.
type Config struct {
	Store       *store.Store
	Vault       Vault
	Checkpoints *connectors.Checkpoints
	// Given gives the key that a person entered, anew at each call.
	Given func() (string, error)
	// Board names the board in the names of its keys: no other board of the same user has it.
	Board string
	// Rotate lets Odoo be asked for another key; without, the end is only warned of.
	Rotate bool
	// Now is the wall clock, Trusted whether it can be believed; nil: it can.
	Now     func() time.Time
	Trusted func() bool
	Logger  *slog.Logger // nil: no logs. It gets names of keys, never a key
}

// A Keeper looks after the board's API key. It is safe for concurrent use.
type Keeper struct {
	c    Config
	odoo *odoo.Client
}

// New makes a keeper; [Keeper.Watch] has it work.
func New(c Config) *Keeper {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return &Keeper{c: c}
}

// Key is the key to call Odoo with: for odoo.Config. It looks into the store: never call it in a transaction.
func (k *Keeper) Key() (string, error) {
	given, err := k.c.Given()
	if err != nil {
		return "", err
	}
	h, err := k.read()
	if err != nil || h.Given != given {
		return given, nil //nolint:nilerr // own keys that don't open are none: the job tells
	}
	return h.inUse(), nil
}

func (k *Keeper) read() (h kept, err error) {
	err = k.c.Store.View(func(tx *store.Tx) error {
		h, err = k.get(tx)
		return err
	})
	return h, err
}

// Kind is the job that looks at the key, and replaces it in time.
var Kind = queue.Kind[struct{}]{Name: "odoo.apikey", Version: 1, Channel: "root.catalogue",
	Describe: func(struct{}) string { return "the API key of Odoo" }}

// Watch registers the daily job, which calls c, the client that has its key from here; it is enqueued at once where
// nobody has looked at this given key yet, or the key is the board's own. Call it once, before the queue runs.
func (k *Keeper) Watch(ctx context.Context, q *queue.Queue, zone *time.Location, c *odoo.Client) error {
	k.odoo = c
	queue.Register(q, Kind, k.job)
	enqueue := func(tx *store.Tx) (queue.ID, error) {
		return queue.Enqueue(tx, q, Kind, struct{}{}, queue.Options{IdentityKey: Kind.Name})
	}
	if err := q.Schedule(Kind.Name, "30 5 * * *", zone, enqueue, queue.ScheduleOptions{Spread: true}); err != nil {
		return err
	}
	given, _ := k.c.Given() // the job tells what is wrong with it
	return k.c.Store.Update(ctx, func(tx *store.Tx) error {
		if h, err := k.get(tx); err == nil && h.Own == nil && h.Given == given && seen.Has(tx, inUse) {
			return nil
		}
		_, err := enqueue(tx)
		return err
	})
}

func (k *Keeper) job(ctx context.Context, job *queue.Job[struct{}]) (queue.Done, error) {
	said, err := k.look(ctx, job.Step)
	if err != nil {
		return nil, connectors.Outcome(err)
	}
	job.SetResult(said)
	return nil, nil
}
