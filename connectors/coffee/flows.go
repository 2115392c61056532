package coffee

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"

	"crema/connectors"
	"crema/device"
	"crema/queue"
	"crema/store"
)

// flows are what can be started for a machine.
func (m *Machines) flows() []connectors.Flow {
	list := []connectors.Flow{
		{Name: "catalogue", Text: "Drinks and prices go down to the machine.", Schedule: "*/15 * * * *"},
		{Name: "cups", Text: "Cups come up from the machine.", Unscheduled: "the machine is read all the time: set poll instead"},
		{Name: "sales", Text: "Cups are booked in Odoo.", Schedule: "*/10 * * * *"},
		{Name: "reconcile", Text: "The machine's counters, the cups read and Odoo's orders are compared.", Schedule: "50 4 * * *"},
		{Name: "alarms", Text: "Odoo's Maintenance is told what is wrong with the machine.", Schedule: "25 * * * *"},
		{Name: "stock", Text: "What was used and what is left goes up to Odoo.", Needs: "stock_location", Versions: []string{Coffee2900.VersionName()}, Schedule: "35 * * * *"},
		{Name: "clock", Text: "The machine's clock is set.", Versions: []string{Coffee2900.VersionName()}, Schedule: "30 4 * * *"},
	}
	for i, f := range list {
		if look := scheduled[f.Name]; look != nil {
			list[i].Look = func(ctx context.Context, record connectors.Backend) (bool, error) {
				b, err := m.of(record)
				if err != nil {
					return false, err
				}
				return look(b, ctx)
			}
		}
		list[i].Start = func(tx *store.Tx, record connectors.Backend, byHand bool) (queue.ID, error) {
			b, err := m.of(record)
			if err != nil {
				return 0, err
			}
			return b.enqueueFlow(tx, f.Name, byHand)
		}
	}
	return list
}

func (b *Backend) enqueueFlow(tx *store.Tx, flow string, byHand bool) (queue.ID, error) {
	if flow == "catalogue" && byHand {
		if err := b.askAll(tx); err != nil {
			return 0, err
		}
	}
	var kind queue.Kind[FlowArgs]
	channel := "" // the kind's
	switch flow {
	case "catalogue":
		kind = CatalogueKind
	case "cups":
		kind, channel = CupsKind, machineChannel(b.cfg.Name)
	case "sales":
		kind = SalesKind
	case "reconcile":
		kind = ReconcileKind
	case "alarms":
		kind = AlarmsKind
	case "stock":
		kind = StockKind
	case "clock":
		kind, channel = ClockKind, machineChannel(b.cfg.Name)
	default:
		return 0, fmt.Errorf("%w %q of a coffee machine", connectors.ErrNoFlow, flow)
	}
	id, err := queue.Enqueue(tx, b.d.Queue, kind, FlowArgs{b.cfg.Name}, queue.Options{
		IdentityKey: flow + "/" + b.cfg.Name, Backend: b.cfg.Name, PullForward: byHand, Channel: channel})
	if err != nil || flow == "clock" || flow == "cups" || flow == "reconcile" || flow == "alarms" {
		return id, err
	}
	// Nothing is booked, and no slot is written, before it is known where the books stand.
	parent := id
	if !byHand {
		parent = 0 // a net must not gather jobs that wait for weeks
	}
	return id, b.anchorNow(tx, parent)
}

// Brew asks for one cup of a slot, free of charge, and returns its job.
func (b *Backend) Brew(ctx context.Context, slot int) (id queue.ID, err error) {
	err = b.d.Store.Update(ctx, func(tx *store.Tx) (err error) {
		id, _, err = b.enqueueBrew(tx, BrewArgs{Slot: slot})
		return err
	})
	return id, err
}

// stepper is a job's Step.
type stepper func(context.Context, func(*store.Tx) error) error

// enqueueBrew asks for one cup in this commit. Its token is made here, once: however often the job is tried, there
// is one cup.
func (b *Backend) enqueueBrew(tx *store.Tx, args BrewArgs) (id queue.ID, token string, err error) {
	var made device.Token
	_, _ = rand.Read(made[:]) // it never fails (crypto/rand)
	args.Backend, args.Token = b.cfg.Name, hex.EncodeToString(made[:])
	id, err = queue.Enqueue(tx, b.d.Queue, BrewKind, args, queue.Options{
		Backend: b.cfg.Name, IdentityKey: "brew/" + args.Token, Channel: machineChannel(b.cfg.Name)})
	return id, args.Token, err
}
