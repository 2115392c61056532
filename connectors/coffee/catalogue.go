package coffee

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"crema/connectors"
	"crema/connectors/odoo/product"
	"crema/queue"
	"crema/store"
)

// enqueueCatalogue asks for a catalogue run.
func (b *Backend) enqueueCatalogue(tx *store.Tx, parent queue.ID) (queue.ID, error) {
	return queue.Enqueue(tx, b.d.Queue, CatalogueKind, FlowArgs{b.cfg.Name},
		queue.Options{IdentityKey: "catalogue/" + b.cfg.Name, Backend: b.cfg.Name, Parent: parent})
}

// catalogue reads the drinks from Odoo and decides which slot holds which. What
// differs is written by a job a slot, its parts; they read what the slot shall hold
// when they run, so a newer catalogue needs no care for older jobs.
func (b *Backend) catalogue(ctx context.Context, job *queue.Job[FlowArgs]) (queue.Done, error) {
	shop, err := b.readShop(ctx)
	if err != nil {
		return nil, b.odooFailed(ctx, job.Step, err)
	}
	category, err := product.FindCategory(ctx, b.d.Odoo, b.cfg.POSCategory, b.cfg.Language)
	if err != nil {
		return nil, b.odooFailed(ctx, job.Step, err)
	}
	products, err := product.Drinks(ctx, b.d.Odoo, product.Query{Category: category.ID, Lang: b.cfg.Language})
	if err != nil {
		return nil, b.odooFailed(ctx, job.Step, err)
	}
	var taxIDs []int64
	for _, p := range products {
		taxIDs = append(taxIDs, p.Taxes...)
	}
	taxes, err := b.taxes(ctx, taxIDs)
	if err != nil {
		return nil, b.odooFailed(ctx, job.Step, err)
	}
	list, unsellable := b.drinksFrom(ctx, products, shop, taxes)
	return func(tx *store.Tx) error {
		n, err := b.applyCatalogue(tx, shop, list, unsellable, job.ID)
		if errors.Is(err, errNeverSeen) {
			// The drinks are kept; the machine's first connection asks again.
			job.SetResult(fmt.Sprintf("%d drinks; %v", len(list), err))
			return nil
		}
		if err != nil {
			return err
		}
		job.SetResult(fmt.Sprintf("%d drinks, %d slots to write", len(list), n))
		return b.done(tx, "catalogue")
	}, nil
}

// applyCatalogue is the commit of a catalogue run: drinks, bindings, what each slot
// shall hold, the jobs that write it, and what a person must know.
func (b *Backend) applyCatalogue(tx *store.Tx, s *shop, list []Drink, unsellable map[int64]error, parent queue.ID) (int, error) {
	if err := s.store(tx, b.cfg.Name); err != nil {
		return 0, err
	}
	if err := b.odooWorks(tx); err != nil {
		return 0, err
	}
	if err := b.storeDrinks(tx, list); err != nil {
		return 0, err
	}
	in, err := b.planInput(tx, list, unsellable, int32(s.Currency.Places))
	if err != nil {
		return 0, err
	}
	plan := planSlots(in)
	for _, id := range sortedKeys(unsellable) {
		plan.Notices = append(plan.Notices, notice{ModelProduct, strconv.FormatInt(id, 10), reasonTax,
			fmt.Sprintf("%v. Its slot is left as it is.", unsellable[id])})
	}
	for _, d := range in.Drinks {
		plan.Settled = append(plan.Settled, notice{Model: ModelProduct, Record: record(d), Reason: reasonTax})
	}
	if err := b.tell(tx, plan); err != nil {
		return 0, err
	}
	if err := b.bindAll(tx, in.Bound, plan.Bound, in.Gone); err != nil {
		return 0, err
	}
	if err := b.giveDrinks(tx, parent); err != nil {
		return 0, err
	}
	return b.wantAll(tx, in, plan, parent)
}

// storeDrinks keeps every drink ever read: a cup of one that is archived, or that
// was moved to another category, is still booked.
func (b *Backend) storeDrinks(tx *store.Tx, list []Drink) error {
	now := map[int64]bool{}
	for _, d := range list {
		now[d.Product] = true
		if err := b.storeDrink(tx, d); err != nil {
			return err
		}
	}
	for d := range drinksOf(tx, b.cfg.Name) {
		if !now[d.Product] && d.Active {
			d.Active = false
			if err := b.storeDrink(tx, d); err != nil {
				return err
			}
		}
	}
	return nil
}

func (b *Backend) storeDrink(tx *store.Tx, d Drink) error {
	key := drinkKey{A: b.cfg.Name, B: d.Product}
	was, _, err := drinks.Get(tx, key)
	if err != nil {
		return err
	}
	if err := drinks.Put(tx, key, d); err != nil {
		return err
	}
	return b.drinkRead(tx, was, d)
}

// planInput gathers what decides the slots. errNeverSeen before the machine's slots
// have been read once.
func (b *Backend) planInput(tx *store.Tx, list []Drink, unsellable map[int64]error, digits int32) (planInput, error) {
	in := planInput{
		Limits: b.machine.Limits(), Digits: digits, Bound: map[int64]int{}, Named: map[string]int{},
		Blocked: map[int]bool{}, Known: map[int]string{}, Gone: map[int64]Drink{}, Kept: map[int64]bool{}, Leaving: map[int]bool{},
	}
	for id := range unsellable {
		in.Kept[id] = true
	}
	for h := range heldSlots(tx, b.cfg.Name) {
		s := len(in.Held)
		in.Held = append(in.Held, h)
		for _, reason := range []string{reasonArchived, reasonUnknownSlot, reasonDisabledAtPanel} {
			if b.d.Checkpoints.IsOpen(tx, b.cfg.Name, ModelSlot, strconv.Itoa(s), reason) {
				in.Blocked[s] = true
			}
		}
		name, _, err := knownNames.Get(tx, slotKeyOf(b.cfg.Name, s))
		if err != nil {
			return in, err
		}
		in.Known[s] = name
		w, _, err := wants.Get(tx, slotKeyOf(b.cfg.Name, s))
		if err != nil {
			return in, err
		}
		in.Leaving[s] = w.leaves(h)
	}
	if len(in.Held) == 0 {
		return in, errNeverSeen
	}
	for _, d := range list {
		if _, out := unsellable[d.Product]; d.Active && !out {
			in.Drinks = append(in.Drinks, d)
		}
	}
	for code, slot := range b.cfg.Slots {
		n, err := strconv.Atoi(slot)
		if err != nil {
			n = -1 // told by the plan
		}
		in.Named[code] = n
	}
	for bound := range b.binder().All(tx) {
		slot, err := strconv.Atoi(bound.External)
		if err != nil {
			return in, fmt.Errorf("binding of product %d to slot %q: %w", bound.OdooID, bound.External, err)
		}
		in.Bound[bound.OdooID] = slot
		if d, ok, err := drinks.Get(tx, drinkKey{A: b.cfg.Name, B: bound.OdooID}); err != nil {
			return in, err
		} else if ok {
			in.Gone[bound.OdooID] = d
		}
	}
	return in, nil
}

func (b *Backend) tell(tx *store.Tx, plan slotPlan) error {
	for _, n := range plan.Settled {
		if err := b.d.Checkpoints.ResolveCheckpoint(tx, b.cfg.Name, n.Model, n.Record, n.Reason); err != nil {
			return err
		}
	}
	for _, n := range plan.Notices {
		if _, err := b.d.Checkpoints.OpenCheckpoint(tx, connectors.Checkpoint{
			Backend: b.cfg.Name, Model: n.Model, Record: n.Record, Reason: n.Reason, Message: n.Message}); err != nil {
			return err
		}
	}
	return nil
}

// bindAll brings the bindings from old to new: first all that end, then all that
// begin, since two drinks may change places.
func (b *Backend) bindAll(tx *store.Tx, old, new map[int64]int, known map[int64]Drink) error {
	binder := b.binder()
	for _, id := range sortedKeys(old) {
		if s, ok := new[id]; !ok || s != old[id] {
			if err := binder.Unbind(tx, id); err != nil {
				return err
			}
		}
	}
	for _, id := range sortedKeys(new) {
		s := new[id]
		if was, ok := old[id]; !ok || was != s {
			if err := binder.Bind(tx, connectors.Binding{OdooID: id, External: strconv.Itoa(s), Synced: b.d.Clock.Now()}); err != nil {
				return err
			}
		}
		d, ok, err := drinks.Get(tx, drinkKey{A: b.cfg.Name, B: id})
		if err != nil {
			return err
		}
		if err := binder.Archive(tx, id, !ok || !d.Active); err != nil {
			return err
		}
	}
	return nil
}

// wantAll stores what each slot shall hold and enqueues a job for each that differs.
func (b *Backend) wantAll(tx *store.Tx, in planInput, plan slotPlan, parent queue.ID) (int, error) {
	if err := staleWants.Delete(tx, b.cfg.Name); err != nil {
		return 0, err
	}
	n := 0
	for s, h := range in.Held {
		key := slotKeyOf(b.cfg.Name, s)
		w, ok := plan.Wants[s]
		if !ok {
			if err := wants.Delete(tx, key); err != nil {
				return n, err
			}
			continue
		}
		if old, known, err := wants.Get(tx, key); err != nil {
			return n, err
		} else if !known || old != w {
			if err := wants.Put(tx, key, w); err != nil {
				return n, err
			}
		}
		if h.Intent == nil && !b.differs(h, w) {
			continue
		}
		n++
		if _, err := b.enqueueSlot(tx, s, parent); err != nil {
			return n, err
		}
	}
	return n, nil
}

// errDeleted is a drink that Odoo does not know any more.
var errDeleted = errors.New("the drink was deleted in Odoo")

// drink is what is known of a product; one that this store has never seen (its cup
// came from another board's books) is read from Odoo.
func (b *Backend) drink(ctx context.Context, id int64) (d Drink, err error) {
	found := false
	err = b.d.Store.View(func(tx *store.Tx) (err error) {
		d, found, err = drinks.Get(tx, drinkKey{A: b.cfg.Name, B: id})
		return err
	})
	if err != nil || found {
		return d, err
	}
	ps, err := product.ByIDs(ctx, b.d.Odoo, []int64{id}, b.cfg.Language)
	if err != nil {
		return d, err
	}
	if len(ps) == 0 {
		return d, fmt.Errorf("%w: product %d", errDeleted, id)
	}
	return Drink{Product: id, Code: string(ps[0].Code), Name: ps[0].Name, TaxIDs: ps[0].Taxes, Active: ps[0].Active}, nil
}
