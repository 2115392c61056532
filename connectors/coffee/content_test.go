package coffee

import (
	"slices"
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

// TestEditedAgainWhileBrewing: a slot is changed twice while a cup of what it held at first, or
// in between, is in the making. The cup is booked as that drink where its price tells, else it
// is in doubt; the next one can't be.
func TestEditedAgainWhileBrewing(t *testing.T) {
	const first, second, cup, look, done = "first change", "second change", "cup", "look", "done"
	for name, steps := range map[string][]string{
		"of what it held at first, each change seen":           {cup, first, look, second, look, done},
		"of what it held at first, the second seen with it":    {cup, first, look, done, second},
		"of what it held at first, both changes seen together": {cup, first, second, look, done},
		"of what it held in between":                           {first, cup, second, look, done},
	} {
		for _, alike := range []bool{true, false} { // the prices before the second change
			w := newWorld(t, "2900")
			w.open()
			price := int64(200)
			if alike {
				price = w.m.slots[2].Price.Amount
			}
			edit := func(drink string, price int64) {
				w.m.Edit(2, func(s *device.Slot) { s.Name, s.Price.Amount = drink, price })
			}
			for _, step := range steps {
				switch step {
				case first:
					edit("Drink 105", price)
				case second:
					edit("Drink 106", 300)
				case cup:
					w.m.start(2, device.CupSale, 20)
				case look:
					w.work()
				case done:
					for w.m.brewing > 0 {
						w.m.brew()
					}
				}
			}
			w.work()
			w.m.Buy(2)
			w.boot()
			w.work()
			want := 0
			// Of two changes that were seen together nobody knows what was in between.
			if alike || !slices.Contains(steps[:slices.Index(steps, second)], look) {
				want = 1
			}
			if n := w.compare(); n != want || len(w.cups()) != 2 {
				t.Errorf("%s, prices alike %v: %d of %d cups in doubt, want %d", name, alike, n, len(w.cups()), want)
			}
		}
	}
}
