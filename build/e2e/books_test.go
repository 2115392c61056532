package e2e

import (
	"fmt"
	"maps"
	"math"
	"net/url"
	"slices"
	"strings"
	"time"

	"crema/connectors/odoo/standin"
	"crema/device"
	"crema/device/sim"
)

// A cup as the books and the machine can both name it.
type sold struct {
	Machine string
	Drink   string
	Cents   int64
}

// made is what the machines made, by drink and price, from the first cup counted on.
func (w *world) made() map[sold]int {
	total := map[sold]int{}
	for _, m := range []*machine{w.lobby, w.kitchen} {
		truth := m.Truth()
		for _, c := range truth.Cups {
			total[sold{m.name, c.Name, taken(truth.Model, c)}]++
		}
	}
	return total
}

// taken is what a cup of a model is booked at: the 1900 can't tell paid cups from others.
func taken(model string, c sim.Cup) int64 {
	if model == "2900" && c.Kind != device.CupSale {
		return 0
	}
	return c.Price.Amount
}

// booked is what stands in Odoo; it fails where an order is there twice.
func (w *world) booked() map[sold]int {
	w.t.Helper()
	total, seen := map[sold]int{}, map[string]bool{}
	for _, o := range w.odoo.Orders() {
		if seen[o.UUID] {
			w.t.Fatalf("order %s is booked twice", o.UUID)
		}
		seen[o.UUID] = true
		if len(o.Products) != 1 {
			w.t.Fatalf("order %s has %d lines", o.UUID, len(o.Products))
		}
		total[sold{w.machineOf(o), w.drinkName(o.Products[0]), int64(math.Round(o.Total * 100))}]++
	}
	return total
}

func (w *world) machineOf(o standin.Order) string {
	for i, name := range []string{"lobby", "kitchen"} {
		if o.Config == w.configs()[i] {
			return name
		}
	}
	return fmt.Sprintf("pos %d", o.Config)
}

// configs are the ids of the two points of sale: the order in which they were added.
func (w *world) configs() []int64 {
	ids := map[int64]bool{}
	for _, s := range w.odoo.Sessions() {
		ids[s.Config] = true
	}
	return slices.Sorted(maps.Keys(ids))
}

// drinkName is the drink's name by its product id: they were added in this order.
func (w *world) drinkName(product int64) string {
	if i := slices.Index(w.products, product); i >= 0 {
		return drinks[i].name
	}
	return fmt.Sprintf("product %d", product)
}

func sum(m map[sold]int) (n int) {
	for _, v := range m {
		n += v
	}
	return n
}

type cupJSON struct {
	Key, UUID, Backend, State, Reason string
	Slot                              int
	Number                            uint64
}

// cups lists the ledger's cups in a state.
func (w *world) cups(state string) (list []cupJSON, ok bool) { return w.cupsOf("&state=" + state) }

// ledger lists all cups, in the ledger's order.
func (w *world) ledger() (list []cupJSON, ok bool) { return w.cupsOf("") }

func (w *world) cupsOf(filter string) (list []cupJSON, ok bool) {
	path := "cups?limit=1000" + filter
	for next := path; ; {
		var page struct {
			Items []cupJSON
			Next  string
		}
		if !w.api("GET", next, &page) {
			return nil, false
		}
		list = append(list, page.Items...)
		if page.Next == "" {
			return list, true
		}
		next = path + "&after=" + url.QueryEscape(page.Next)
	}
}

type checkpointJSON struct {
	ID, Backend, Model, Record, Reason, Message string
}

// review does what a person would: it looks through what is open.
func (w *world) review() (reviewed int) {
	var page struct{ Items []checkpointJSON }
	if !w.api("GET", "checkpoints?open=true&limit=1000", &page) {
		return 0
	}
	w.noteDoubts() // a review books them
	for _, c := range page.Items {
		if c.Reason == "unbound_slot" {
			continue // a drink's name must come first
		}
		w.t.Logf("reviewed: %s %s %s: %s", c.Backend, c.Reason, c.Record, c.Message)
		if w.api("POST", "checkpoints/"+c.ID+"/review", nil) {
			reviewed++
		}
	}
	return reviewed
}

// noteDoubts remembers the cups that the board could not tell the drink of: they are
// booked when a person says so, and may be of the drink before.
func (w *world) noteDoubts() {
	parked, _ := w.cups("parked")
	for _, c := range parked {
		if c.Reason == "in_doubt" {
			w.doubts[c.Key] = true
		}
	}
}

// settle waits until the board has nothing left to do, and reviews what is open.
func (w *world) settle(limit time.Duration) {
	w.t.Helper()
	next := time.Now()
	w.until("everything is booked", limit, func() bool {
		if time.Now().After(next) {
			next = time.Now().Add(2 * time.Second)
			w.review()
			for _, name := range []string{"lobby", "kitchen"} {
				w.api("POST", "backends/"+name+"/sync/catalogue", nil)
				w.api("POST", "backends/"+name+"/sync/sales", nil)
			}
		}
		seen, ok := w.cups("seen")
		parked, ok2 := w.cups("parked")
		return ok && ok2 && len(seen) == 0 && len(parked) == 0 && len(w.odoo.Orders()) >= sum(w.made())
	})
}

// compare holds the books against the machines, by drink and price, and says cup by cup
// where they differ.
func (w *world) compare() {
	w.t.Helper()
	made, booked := w.made(), w.booked()
	if n, m := sum(booked), sum(made); n != m {
		w.t.Errorf("%d cups were made, %d are booked", m, n)
	}
	off := 0
	var lines []string
	keys := maps.Clone(made)
	maps.Copy(keys, booked)
	for k := range keys {
		if d := booked[k] - made[k]; d != 0 {
			off += max(d, -d)
			lines = append(lines, fmt.Sprintf("%+v: made %d, booked %d", k, made[k], booked[k]))
		}
	}
	slices.Sort(lines)
	// A cup in doubt that a person booked as another drink is one too few there and one
	// too many here.
	if allowed := 2*len(w.doubts) + 2*w.blind; off > allowed {
		w.t.Errorf("the books differ by %d, of which %d can be explained by %d cups in doubt and %d sold unseen:\n%s", off, allowed, len(w.doubts), w.blind, strings.Join(lines, "\n"))
	}
	var report struct {
		OK       bool
		Findings []struct{ Text string }
	}
	if !w.api("POST", "check", &report) || !report.OK {
		w.t.Errorf("the board's own check finds %v", report.Findings)
	}
	if w.t.Failed() {
		w.differences()
	}
	w.t.Logf("%d cups made, %d booked, %d in doubt", sum(made), sum(booked), len(w.doubts))
}

// slotsAsInOdoo tells whether each machine sells just what Odoo has on sale.
func (w *world) slotsAsInOdoo() error {
	for _, m := range []*machine{w.lobby, w.kitchen} {
		want := map[string]int64{}
		for i, d := range drinks {
			if !w.archived[w.products[i]] {
				want[d.name] = gross(i, w.prices[i])
			}
		}
		got := map[string]int64{}
		for _, s := range m.Truth().Slots {
			if !s.Enabled {
				continue
			}
			if _, twice := got[s.Name]; twice {
				return fmt.Errorf("%s sells %s in two slots", m.name, s.Name)
			}
			got[s.Name] = s.Price.Amount
		}
		if !maps.Equal(want, got) {
			return fmt.Errorf("%s sells %v, Odoo has %v", m.name, got, want)
		}
		for code, slot := range w.slots[m.name] {
			i := slices.IndexFunc(drinks[:], func(d struct {
				code, name string
				price      float64
			}) bool {
				return d.code == code
			})
			if !w.archived[w.products[i]] && m.Truth().Slots[slot].Name != drinks[i].name {
				return fmt.Errorf("%s: slot %d holds %q, the configuration names it for %s", m.name, slot, m.Truth().Slots[slot].Name, drinks[i].name)
			}
		}
	}
	return nil
}

// gross is what a customer pays for drink i at a list price, in cents.
func gross(i int, price float64) int64 {
	if i%3 == 1 { // 15 % on top
		return int64(math.Round(price*115 + 1e-6)) // half up, as Odoo
	}
	return int64(math.Round(price * 100))
}
