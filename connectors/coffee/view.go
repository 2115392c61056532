package coffee

import (
	"cmp"
	"time"

	"crema/connectors"
	"crema/connectors/coffee/busy"
	"crema/device"
	"crema/store"
)

// View is one backend as a page shows it, put together without asking the machine
// or Odoo.
type View struct {
	Name, Version, Location string
	State                   connectors.BackendState
	FromFile                bool
	Model, Serial           string // of the machine that its line led to last; "" before the first
	Snapshot
	Slots  []SlotView
	Last   map[string]time.Time // when each flow last succeeded
	Locked bool                 // a person wants the panel locked
	Brews  bool                 // it can be asked for a cup
	Digits int32                // of the POS's currency
	Busy   *busy.View           // nil: no coffee is poured when Odoo is busy
	Wires  *WiresView           // nil: it has none; not read yet
	// Unbooked says why the cups that the machine makes now are not booked; "" where they are.
	Unbooked string
}

// SlotView is what a slot holds and which product it stands for.
type SlotView struct {
	device.Slot
	Product int64 // 0: none
}

var lastRuns = store.NewBucket[store.Pair[string, string], time.Time]("coffee.last", store.PairKey(store.StringKey(), store.StringKey()))

// done keeps when a flow last succeeded.
func (b *Backend) done(tx *store.Tx, flow string) error {
	return lastRuns.Put(tx, store.Pair[string, string]{A: b.cfg.Name, B: flow}, b.d.Clock.Now().UTC())
}

// Name is the backend's.
func (b *Backend) Name() string { return b.cfg.Name }

// View is what is known of the backend now.
func (b *Backend) View(tx *store.Tx) (View, error) {
	v := View{Name: b.cfg.Name, Version: b.cfg.Version, Location: b.cfg.Location, Snapshot: b.Snapshot(), Last: map[string]time.Time{}}
	stored, err := connectors.Backends{}.Get(tx, b.cfg.Name)
	if err != nil {
		return v, err
	}
	v.State, v.FromFile = stored.State, stored.FromFile
	v.Model, v.Serial, _ = b.identity(tx)
	currency := ""
	if currency, v.Digits, err = b.currency(tx); err != nil {
		return v, err
	}
	for h := range heldSlots(tx, b.cfg.Name) {
		s := SlotView{Slot: h.Slot, Product: h.Product}
		s.Price.Currency = cmp.Or(s.Price.Currency, currency) // the 1900 tells none: it is the POS's
		v.Slots = append(v.Slots, s)
	}
	for k, at := range lastRuns.Prefix(tx, store.Leading(store.StringKey(), b.cfg.Name)) {
		v.Last[k.B] = at
	}
	if !v.CupsAt.IsZero() {
		v.Last["cups"] = v.CupsAt
	}
	v.Locked = b.Locked(tx)
	if v.Unbooked, err = unbookedWords(tx, v.Model, v.Serial); err != nil {
		return v, err
	}
	_, v.Brews = b.machine.(device.Brewer)
	if v.Wires, err = b.wiresView(tx); err != nil {
		return v, err
	}
	v.Busy, err = b.busy.View(tx)
	return v, err
}

// DrinkName is what Odoo calls a product that this backend sells or sold; "" where
// that was never read.
func (b *Backend) DrinkName(tx *store.Tx, product int64) (string, error) {
	d, _, err := drinks.Get(tx, drinkKey{A: b.cfg.Name, B: product})
	return d.Name, err
}
