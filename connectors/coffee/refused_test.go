package coffee

import (
	"testing"
	"time"

	"crema/connectors"
	"crema/connectors/coffee/ledger"
	"crema/connectors/odoo/standin"
	"crema/device"
	"crema/store"
)

// TestOneDrinkIsRefused: Odoo will not have any cup of one drink. However many there are
// in a row, the cups of the others are booked.
func TestOneDrinkIsRefused(t *testing.T) {
	k := newBooks(t)
	k.erp.Fail(standin.Rule{Fault: standin.Refuse, Call: "pos.order/sync_from_ui", Products: []int64{k.products[1]}})
	k.make(20, k.products[1], eur(190))
	k.make(20, k.products[0], eur(219))
	k.make(20, k.products[2], eur(190))
	k.work(8)
	if n := k.count(ledger.Booked); n != 40 {
		t.Errorf("%d cups are booked, want 40; open %v", n, k.open())
	}
	for _, o := range k.erp.Orders() {
		if len(o.UUID) == 0 {
			t.Error("an order without uuid")
		}
	}
	k.make(1, k.products[2], eur(190))
	k.work(2)
	if n := k.count(ledger.Booked); n != 41 {
		t.Errorf("%d cups are booked, want 41", n)
	}
}

// TestTwoDrinksAreRefused: nor when two drinks are.
func TestTwoDrinksAreRefused(t *testing.T) {
	k := newBooks(t)
	k.erp.Fail(standin.Rule{Fault: standin.Refuse, Call: "pos.order/sync_from_ui", Products: k.products[:2]})
	k.make(6, k.products[1], eur(190))
	k.make(6, k.products[0], eur(219))
	k.make(6, k.products[2], eur(190))
	k.work(8)
	if n := k.count(ledger.Booked); n != 6 {
		t.Errorf("%d cups are booked, want 6; open %v", n, k.open())
	}
}

// TestDrinkDeleted: a product that neither the store nor Odoo knows any more parks its
// own cups alone.
func TestDrinkDeleted(t *testing.T) {
	k := newBooks(t)
	k.make(1, 99_999, eur(190))
	k.make(3, k.products[0], eur(219))
	k.work(1)
	k.wantStates(0, 3, 1)
	if _, told := k.open()[ledger.ReasonRefused]; !told {
		t.Errorf("nobody is told: %v", k.open())
	}
}

// TestCupsOfAMachineThatLeft: what was read of a machine is booked, also when it is
// attached no longer, or another one is there of which nothing is known yet.
func TestCupsOfAMachineThatLeft(t *testing.T) {
	for name, leave := range map[string]func(*store.Tx) error{
		"nothing is there": func(tx *store.Tx) error { return attachments.Delete(tx, "kitchen") },
		"another is there": func(tx *store.Tx) error {
			return attachments.Put(tx, "kitchen", attached{Model: "2900", Serial: "29-2"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			k := newBooks(t)
			k.make(1, k.products[0], eur(219))
			k.work(0)
			k.update(leave)
			k.make(3, k.products[0], eur(219))
			k.work(0)
			k.wantStates(0, 4, 0)
		})
	}
}

// TestTimeIsAwaited: a cup from before this program was built waits for a time, a day at
// most, and nobody has to ask again.
func TestTimeIsAwaited(t *testing.T) {
	k := newBooks(t)
	k.queue.Clock.SetTrusted(false)
	k.update(func(tx *store.Tx) error {
		if _, _, err := ledger.Add(tx, ledger.Cup{
			Key: ledger.Key2900("29-1", 1), Backend: "kitchen", Model: "2900", Serial: "29-1", Number: 1, Kind: device.CupSale, Product: k.products[0],
			SlotName: "Drink", Price: eur(219), Payment: device.PaymentCard, Time: time.Unix(0, 0), TimeTrust: ledger.TimeUntrusted, State: ledger.Seen,
			Board: k.queue.Clock.Board(), Boot: "another boot",
		}); err != nil {
			return err
		}
		_, err := k.b.enqueueSales(tx, 0)
		return err
	})
	k.work(1)
	k.wantStates(1, 0, 0)
	k.work(140)
	k.wantStates(0, 1, 0)
}

// TestBackendLeft: cups of a backend that was taken out of the configuration, or renamed,
// are not forgotten in silence.
func TestBackendLeft(t *testing.T) {
	k := newBooks(t)
	k.make(2, k.products[0], eur(219))
	host := k.b.d.Host
	if err := host.Sync(t.Context(), nil); err != nil {
		t.Fatal(err)
	}
	if p := k.open()[reasonLeft]; p.Backend != "kitchen" {
		t.Errorf("checkpoints %v", k.open())
	}
	if err := host.Sync(t.Context(), []connectors.Backend{kitchen2900()}); err != nil {
		t.Fatal(err)
	}
	if _, open := k.open()[reasonLeft]; open {
		t.Error("it is back, and the checkpoint stays open")
	}
}
