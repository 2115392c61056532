package coffee

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"crema/device"
)

var testLimits = device.Limits{NameBytes: 12, Latin1: true, NameWithout: ",*<>", PriceMax: 65535}

func held(name string, price int64, enabled bool) Held {
	return Held{Slot: device.Slot{Name: name, Price: device.Money{Amount: price}, Enabled: enabled}}
}

func drink(id int64, name string, price int64) Drink {
	return Drink{Product: id, Code: "C" + strconv.FormatInt(id, 10), Name: name, Fitted: name, Price: device.Money{Amount: price, Currency: "EUR"}, Active: true}
}

// TestPlanSlots has every rule of the catalogue as a row. A want is written
// "slot:product name price on|off", a notice "reason record".
func TestPlanSlots(t *testing.T) {
	espresso, latte, mocha := drink(5, "Espresso", 120), drink(6, "Latte", 200), drink(7, "Mocha", 250)
	empty := func(n int) []Held {
		hs := make([]Held, n)
		for i := range hs {
			hs[i] = held(fmt.Sprint("S", i), 0, false)
		}
		return hs
	}
	for _, tt := range []struct {
		name    string
		in      planInput
		bound   map[int64]int
		wants   []string
		notices []string
	}{
		{
			name:  "free slots from the lowest on, and slot 0 is a slot like any other",
			in:    planInput{Held: empty(3), Drinks: []Drink{espresso, latte}},
			bound: map[int64]int{5: 0, 6: 1},
			wants: []string{"0:5 Espresso 120 on", "1:6 Latte 200 on"},
		},
		{
			name:  "at first sight a slot that bears the name is bound, whatever its price",
			in:    planInput{Held: []Held{held("Mocha", 99, true), held("Espresso", 120, true), held("", 0, false)}, Drinks: []Drink{espresso, latte}},
			bound: map[int64]int{5: 1, 6: 2}, wants: []string{"1:5 Espresso 120 on", "2:6 Latte 200 on"},
			notices: []string{"unknown_slot 0"},
		},
		{
			name:  "a disabled slot that bears the name is taken before a free one",
			in:    planInput{Held: []Held{held("", 0, false), held("Latte", 1, false)}, Drinks: []Drink{latte}},
			bound: map[int64]int{6: 1}, wants: []string{"1:6 Latte 200 on"},
		},
		{
			name:    "two drinks of one name: neither is guessed",
			in:      planInput{Held: []Held{held("Latte", 1, true), held("", 0, false), held("", 0, false)}, Drinks: []Drink{latte, drink(8, "Latte", 210)}},
			bound:   map[int64]int{6: 1, 8: 2},
			wants:   []string{"1:6 Latte 200 on", "2:8 Latte 210 on"},
			notices: []string{"unknown_slot 0"},
		},
		{
			name:    "no slot is free",
			in:      planInput{Held: []Held{held("Espresso", 120, true), held("Tea", 120, true)}, Drinks: []Drink{espresso, latte}},
			bound:   map[int64]int{5: 0},
			wants:   []string{"0:5 Espresso 120 on"},
			notices: []string{"no_slot 6", "unknown_slot 1"},
		},
		{
			name:    "a slot with an open checkpoint is not free",
			in:      planInput{Held: empty(1), Drinks: []Drink{latte}, Blocked: map[int]bool{0: true}},
			bound:   map[int64]int{},
			notices: []string{"no_slot 6"},
		},
		{
			name:    "archived: switched off, kept, and not given to another",
			in:      planInput{Held: []Held{held("Espresso", 120, true)}, Drinks: []Drink{latte}, Bound: map[int64]int{5: 0}, Gone: map[int64]Drink{5: espresso}},
			bound:   map[int64]int{5: 0},
			wants:   []string{"0:0 Espresso 120 off"},
			notices: []string{"archived 0", "no_slot 6"},
		},
		{
			name:  "archived, but the configuration names the slot for another",
			in:    planInput{Held: []Held{held("Espresso", 120, true)}, Drinks: []Drink{latte}, Bound: map[int64]int{5: 0}, Named: map[string]int{"C6": 0}},
			bound: map[int64]int{6: 0}, wants: []string{"0:6 Latte 200 on"},
		},
		{
			name:  "two drinks change places",
			in:    planInput{Held: []Held{held("Espresso", 120, true), held("Latte", 200, true)}, Drinks: []Drink{espresso, latte}, Bound: map[int64]int{5: 0, 6: 1}, Named: map[string]int{"C5": 1, "C6": 0}},
			bound: map[int64]int{5: 1, 6: 0}, wants: []string{"0:6 Latte 200 on", "1:5 Espresso 120 on"},
		},
		{
			name:  "a drink moves away: nothing is sold where it was",
			in:    planInput{Held: []Held{held("Espresso", 120, true), held("", 0, false)}, Drinks: []Drink{espresso}, Bound: map[int64]int{5: 0}, Named: map[string]int{"C5": 1}},
			bound: map[int64]int{5: 1}, wants: []string{"0:0 Espresso 120 off", "1:5 Espresso 120 on"},
		},
		{
			name:    "a price beyond the machine is told and not written",
			in:      planInput{Held: empty(1), Drinks: []Drink{drink(9, "Gold", 70000)}},
			bound:   map[int64]int{9: 0},
			notices: []string{"price 9"},
		},
		{
			name:    "a slot that the machine has not",
			in:      planInput{Held: empty(1), Drinks: []Drink{mocha}, Named: map[string]int{"C7": 9}},
			bound:   map[int64]int{7: 0},
			wants:   []string{"0:7 Mocha 250 on"},
			notices: []string{"bad_slot 7"},
		},
		{
			name: "a reviewed unknown slot is left in peace",
			in:   planInput{Held: []Held{held("Tea", 120, true)}, Known: map[int]string{0: "Tea"}}, bound: map[int64]int{},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.in.Limits = testLimits
			got := planSlots(tt.in)
			if d := cmp.Diff(tt.bound, got.Bound); d != "" {
				t.Errorf("bound (-want +got):\n%s", d)
			}
			if d := cmp.Diff(tt.wants, wantLines(got.Wants)); d != "" {
				t.Errorf("wants (-want +got):\n%s", d)
			}
			var notices []string
			for _, n := range got.Notices {
				notices = append(notices, n.Reason+" "+n.Record)
				if strings.Contains(n.Message, "%!") {
					t.Errorf("message %q", n.Message)
				}
			}
			if d := cmp.Diff(tt.notices, notices); d != "" {
				t.Errorf("notices (-want +got):\n%s", d)
			}
		})
	}
}

func wantLines(wants map[int]Want) []string {
	var lines []string
	for _, s := range slices.Sorted(maps.Keys(wants)) {
		w, on := wants[s], "off"
		if w.Enabled {
			on = "on"
		}
		lines = append(lines, fmt.Sprintf("%d:%d %s %d %s", s, w.Product, w.Name, w.Price.Amount, on))
	}
	return lines
}

// TestPlanAlwaysHolds runs random catalogues against random machines: one product
// has one slot and one slot one product, an unknown enabled slot is never touched,
// and planning again what was planned changes nothing.
func TestPlanAlwaysHolds(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for range 2000 {
		in := planInput{Limits: testLimits, Bound: map[int64]int{}, Named: map[string]int{}, Blocked: map[int]bool{}}
		n := 1 + r.IntN(8)
		for range n {
			in.Held = append(in.Held, held(fmt.Sprint("D", r.IntN(12)), 100, r.IntN(2) == 0))
		}
		for id := int64(1); id < 12; id++ {
			if r.IntN(2) == 0 {
				in.Drinks = append(in.Drinks, drink(id, fmt.Sprint("D", id), 100+id))
			}
			if s := r.IntN(2 * n); s < n && !slices.Contains(slices.Collect(maps.Values(in.Bound)), s) {
				in.Bound[id] = s
			}
			if r.IntN(5) == 0 {
				in.Named[fmt.Sprint("C", id)] = r.IntN(n)
			}
		}
		got := planSlots(in)
		at := map[int]int64{}
		for p, s := range got.Bound {
			if other, twice := at[s]; twice {
				t.Fatalf("slot %d has products %d and %d: %+v", s, p, other, in)
			}
			at[s] = p
		}
		for s, w := range got.Wants {
			if w.Product != 0 && at[s] != w.Product {
				t.Fatalf("slot %d wants product %d but is bound to %d: %+v", s, w.Product, at[s], in)
			}
		}
		for s, h := range in.Held {
			_, wanted := got.Wants[s]
			wasBound := slices.Contains(slices.Collect(maps.Values(in.Bound)), s)
			named := slices.Contains(slices.Collect(maps.Values(in.Named)), s)
			bears := slices.ContainsFunc(in.Drinks, func(d Drink) bool { return d.Fitted == h.Slot.Name })
			if wanted && h.Slot.Enabled && !wasBound && !named && !bears {
				t.Fatalf("slot %d sells the unknown %q and was touched: %+v", s, h.Slot.Name, in)
			}
		}
		again := in
		again.Bound = got.Bound
		again.Held = slices.Clone(in.Held)
		for s, w := range got.Wants {
			again.Held[s] = held(w.Name, w.Price.Amount, w.Enabled)
		}
		if d := cmp.Diff(got.Bound, planSlots(again).Bound); d != "" {
			t.Fatalf("planning again moves drinks (-first +second):\n%s", d)
		}
	}
}

// TestPlanCatchesUp lets Odoo and the configuration change faster than slots are
// written: of each plan only some writes happen before the next. Once all are made
// the machine sells just what Odoo has, each drink once.
func TestPlanCatchesUp(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for range 500 {
		const slots, products = 8, 5
		machine := make([]Held, slots)
		for s := range machine {
			machine[s] = held(fmt.Sprint("free", s), 0, false)
		}
		in := planInput{Limits: testLimits, Bound: map[int64]int{}, Held: machine}
		wants := map[int]Want{}
		write := func(share float64) {
			for _, s := range slices.Sorted(maps.Keys(wants)) {
				if w := wants[s]; r.Float64() < share {
					machine[s] = held(w.Name, w.Price.Amount, w.Enabled)
				}
			}
		}
		for range 12 {
			in.Drinks, in.Named, in.Leaving = nil, map[string]int{}, map[int]bool{}
			places := r.Perm(slots)
			for id := int64(1); id <= products; id++ {
				if r.IntN(4) > 0 {
					in.Drinks = append(in.Drinks, drink(id, fmt.Sprint("D", id), 100+int64(r.IntN(5))))
				}
				if r.IntN(2) == 0 {
					in.Named[fmt.Sprint("C", id)] = places[id]
				}
			}
			for s, w := range wants {
				in.Leaving[s] = w.leaves(machine[s])
			}
			out := planSlots(in)
			in.Bound, wants = out.Bound, out.Wants
			write(r.Float64())
		}
		write(1)
		sold := map[string]int{}
		for s, h := range machine {
			if h.Slot.Enabled {
				sold[h.Slot.Name]++
				if want := wants[s]; want.Name != h.Slot.Name {
					t.Fatalf("slot %d sells %q and nobody wants it to", s, h.Slot.Name)
				}
			}
		}
		for _, d := range in.Drinks {
			if sold[d.Fitted] != 1 {
				t.Fatalf("%s is sold in %d slots: %+v", d.Fitted, sold[d.Fitted], machine)
			}
			delete(sold, d.Fitted)
		}
		if len(sold) > 0 {
			t.Fatalf("Odoo does not have %v: %+v", sold, machine)
		}
	}
}
