package coffee

import (
	"testing"

	"crema/connectors/coffee/ledger"
	"crema/device"
)

// TestFreeCupsOfAnotherPrice: what a slot costs makes no doubt about cups that were given
// away.
func TestFreeCupsOfAnotherPrice(t *testing.T) {
	w := newWorld(t, "2900")
	w.open()
	w.m.finish(1, device.CupFree)
	w.m.Edit(1, func(s *device.Slot) { s.Price.Amount += 50 })
	w.m.finish(1, device.CupTest)
	w.work()
	for _, c := range w.cups() {
		if c.State != ledger.Seen || c.Price.Amount != 0 {
			t.Errorf("a %s cup is %s (%s) for %d", c.Kind, c.State, c.Reason, c.Price.Amount)
		}
	}
	if n := len(w.cups()); n != 2 {
		t.Errorf("%d cups", n)
	}
}
