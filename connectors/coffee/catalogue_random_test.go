package coffee

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"crema/connectors"
	"crema/connectors/odoo/standin"
	"crema/device"
	"crema/store"
)

// menu is what Odoo truly sells: what people did there, kept apart from the stand-in.
type menu struct {
	*cafe
	rnd      *rand.Rand
	products map[int64]*dish
	rate     int64 // of the tax, in percent
	late     []func()
	lateEnds time.Time // the first of them is committed by then
	// What no stamp tells of was changed since the last reading of all.
	deleted, taxed bool
}

type dish struct {
	name                       map[string]string
	cents                      int64
	archived, unpublished, out bool
}

func (d *dish) sold() bool { return !d.archived && !d.unpublished && !d.out }

// TestCatalogueRandom lets people in Odoo write, archive, translate, delete and take out of
// the category at random, long calls end late, taxes change, others edit at the panel and
// the power fail at any moment, while the catalogue runs. Whenever a run has gone through,
// the drinks that are known are those that Odoo sells, but for what no stamp tells of; in
// the end the machine sells what Odoo does.
func TestCatalogueRandom(t *testing.T) {
	t.Parallel()
	seed := seedOf(t)
	for _, version := range []string{"1900", "2900"} {
		t.Run(version, func(t *testing.T) {
			for i := range uint64(6) {
				c := newCafeOn(t, []string{"19.0", "18.0"}[i%2], version, "fr_FR")
				m := &menu{cafe: c, rnd: chance(t, seed+i), products: map[int64]*dish{}, rate: 10}
				for range 150 {
					m.step()
				}
				m.settle()
				c.store.Close()
				if t.Failed() {
					t.Fatalf("seed %d", seed+i)
				}
			}
		})
	}
}

// step is something that somebody does, and now and then a run.
func (m *menu) step() {
	if m.rnd.IntN(4) == 0 {
		m.fuse.set(m.rnd.IntN(25))
	}
	switch p := m.rnd.IntN(100); {
	case p < 45:
		m.person()
	case p < 55 && m.late == nil:
		m.lateEnds = m.now.Add(4 * time.Minute)
		for range 1 + m.rnd.IntN(3) {
			m.beginLate(m.now)
		}
	case p < 60 && m.version == "2900":
		m.panel()
	case p < 65:
		m.m.Buy(m.rnd.IntN(8))
		m.poll()
	case p < 70:
		m.reviewAll()
	case p < 73:
		m.erp.Fail(standin.Rule{Fault: []standin.Fault{standin.CloseBeforeCommit, standin.CutBody, standin.DatabaseDown, standin.ServerError}[m.rnd.IntN(4)], Times: 1, Skip: m.rnd.IntN(4)})
	case p < 75:
		m.clock.wall = m.clock.wall.Add(time.Duration(m.rnd.IntN(2000)-1000) * time.Hour)
	default:
		m.goOn(m.rnd.IntN(5) == 0)
	}
	m.wait(time.Duration(m.rnd.IntN(4*60)) * time.Second)
	if m.fuse.isBlown() {
		m.boot()
		m.b.tested.Store(true)
		m.work()
	}
}

// wait lets time pass; what was to be committed by then is.
func (m *menu) wait(d time.Duration) {
	if m.late != nil && (m.now.Add(d).After(m.lateEnds) || m.rnd.IntN(3) == 0) {
		for _, commit := range m.late {
			commit()
		}
		m.late = nil
	}
	m.pass(d)
}

// goOn runs the catalogue and writes the slots; killed or refused anywhere it ends there.
func (m *menu) goOn(byHand bool) {
	if byHand && m.store.Update(m.t.Context(), m.b.askAll) != nil {
		return
	}
	r, err := m.b.readCatalogue(m.t.Context())
	if err != nil {
		return
	}
	if err := m.apply(r); err != nil {
		return
	}
	if r.all {
		m.deleted, m.taxed = false, false
	}
	m.compareDrinks()
	if m.rnd.IntN(3) > 0 {
		m.writeAll()
	}
}

// person is somebody in Odoo.
func (m *menu) person() {
	id := m.some()
	switch p := m.rnd.IntN(20); {
	case id == 0 || p < 4 && m.onSale() < 8:
		id = m.erp.Insert("product.product", 0, standin.Values{"lst_price": 1.0, "list_price": 1.0, "active": true, "available_in_pos": true, "name": "New",
			"taxes_id": []int64{m.tax}, "pos_categ_ids": []int64{m.category}, "currency_id": 1})
		m.products[id] = &dish{name: map[string]string{"en_US": "New"}, cents: 100}
	case p < 5:
		m.erp.Delete("product.product", id)
		delete(m.products, id)
		m.deleted = true
	case p < 6:
		m.rate = int64(m.rnd.IntN(30))
		m.erp.Set("account.tax", m.tax, standin.Values{"amount": m.rate})
		m.taxed = true
	default:
		m.change(id)(m.now)
	}
}

// beginLate begins a long call now, which is committed later.
func (m *menu) beginLate(began time.Time) {
	if id := m.some(); id != 0 {
		commit := m.change(id)
		m.late = append(m.late, func() {
			if m.products[id] != nil {
				commit(began)
			}
		})
	}
}

// change chooses a change of a product, to be stamped with the time it is given.
func (m *menu) change(id int64) func(began time.Time) {
	p, n := m.rnd.IntN(7), m.rnd.IntN(1000)
	set := func(began time.Time, v standin.Values) { m.erp.SetLate("product.product", id, began, v) }
	return func(began time.Time) {
		d := m.products[id]
		switch {
		case p < 2:
			d.cents = int64(n)
			price := float64(n) / 100
			set(began, standin.Values{"list_price": price, "lst_price": price})
		case p < 4:
			lang := []string{"en_US", "fr_FR"}[n%2]
			d.name = maps.Clone(d.name)
			d.name[lang] = []string{"Café crème", "Thé", "A very long name of a drink", "Latte", "Moka, fort", "Latte~1"}[n%6]
			set(began, standin.Values{"name": d.name})
		case p == 4:
			d.archived = n%2 == 0 || m.onSale() >= 8
			set(began, standin.Values{"active": !d.archived})
		case p == 5:
			d.unpublished = n%2 == 0 || m.onSale() >= 8
			set(began, standin.Values{"available_in_pos": !d.unpublished})
		default:
			categories := []int64{m.category}
			if d.out = n%2 == 0 || m.onSale() >= 8; d.out {
				categories = nil
			}
			set(began, standin.Values{"pos_categ_ids": categories})
		}
	}
}

func (m *menu) some() int64 {
	ids := sortedKeys(m.products)
	if len(ids) == 0 {
		return 0
	}
	return ids[m.rnd.IntN(len(ids))]
}

// onSale is how many drinks Odoo sells: no more than there are slots.
func (m *menu) onSale() (n int) {
	for _, d := range m.products {
		if d.sold() {
			n++
		}
	}
	return n
}

// panel is somebody at the machine, at a slot that has a drink.
func (m *menu) panel() {
	slot := m.rnd.IntN(8)
	product := int64(0)
	if err := m.store.View(func(tx *store.Tx) (err error) {
		product, err = boundDrink(tx, "kitchen", slot)
		return err
	}); err != nil || product == 0 {
		return
	}
	n := m.rnd.IntN(1000)
	m.m.Edit(slot, func(s *device.Slot) {
		switch n % 4 {
		case 0:
			s.Name = fmt.Sprint("Special ", n)
		case 1:
			s.Price.Amount = int64(n)
		case 2:
			s.Enabled = !s.Enabled
		default:
			s.Volume = device.Millilitre(n)
		}
	})
	m.poll()
}

// reviewAll is somebody who has looked at everything.
func (m *menu) reviewAll() {
	var kept *connectors.ReviewError // cups wait for their drink
	if _, err := m.b.d.Checkpoints.ReviewAll(m.t.Context(), m.store, connectors.CheckpointFilter{}, ""); err != nil && !errors.As(err, &kept) && !errors.Is(err, errDead) {
		m.t.Error(err)
	}
}

// gross is what a drink costs, by arithmetic of its own.
func (m *menu) gross(d *dish) int64 { return (d.cents*(100+m.rate) + 50) / 100 }

func (m *menu) shown(id int64) string {
	d := m.products[id]
	name := d.name["fr_FR"]
	if name == "" {
		name = d.name["en_US"]
	}
	return fit(m.b.machine.Limits(), id, name)
}

// compareDrinks compares what the store knows of the drinks with what Odoo sells.
func (m *menu) compareDrinks() {
	m.t.Helper()
	known := map[int64]Drink{}
	if err := m.store.View(func(tx *store.Tx) error {
		for d := range drinksOf(tx, "kitchen") {
			known[d.Product] = d
		}
		return nil
	}); err != nil {
		m.t.Fatal(err)
	}
	for id, d := range m.products {
		k := known[id]
		delete(known, id)
		if k.Active != d.sold() || k.Active && (k.Fitted != m.shown(id) || !m.taxed && k.Price.Amount != m.gross(d)) {
			m.t.Errorf("Odoo's product %d is %+v at %d %%, known is %+v", id, d, m.rate, k)
		}
	}
	for id, k := range known {
		if k.Active && !m.deleted {
			m.t.Errorf("product %d is deleted in Odoo, known is %+v", id, k)
		}
	}
}

// settle lets all come to rest, and compares machine and Odoo.
func (m *menu) settle() {
	m.t.Helper()
	m.erp.Heal()
	m.wait(5 * time.Minute)
	for s, held := range m.m.slots {
		// What a person has put into a slot whose drink had left is that person's, and is let be.
		if strings.HasPrefix(held.Name, "Special") {
			m.m.Edit(s, func(s *device.Slot) { s.Enabled = false })
		}
	}
	for range 6 {
		if m.fuse.set(-1); m.fuse.isBlown() {
			m.boot()
			m.b.tested.Store(true)
		}
		m.work()
		m.reviewAll()
		m.goOn(true)
		if err := m.writeAll(); err != nil {
			m.t.Fatalf("write the slots: %v", err)
		}
	}
	var want []string
	for id, d := range m.products {
		if d.sold() {
			want = append(want, fmt.Sprintf("%s %d.%02d", m.shown(id), m.gross(d)/100, m.gross(d)%100))
		}
	}
	m.wantSold(want...)
	if got := m.openReasons(); len(got) != 0 && !onlyUnbound(got) {
		m.t.Errorf("open checkpoints %q", got)
	}
}

// onlyUnbound tells whether all that is open is about cups that were sold under a name
// that a person had written at the panel.
func onlyUnbound(open []string) bool {
	return !slices.ContainsFunc(open, func(r string) bool {
		return len(r) < len(reasonUnboundSlot) || r[:len(reasonUnboundSlot)] != reasonUnboundSlot
	})
}
