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

// applyCatalogue is the commit of a catalogue run: what was read, from when on the next
// one reads, bindings, what each slot shall hold, the jobs that write it, and what a
// person must know.
func (b *Backend) applyCatalogue(tx *store.Tx, r *reading, parent queue.ID) (int, error) {
	if r.shop != nil {
		if err := r.shop.store(tx, b.cfg.Name); err != nil {
			return 0, err
		}
	}
	if err := b.storeReading(tx, r); err != nil {
		return 0, err
	}
	in, err := b.planInput(tx)
	if err != nil {
		return 0, err
	}
	plan := planSlots(in)
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

// storeReading stores what was read, and that it was.
func (b *Backend) storeReading(tx *store.Tx, r *reading) error {
	if err := b.storeDrinks(tx, r); err != nil {
		return err
	}
	if err := catalogueCursor(b.cfg.Name).Move(tx, r.at); err != nil || !r.all {
		return err
	}
	s, _, err := catalogueStates.Get(tx, b.cfg.Name)
	if err != nil {
		return err
	}
	s.Category, s.Pricelist, s.Until, s.Of, s.All, s.Done = r.category, r.pricelist, r.until, r.of, b.d.Clock.Board(), r.asked
	if err := catalogueStates.Put(tx, b.cfg.Name, s); err != nil {
		return err
	}
	return b.odooWorks(tx, "catalogue")
}

// storeDrinks keeps every drink ever read: a cup of one that is archived, or that
// was moved to another category, is still booked. One that is there no more is sold no
// more.
func (b *Backend) storeDrinks(tx *store.Tx, r *reading) error {
	for _, d := range r.news {
		if err := b.storeDrink(tx, d); err != nil {
			return err
		}
	}
	var gone []Drink
	if r.all {
		for d := range drinksOf(tx, b.cfg.Name) {
			if d.Active && !r.seen[d.Product] {
				gone = append(gone, d)
			}
		}
	}
	for _, id := range r.left {
		if d, _, err := drinks.Get(tx, drinkKey{A: b.cfg.Name, B: id}); err != nil {
			return err
		} else if d.Active {
			gone = append(gone, d)
		}
	}
	for _, d := range gone {
		d.Active = false
		if err := b.storeDrink(tx, d); err != nil {
			return err
		}
	}
	return nil
}

// storeDrink stores a drink, if it is not stored as it is.
func (b *Backend) storeDrink(tx *store.Tx, d Drink) error {
	key := drinkKey{A: b.cfg.Name, B: d.Product}
	was, known, err := drinks.Get(tx, key)
	if err != nil || known && sameDrink(was, d) {
		return err
	}
	if err := drinks.Put(tx, key, d); err != nil {
		return err
	}
	if was.Active && !d.Active {
		for _, reason := range []string{reasonNoSlot, reasonBadSlot, reasonPrice, reasonPriceTax} {
			if err := b.d.Checkpoints.ResolveCheckpoint(tx, b.cfg.Name, ModelProduct, record(d), reason); err != nil {
				return err
			}
		}
	}
	return b.drinkRead(tx, was, d)
}

// planInput gathers what decides the slots. errNeverSeen before the machine's slots
// have been read once.
func (b *Backend) planInput(tx *store.Tx) (planInput, error) {
	in := planInput{
		Limits: b.machine.Limits(), Bound: map[int64]int{}, Named: map[string]int{},
		Blocked: map[int]bool{}, Known: map[int]string{}, Told: map[int]bool{}, Gone: map[int64]Drink{}, Leaving: map[int]bool{},
	}
	var err error
	if _, in.Digits, err = b.currency(tx); err != nil {
		return in, err
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
		in.Told[s] = b.d.Checkpoints.IsOpen(tx, b.cfg.Name, ModelSlot, soldAs{s, h.Slot.Name}.record(), reasonUnboundSlot)
		w, _, err := wants.Get(tx, slotKeyOf(b.cfg.Name, s))
		if err != nil {
			return in, err
		}
		in.Leaving[s] = w.leaves(h)
	}
	if len(in.Held) == 0 {
		return in, errNeverSeen
	}
	for d := range drinksOf(tx, b.cfg.Name) {
		switch {
		case d.Active && d.Unpriced == "":
			in.Drinks = append(in.Drinks, d)
		case d.Active:
			in.Unpriced = append(in.Unpriced, d)
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
