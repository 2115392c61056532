package coffee

import (
	"testing"

	"crema/connectors/coffee/ledger"
	"crema/device"
	"crema/store"
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
// is in doubt; the next one can't be. The second change may undo the first.
func TestEditedAgainWhileBrewing(t *testing.T) {
	const first, second, back, toggle, cup, look, off, done = "first change", "second change", "undone", "off and on", "cup", "look", "the board is off", "done"
	// How many are in doubt where the prices before the second change are alike, and where they
	// are not; -1: nobody can know, and it is not looked at.
	type doubt struct{ alike, other int }
	for name, c := range map[string]struct {
		doubt
		steps []string
	}{
		"of what it held at first, each change seen":           {doubt{1, 0}, []string{cup, first, look, second, look, done}},
		"of what it held at first, the second seen with it":    {doubt{1, 0}, []string{cup, first, look, done, second}},
		"of what it held at first, both changes seen together": {doubt{1, 1}, []string{cup, first, second, look, done}},
		"of what it held in between":                           {doubt{1, 1}, []string{first, cup, second, look, done}},
		"undone, of what it held at first":                     {doubt{0, 0}, []string{cup, first, back, look, done}},
		"undone, of what it held at first, seen with it":       {doubt{0, 0}, []string{cup, first, back, done}},
		"undone, each change seen":                             {doubt{1, 0}, []string{cup, first, look, back, look, done}},
		"undone, of what it held in between":                   {doubt{-1, 1}, []string{first, cup, back, look, done}},
		"undone, of what it held in between, seen with it":     {doubt{-1, 1}, []string{first, cup, back, done}},
		"undone, a cup done in between":                        {doubt{-1, 1}, []string{first, cup, done, back}},
		"undone, cups done while the board was off":            {doubt{-1, 2}, []string{off, first, cup, done, cup, done, back}},
		"undone twice":        {doubt{-1, 1}, []string{first, cup, back, look, first, back, look, done}},
		"switched off and on": {doubt{0, 0}, []string{cup, toggle, look, done}},
	} {
		for _, alike := range []bool{true, false} {
			want := c.other
			if alike {
				want = c.alike
			}
			if want < 0 {
				continue
			}
			w := newWorld(t, "2900")
			w.open()
			price := int64(200)
			if alike {
				price = w.m.slots[2].Price.Amount
			}
			edit := func(drink string, price int64) {
				w.m.Edit(2, func(s *device.Slot) { s.Name, s.Price.Amount = drink, price })
			}
			for _, step := range c.steps {
				switch step {
				case first:
					edit("Drink 105", price)
				case second:
					edit("Drink 106", 300)
				case back:
					edit("Drink 102", 102)
				case toggle:
					for range 2 {
						w.m.Edit(2, func(s *device.Slot) { s.Enabled = !s.Enabled })
					}
				case cup:
					w.m.start(2, device.CupSale, 20)
				case off:
					w.onLine = false
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
			if n := w.compare(); n != want || len(w.cups()) != len(w.m.made) {
				t.Errorf("%s, prices alike %v: %d of %d cups in doubt, want %d", name, alike, n, len(w.cups()), want)
			}
		}
	}
}

// TestWriteUndone: crema is killed after it has written a slot, the machine loses its power, and
// before crema is back a person undoes that, or sells something else meanwhile. A cup in the
// making of what nobody saw is in doubt, also where both drinks cost the same.
func TestWriteUndone(t *testing.T) {
	for name, c := range map[string]struct {
		price int64         // that crema writes
		edits []device.Slot // the cup is begun before the last
	}{
		"at the same price":       {102, []device.Slot{{Name: "Drink 102", Price: device.Money{Amount: 102}}}},
		"at another price":        {250, []device.Slot{{Name: "Drink 102", Price: device.Money{Amount: 102}}}},
		"and made something else": {102, []device.Slot{{Name: "Drink 106", Price: device.Money{Amount: 102}}}},
		"and made good again":     {250, []device.Slot{{Name: "Drink 106", Price: device.Money{Amount: 300}}, {Name: "Drink 105", Price: device.Money{Amount: 250}}}},
	} {
		for _, seen := range []bool{true, false} { // while the cup is in the making
			w := newWorld(t, "2900")
			w.open()
			w.want(2, 105, c.price, true)
			for fuse := 0; w.m.slots[2].Name != "Drink 105"; fuse++ {
				w.boot()
				w.work()
				w.fuse.set(fuse)
				w.write(2)
			}
			w.m.Restart(true)
			for i, e := range c.edits {
				if i == len(c.edits)-1 {
					w.m.start(2, device.CupSale, 20)
				}
				w.m.Edit(2, func(s *device.Slot) { s.Name, s.Price.Amount = e.Name, e.Price.Amount })
			}
			w.boot()
			if seen {
				w.work()
			}
			for w.m.brewing > 0 {
				w.m.brew()
			}
			w.work()
			w.m.Buy(2)
			w.work()
			if n := w.compare(); n != 1 || len(w.cups()) != 2 {
				t.Errorf("%s, seen %v: %d of %d cups in doubt, want the first", name, seen, n, len(w.cups()))
			}
		}
	}
}

// TestNoJournalNothingBefore: a 1900 numbers no cup, so that none can be told to be of what its
// slot held before it was changed: that is not kept.
func TestNoJournalNothingBefore(t *testing.T) {
	w := newWorld(t, "1900")
	w.open()
	for _, name := range []string{"Drink 105", "Drink 106"} {
		w.m.start(2, device.CupSale, 20)
		w.m.slots[2].Name = name
		w.boot()
		w.work()
		if w.m.brewing == 0 {
			t.Fatal("the cup is done")
		}
		w.view(func(tx *store.Tx) error {
			h, _, err := getHeld(tx, "kitchen", 2)
			if h.Slot.Name != name || h.Before != nil {
				t.Errorf("held %+v", h)
			}
			return err
		})
	}
}
