package coffee

import (
	"math"
	"testing"
	"time"

	"crema/connectors/odoo/standin"
	"crema/device"
	"crema/device/sim"
)

// TestStockOnceWhateverHappens: cups of all kinds, half cups, faults of all kinds between
// the board and Odoo, kills of the process, lost cards and older snapshots. In the end
// Odoo has moved what the machine used, but for what kits took by their sale, and each
// entry is in one transfer.
func TestStockOnceWhateverHappens(t *testing.T) {
	t.Parallel()
	stockLife(t, seedOf(t))
}

// eater is a machine's truth: what was used, entry by entry, and what of it kits took.
type eater struct {
	p          *pantry
	used, kits map[int]int64
	refilled   int
}

func (e *eater) change(kit bool, f func()) {
	before := map[int]int64{1: e.p.level(1), 3: e.p.level(3)}
	f()
	for tank, was := range before {
		n := was - e.p.level(tank)
		if e.used[tank] += n; kit {
			e.kits[tank] += n
		}
	}
	for tank, full := range map[int]int64{1: 1200, 2: 40_000, 3: 10_000} {
		if e.p.level(tank) < full/4 {
			if err := e.p.machine.SetLevel(tank, full); err != nil {
				e.p.t.Fatal(err)
			}
			e.refilled++
		}
	}
}

func stockLife(t *testing.T, seed uint64) {
	rnd := chance(t, seed)
	const kit = 3 // the slot of the latte
	p := newPantry(t, func(p *pantry) {
		p.erp.AddKit(p.drinks["Latte macchiato"], map[int64]float64{p.beans: 8, p.milk: 180})
	})
	e := &eater{p: p, used: map[int]int64{}, kits: map[int]int64{}}
	p.keep()
	faults := []standin.Fault{standin.CommitThenClose, standin.CutBody, standin.CloseBeforeCommit, standin.ServerError, standin.Crash, standin.DatabaseDown, standin.Proxy, standin.Portal}
	unread := 0
	for range 40 {
		switch n := rnd.IntN(100); {
		case n < 45:
			for range 1 + rnd.IntN(12) {
				slot := rnd.IntN(5)
				order := sim.Order{Slot: slot, Payment: device.PaymentCard, Kind: []device.CupKind{device.CupSale, device.CupSale, device.CupFree, device.CupTest}[rnd.IntN(4)]}
				e.change(slot == kit, func() {
					if _, err := p.machine.Buy(order); err != nil {
						t.Fatal(err)
					}
				})
				unread++
			}
		case n < 50:
			if _, err := p.machine.Buy(sim.Order{Slot: rnd.IntN(5), Brew: time.Hour}); err != nil {
				t.Fatal(err)
			}
			e.change(false, p.machine.Restart)
			unread++
		case n < 75:
			p.keep()
		case n < 83:
			p.erp.Fail(standin.Rule{Fault: faults[rnd.IntN(len(faults))], Call: []string{"stock.*/*", "stock.picking/*", "*/*"}[rnd.IntN(3)], Times: 1 + rnd.IntN(3), Skip: rnd.IntN(4)})
			p.keep()
		case n < 92:
			p.fuse.Store(int64(1 + rnd.IntN(12)))
			p.keep()
		case n < 96:
			p.erp.Heal()
			p.losesCard()
			p.read()
			p.work(2)
		default:
			p.erp.Heal()
			old := p.path + ".old"
			p.stop()
			p.store.Close()
			if rnd.IntN(2) == 0 {
				carry(t, p.path, old)
			} else if carried(old) {
				carry(t, old, p.path)
			}
			p.boot()
			p.read()
			p.work(2)
		}
		if p.dead() {
			p.kill()
			p.boot()
			p.read()
			p.work(0)
		}
		if unread > 60 { // the ring has 256 entries, and a lost card must not lose more of them
			unread = 0
			p.erp.Heal()
			p.read()
			p.work(3)
			p.keep()
			p.work(2)
		}
	}
	p.erp.Heal()
	p.lives()
	p.read()
	p.work(6)
	said := p.keep()
	p.work(3)
	next := p.machineNext()
	p.eachOnce("29-000731", next, func(n uint64) bool { return true })
	for product, tank := range map[int64]int{p.beans: 1, p.milk: 3} {
		sum, transfers := p.consumed(product)
		if want := e.used[tank] - e.kits[tank]; int64(math.Round(sum)) != want {
			t.Errorf("tank %d: %v was moved in %d transfers, the machine used %d; seed %d; %s; %v", tank, sum, transfers, want, seed, said, p.open())
		}
		if have, level := p.erp.Stock(product, p.kitchen), p.level(tank); math.Abs(have-float64(level)) > map[int]float64{1: 12, 3: 100}[tank] {
			t.Errorf("tank %d: Odoo has %v, the machine %d; seed %d; %s; %v", tank, have, level, seed, said, p.open())
		}
	}
	t.Logf("seed %d: %d entries, %d refills: %s", seed, next-1, e.refilled, said)
}
