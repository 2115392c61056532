package coffee

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"crema/connectors"
	"crema/connectors/coffee/ledger"
	"crema/queue"
	"crema/store"
)

// ReconcileKind compares the machine's counters, the ledger and Odoo. It has its turn with
// the bookings, so that none is under way meanwhile.
var ReconcileKind = queue.Kind[FlowArgs]{Name: "coffee.reconcile", Version: 1, Channel: "root.sales",
	Describe: func(a FlowArgs) string { return "compare the books of " + a.Backend }}

// reasonReconcile is the checkpoint of books that don't agree.
const reasonReconcile = "reconcile"

// Books is what a comparison found.
type Books struct {
	Machine string // "2900/29-1"
	Asked   bool   // the machine's counters were read; false: it was away
	Cups    int    // cups of the ledger that Odoo was asked about
	Waiting int    // those that are not booked yet, which is no difference
	// Differences are in words, one a drink: none where all agree.
	Differences []string
}

// String says what was found, for people.
func (f Books) String() string {
	text := fmt.Sprintf("%s: %s compared with Odoo, %s to be booked", f.Machine, connectors.Counted(f.Cups, "cup", "cups"), connectors.Counted(f.Waiting, "waits", "wait"))
	if !f.Asked {
		text += "; the machine was away, its counters were not compared"
	}
	if len(f.Differences) == 0 {
		return text + "; all agree"
	}
	return text + "; they differ: " + strings.Join(f.Differences, "; ")
}

// reconcile is the job of the flow: what differs is a checkpoint, which goes away when it
// does, or when a person accepts it.
//
// Odoo is asked first whether it is there: while it is away, going through the ledger and the
// machine's counters at each try would be for nothing.
func (b *Backend) reconcile(ctx context.Context, job *queue.Job[FlowArgs]) (queue.Done, error) {
	if _, err := b.d.Odoo.Whoami(ctx); err != nil {
		return nil, b.odooFailed(ctx, "reconcile", job.Step, err)
	}
	c, err := b.compareBooks(ctx)
	switch {
	case errors.Is(err, errNeverSeen):
		job.SetResult("nothing to compare: " + err.Error())
		return nil, nil
	case errors.Is(err, errNotAnchored):
		return nil, queue.Snooze(err, lastWait)
	}
	if err != nil {
		return nil, b.odooFailed(ctx, "reconcile", job.Step, err)
	}
	found := c.books()
	water := b.compareWater()
	job.SetResult(found.String() + water.behind())
	return func(tx *store.Tx) error {
		if err := b.tellWater(tx, water); err != nil {
			return err
		}
		if err := reconciledMachines.Put(tx, found.Machine, c.state); err != nil {
			return err
		}
		if err := errors.Join(b.odooWorks(tx, "reconcile"), b.done(tx, "reconcile")); err != nil {
			return err
		}
		if len(found.Differences) == 0 {
			return b.d.Checkpoints.ResolveCheckpoint(tx, b.cfg.Name, ModelMachine, found.Machine, reasonReconcile)
		}
		return b.tellPerson(tx, ModelMachine, found.Machine, reasonReconcile,
			"The books of %s don't agree: %s. Review this to take it as it is; else it is told until it is mended.", found.Machine, strings.Join(found.Differences, "; "))
	}, nil
}

// CompareBooks compares the books of a machine now, as the flow does, and keeps nothing of it.
func (b *Backend) CompareBooks(ctx context.Context) (Books, error) {
	c, err := b.compareBooks(ctx)
	if err != nil {
		return Books{}, err
	}
	return c.books(), nil
}

// acceptBooks takes the books as the last comparison found them.
func (b *Backend) acceptBooks(tx *store.Tx, p connectors.Checkpoint) error {
	r, found, err := reconciledMachines.Get(tx, p.Record)
	if err != nil || !found {
		return err
	}
	r = r.clone()
	for slot, more := range r.More {
		r.Cups[slot] += uint64(more) // mod 2^64, as the counters are mod theirs
	}
	r.Watched = slices.DeleteFunc(r.Watched, func(seq uint64) bool { return slices.Contains(r.Missing, seq) })
	for _, seq := range r.Missing {
		if seq > r.Asked {
			r.Accepted = append(r.Accepted, seq)
		}
	}
	r.More, r.Missing = nil, nil
	return reconciledMachines.Put(tx, p.Record, r)
}

// attachedMachine is the machine on the backend's line: errNeverSeen, and errNotAnchored
// where it is not known yet where its books stand.
func (b *Backend) attachedMachine(tx *store.Tx) (ledger.Machine, error) {
	model, serial, ok := b.identity(tx)
	if !ok {
		return ledger.Machine{}, errNeverSeen
	}
	m, _, err := ledger.GetMachine(tx, model, serial)
	if err == nil && !m.Known {
		err = errNotAnchored
	}
	return m, err
}
