package coffee

import (
	"context"
	"errors"
	"fmt"
	"time"

	"crema/connectors"
	"crema/connectors/odoo"
	"crema/connectors/odoo/product"
	"crema/device"
	"crema/queue"
	"crema/store"
)

// How the catalogue reads Odoo.
//
// What was written since the last run is read each time, in one call that finds nothing
// where nothing was. It looks back over catalogueOverlap: a record is stamped with the
// beginning of the transaction that wrote it, which may end minutes later, and Odoo's two
// clocks (the one that stamps, and the one that the answer's Date is by) may differ.
//
// What no stamp tells is seen by reading all anew: a product that was deleted, a tax, the
// fiscal position, a rule that was taken out of a price list, the currency, the price of a
// variant's attribute, the category itself, a language. That is done every hour, at a start
// by hand, when the program starts, with other settings, after a restored snapshot, and as
// long as a checkpoint says that Odoo refuses; also when a rule of the POS's price list was
// written, which is asked for in one call more where there is such a list, or begins or ends.
const (
	catalogueOverlap = 5 * time.Minute
	readAllEvery     = 50 * time.Minute // so every fourth of the runs of each quarter of an hour
)

// catalogueState is how far a backend's catalogue is read.
type catalogueState struct {
	Category int64         `json:"category"`        // pos.category of the drinks
	Of       string        `json:"of"`              // fingerprint of what was asked for, see readingOf
	All      time.Duration `json:"all"`             // board time of the last reading of all
	Asked    uint64        `json:"asked,omitempty"` // how often somebody asked for a reading of all,
	Done     uint64        `json:"done,omitempty"`  // and up to which one it was done

	Pricelist int64     `json:"pricelist,omitempty"` // of the POS; 0: none
	Until     time.Time `json:"until,omitzero"`      // when the next rule of it begins or ends; zero: none does
}

var catalogueStates = store.NewBucket[string, catalogueState]("coffee.catalogue", store.StringKey())

func catalogueCursor(backend string) connectors.SinceCursor {
	return connectors.SinceCursor{Backend: backend, Flow: "catalogue", Overlap: catalogueOverlap}
}

// enqueueCatalogue asks for a catalogue run.
func (b *Backend) enqueueCatalogue(tx *store.Tx, parent queue.ID) (queue.ID, error) {
	return queue.Enqueue(tx, b.d.Queue, CatalogueKind, FlowArgs{b.cfg.Name},
		queue.Options{IdentityKey: "catalogue/" + b.cfg.Name, Backend: b.cfg.Name, Parent: parent})
}

// askAll has the next catalogue run read all of the catalogue anew.
func (b *Backend) askAll(tx *store.Tx) error {
	s, _, err := catalogueStates.Get(tx, b.cfg.Name)
	if err != nil {
		return err
	}
	s.Asked++
	return catalogueStates.Put(tx, b.cfg.Name, s)
}

// readingOf is the fingerprint of what a reading is made with: read with other settings,
// or for another machine's limits, the drinks are others.
func (b *Backend) readingOf() (string, error) {
	return connectors.Fingerprint(struct {
		Category, POS, Language string
		Limits                  device.Limits
	}{b.cfg.POSCategory, b.cfg.POS, b.cfg.Language, b.machine.Limits()})
}

// beginReading says what a run has to read: all, or what was written since.
func (b *Backend) beginReading(tx *store.Tx) (*reading, error) {
	s, _, err := catalogueStates.Get(tx, b.cfg.Name)
	if err != nil {
		return nil, err
	}
	r := &reading{b: b, category: s.Category, pricelist: s.Pricelist, asked: s.Asked}
	if r.of, err = b.readingOf(); err != nil {
		return nil, err
	}
	if r.since, err = catalogueCursor(b.cfg.Name).Since(tx, time.Time{}); err != nil {
		return nil, err
	}
	ago := b.d.Clock.Board() - s.All
	r.all = s.Of != r.of || s.Asked != s.Done || ago < 0 || ago >= readAllEvery || r.since.IsZero() || b.passed(s.Until) ||
		staleWants.Has(tx, b.cfg.Name) || b.d.Checkpoints.IsOpen(tx, b.cfg.Name, ModelOdoo, b.troubled("catalogue"), reasonOdoo)
	return r, nil
}

// catalogue reads the drinks from Odoo and decides which slot holds which. What
// differs is written by a job a slot, its parts; they read what the slot shall hold
// when they run, so a newer catalogue needs no care for older jobs.
func (b *Backend) catalogue(ctx context.Context, job *queue.Job[FlowArgs]) (queue.Done, error) {
	// A run that began later must not be overtaken by what this one has read before.
	unlock, err := b.work(nil).Lock("catalogue/" + b.cfg.Name)
	if err != nil {
		return nil, connectors.Outcome(err)
	}
	defer unlock()
	r, err := b.readCatalogue(ctx)
	if err != nil {
		return nil, b.odooFailed(ctx, "catalogue", job.Step, err)
	}
	return func(tx *store.Tx) error {
		n, err := b.applyCatalogue(tx, r, job.ID)
		if errors.Is(err, errNeverSeen) {
			// The drinks are kept; the machine's first connection asks again.
			job.SetResult(fmt.Sprintf("%v; %v", r, err))
			return nil
		}
		if err != nil {
			return err
		}
		job.SetResult(fmt.Sprintf("%v, %s to write", r, connectors.Counted(n, "slot", "slots")))
		return b.done(tx, "catalogue")
	}, nil
}

// readCatalogue reads what a run has to read. Odoo's refusal of the changes is looked into
// by a reading of all, which finds out what it refuses.
func (b *Backend) readCatalogue(ctx context.Context) (r *reading, err error) {
	err = b.d.Store.View(func(tx *store.Tx) (err error) {
		r, err = b.beginReading(tx)
		return err
	})
	if err != nil {
		return nil, err
	}
	if !r.all && r.pricelist != 0 {
		if r.all, err = r.rulesWritten(ctx); err != nil {
			return nil, err
		}
	}
	if !r.all {
		err := r.readChanges(ctx)
		if class := odoo.ClassOf(err); err == nil || class != odoo.Refused && class != odoo.Denied {
			return r, err
		}
		r = &reading{b: b, all: true, of: r.of, asked: r.asked}
	}
	return r, r.readAll(ctx)
}

// rulesWritten tells whether a rule of the POS's price list was written since the last run.
func (r *reading) rulesWritten(ctx context.Context) (bool, error) {
	return (product.Pricelist{ID: r.pricelist}).Written(ctx, r.b.d.Odoo, r.since)
}
