package coffee

import (
	"strings"
	"testing"

	"crema/connectors"
	"crema/connectors/coffee/ledger"
	"crema/connectors/odoo/standin"
	"crema/device"
	"crema/store"
)

// withCoins gives the machine a method for cash beside that for cards.
func (k *books) withCoins() (coins int64) {
	k.t.Helper()
	coins = k.erp.AddPaymentMethod("Coins", true)
	k.erp.Set("pos.config", k.pos, standin.Values{"payment_method_ids": []int64{1, coins}})
	r := kitchen2900()
	r.Settings["payment"] = `{"cash":"Coins","default":"Card"}`
	if err := k.b.d.Sync(k.t.Context(), []connectors.Backend{r}); err != nil {
		k.t.Fatal(err)
	}
	k.b = k.machines.backend(k.t, "kitchen")
	return coins
}

// paidInCash makes cups before and after each so many that are paid by card.
func (k *books) paidInCash(cards, every int) (cash int) {
	k.t.Helper()
	for i := 0; i <= cards; i++ {
		if i%every == 0 {
			k.make(1, k.products[0], eur(150))
			k.update(func(tx *store.Tx) error {
				c, _, err := ledger.ByKey(tx, ledger.Key2900("29-1", k.made))
				if err != nil {
					return err
				}
				c.Payment = device.PaymentCash
				return ledger.Update(tx, c)
			})
			cash++
		}
		if i < cards {
			k.make(1, k.products[i%3], eur(219))
		}
	}
	return cash
}

// TestOneKindOfPaymentGone: where the method for cash is gone, the cups that were paid by
// card are booked around those that were not, oldest first, in whole batches and as they
// come, and the session is closed at its time. The others follow once they can.
func TestOneKindOfPaymentGone(t *testing.T) {
	t.Parallel()
	for _, reviewed := range []bool{false, true} {
		k := newBooks(t)
		coins := k.withCoins()
		k.sell(1)
		k.erp.Delete("pos.payment.method", coins)
		k.b.forgetShop()
		cash := k.paidInCash(120, 7)
		calls := k.erp.Calls("pos.order/sync_from_ui")
		k.work(0)
		k.wantStates(cash, 121, 0)
		if n := k.erp.Calls("pos.order/sync_from_ui") - calls; n != 3 {
			t.Errorf("%d calls for 120 cups", n)
		}
		var last uint64
		k.update(func(tx *store.Tx) error {
			last = 0
			for _, o := range k.erp.Orders() {
				for n := last + 1; ; n++ {
					c, found, err := ledger.ByKey(tx, ledger.Key2900("29-1", n))
					if err != nil || !found {
						t.Fatalf("order %s is no cup after number %d", o.UUID, last)
					}
					if c.UUID == o.UUID {
						last = n
						break
					}
				}
			}
			return nil
		})
		p := k.wantOpen(reasonOdoo, true)
		if p.Record != "Kitchen/payment cash" || !strings.HasPrefix(p.Message, `Cups paid by cash wait: the point of sale "Kitchen" has no payment method "Coins"`) {
			t.Errorf("it says %+v", p)
		}
		k.sell(2) // no hour passes
		k.wantStates(cash, 123, 0)
		k.until(2, 3)
		k.wantSessions("closed crema 2900/29-1 n=0: 123")
		if again := k.wantOpen(reasonOdoo, true); again.ID != p.ID || again.Message != p.Message {
			t.Errorf("it was opened anew: %+v", again)
		}
		k.reviewed(p.ID) // nothing is mended yet
		p = k.wantOpen(reasonOdoo, true)

		k.erp.Set("pos.config", k.pos, standin.Values{"payment_method_ids": []int64{1, k.erp.AddPaymentMethod("Coins", true)}})
		if reviewed {
			k.reviewed(p.ID)
		} else {
			k.work(1)
		}
		k.wantStates(0, 123+cash, 0)
		k.wantOpen(reasonOdoo, false)
	}
}

// TestRefusedWhenItCloses: cups that Odoo refuses keep neither the session open nor the cups
// of the next day waiting.
func TestRefusedWhenItCloses(t *testing.T) {
	k := newBooks(t)
	k.sell(1)
	k.erp.Fail(standin.Rule{Fault: standin.Refuse, Call: "pos.order/sync_from_ui", Products: []int64{k.products[1]}})
	down := k.erp.Fail(standin.Rule{Fault: standin.DatabaseDown})
	k.make(6, k.products[1], eur(190))
	k.until(2, 4)
	k.make(5, k.products[0], eur(219))
	down()
	k.work(4)
	k.wantStates(0, 6, 6)
	k.wantSessions("closed crema 2900/29-1 n=0: 1", "opened crema 2900/29-1 n=1: 5")
}
