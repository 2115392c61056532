package coffee

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"

	"crema/device"
)

// planInput is all that decides which drink goes into which slot: what the machine
// holds, what Odoo wants sold, what is bound already. planSlots is a pure function
// of it, so that every case can stand in a table.
type planInput struct {
	Limits   device.Limits
	Held     []Held          // by slot number, all slots of the machine
	Drinks   []Drink         // what Odoo wants sold, by rising product id
	Unpriced []Drink         // the same, of which no price can be told: their slots are left as they are
	Bound    map[int64]int   // product → slot
	Named    map[string]int  // default_code → slot, of the configuration
	Blocked  map[int]bool    // slots with an open checkpoint: not free
	Known    map[int]string  // names that a person has reviewed: left alone without a word
	Told     map[int]bool    // slots whose name is told of already, with the cups that wait for its drink
	Digits   int32           // of the currency, for messages
	Gone     map[int64]Drink // what is known of the bound products
	Leaving  map[int]bool    // slots that their drink has left, and that still sell it: not switched off yet
}

// slotPlan is what to do.
type slotPlan struct {
	Bound   map[int64]int // product → slot, complete
	Wants   map[int]Want  // slot → what it shall hold
	Notices []notice      // checkpoints to open
	Settled []notice      // checkpoints whose cause is gone
}

// notice is a checkpoint about a slot or a product.
type notice struct{ Model, Record, Reason, Message string }

// The reasons of the catalogue's checkpoints.
const (
	reasonArchived    = "archived"
	reasonUnknownSlot = "unknown_slot"
	reasonNoSlot      = "no_slot"
	reasonBadSlot     = "bad_slot"
	reasonPrice       = "price"
	reasonPriceTax    = "price_tax"
)

// planSlots gives every drink its slot: the one that the configuration names, else
// the one that it is bound to, else an unbound one that bears its name, else a free
// one. A slot is free if it is disabled, unbound and without an open checkpoint.
func planSlots(in planInput) slotPlan {
	p := planner{in: in, out: slotPlan{Bound: map[int64]int{}, Wants: map[int]Want{}}, taken: map[int]int64{},
		boundSlots: map[int]bool{}, namedFor: map[int][]string{}, bearers: map[string]int{}}
	for _, s := range in.Bound {
		p.boundSlots[s] = true
	}
	for _, d := range in.Drinks {
		p.bearers[d.Fitted]++
		if s, ok := in.Named[d.Code]; ok && d.Code != "" {
			p.namedFor[s] = append(p.namedFor[s], d.Code)
		}
	}
	p.keepUnpriced()
	p.keepArchived()
	p.place(p.named)
	p.place(p.bound)
	p.place(p.bearing)
	p.place(p.free)
	p.tellHomeless()
	p.want()
	return p.out
}

type planner struct {
	in    planInput
	out   slotPlan
	taken map[int]int64 // slot → product

	boundSlots map[int]bool     // those that had a drink
	namedFor   map[int][]string // slot → the codes of the drinks that the configuration names it for
	bearers    map[string]int   // fitted name → how many drinks bear it
	homeless   []Drink          // those that no slot is free for
}

// place gives each drink without a slot the one that find names, if nobody has it.
func (p *planner) place(find func(Drink) (int, bool)) {
	for _, d := range p.in.Drinks {
		if _, done := p.out.Bound[d.Product]; done {
			continue
		}
		if s, ok := find(d); ok {
			if _, taken := p.taken[s]; !taken {
				p.taken[s], p.out.Bound[d.Product] = d.Product, s
			}
		}
	}
}

// keepUnpriced leaves a bound product alone whose price can't be told.
func (p *planner) keepUnpriced() {
	for _, d := range p.in.Unpriced {
		if s, bound := p.in.Bound[d.Product]; bound && s < len(p.in.Held) {
			p.taken[s], p.out.Bound[d.Product] = d.Product, s
		}
		p.notice(ModelProduct, record(d), reasonPriceTax,
			"The price of %q can't be told: %s. Its slot is left as it is until that is corrected in Odoo.", d.Name, d.Unpriced)
	}
}

// keepArchived leaves a product that is sold no longer in its slot, disabled, until
// a person has reviewed it; unless the configuration names the slot for another.
func (p *planner) keepArchived() {
	for _, id := range sortedKeys(p.in.Bound) {
		s := p.in.Bound[id]
		if sold(p.in.Drinks, id) || sold(p.in.Unpriced, id) || p.reserved(s, "") || s >= len(p.in.Held) {
			continue
		}
		p.taken[s], p.out.Bound[id] = id, s
		held := p.in.Held[s].Slot
		// No product: what the slot's cups are of is told by what it holds, which may
		// not be this drink yet.
		p.out.Wants[s] = Want{Name: held.Name, Price: held.Price}
		p.notice(ModelSlot, strconv.Itoa(s), reasonArchived,
			"%q is no longer sold in Odoo: slot %d is switched off. Review this to free the slot for another drink.", p.in.Gone[id].Name, s)
	}
}

func (p *planner) named(d Drink) (int, bool) {
	s, ok := p.in.Named[d.Code]
	if !ok || d.Code == "" {
		return 0, false
	}
	if s < 0 || s >= len(p.in.Held) {
		p.notice(ModelProduct, record(d), reasonBadSlot,
			"The configuration puts %q into slot %d, but the machine has slots 0 to %d. Correct `slots`.", d.Name, s, len(p.in.Held)-1)
		return 0, false
	}
	return s, true
}

func (p *planner) bound(d Drink) (int, bool) {
	s, ok := p.in.Bound[d.Product]
	return s, ok && s < len(p.in.Held) && !p.reserved(s, d.Code)
}

// bearing is the slot that bears the drink's fitted name, where no other drink and
// no other slot has the same.
func (p *planner) bearing(d Drink) (int, bool) {
	if p.bearers[d.Fitted] > 1 {
		return 0, false
	}
	found, n := 0, 0
	for s, h := range p.in.Held {
		if h.Slot.Name == d.Fitted && p.unbound(s) && !p.reserved(s, d.Code) {
			if h.Slot.Enabled || n == 0 {
				found = s
			}
			n++
		}
	}
	return found, n > 0
}

func (p *planner) free(d Drink) (int, bool) {
	for s, h := range p.in.Held {
		_, taken := p.taken[s]
		// A slot that its drink has left is free at once: it is crema's own.
		left := (p.wasBound(s) || p.in.Leaving[s]) && !p.in.Blocked[s]
		if !taken && !p.reserved(s, d.Code) && (left || !h.Slot.Enabled && p.unbound(s) && !p.in.Blocked[s]) {
			return s, true
		}
	}
	p.homeless = append(p.homeless, d)
	return 0, false
}

// toldOneByOne is how many drinks without a slot have a checkpoint each.
const toldOneByOne = 20

// tellHomeless tells of the drinks that no slot is free for; of very many, where a whole
// range is in the category by mistake, all at once.
func (p *planner) tellHomeless() {
	if len(p.homeless) <= toldOneByOne {
		for _, d := range p.homeless {
			p.notice(ModelProduct, record(d), reasonNoSlot,
				"No slot is free for %q. Switch a slot off at the machine, archive a drink in Odoo, or name a slot in `slots`.", d.Name)
		}
		p.settled(ModelProduct, "", reasonNoSlot)
		return
	}
	for _, d := range p.homeless {
		p.settled(ModelProduct, record(d), reasonNoSlot)
	}
	p.notice(ModelProduct, "", reasonNoSlot,
		"%d drinks of the POS category have no slot: the machine has %d slots. Some of them are %q, %q and %q. Take what this machine does not sell out of the category in Odoo, or give the machine a category of its own.",
		len(p.homeless), len(p.in.Held), p.homeless[0].Name, p.homeless[1].Name, p.homeless[2].Name)
}

// want says what each slot shall hold, and what is wrong with the others.
func (p *planner) want() {
	for _, d := range p.in.Drinks {
		p.settled(ModelProduct, record(d), reasonPriceTax)
		s, ok := p.out.Bound[d.Product]
		if !ok {
			continue
		}
		p.settled(ModelProduct, record(d), reasonNoSlot, reasonBadSlot)
		if d.Price.Amount > p.in.Limits.PriceMax || d.Price.Amount < 0 {
			p.notice(ModelProduct, record(d), reasonPrice, "The machine can't hold the price of %q: %s. It holds 0 to %s. Its slot is left as it is.",
				d.Name, money(d.Price, p.in.Digits), money(device.Money{Amount: p.in.Limits.PriceMax, Currency: d.Price.Currency}, p.in.Digits))
			continue
		}
		p.settled(ModelProduct, record(d), reasonPrice)
		p.settled(ModelSlot, strconv.Itoa(s), reasonArchived, reasonUnknownSlot)
		p.out.Wants[s] = Want{Product: d.Product, Name: d.Fitted, Price: d.Price, Enabled: true}
	}
	for s, h := range p.in.Held {
		if _, taken := p.taken[s]; taken {
			continue
		}
		switch rec := strconv.Itoa(s); {
		case p.wasBound(s), p.in.Leaving[s]:
			// Its drink has moved away: nothing may be sold here under the old name.
			p.out.Wants[s] = Want{Name: h.Slot.Name, Price: h.Slot.Price}
		case h.Slot.Enabled && p.in.Known[s] != h.Slot.Name && !p.in.Told[s]:
			p.notice(ModelSlot, rec, reasonUnknownSlot,
				"Slot %d sells %q, which is no drink of the POS category. It is left alone; its cups wait. Add the drink in Odoo, or switch the slot off.", s, h.Slot.Name)
		default:
			p.settled(ModelSlot, rec, reasonUnknownSlot)
		}
	}
}

// sold tells whether a product is among drinks, which are by rising product id.
func sold(drinks []Drink, product int64) bool {
	_, ok := slices.BinarySearchFunc(drinks, product, func(d Drink, id int64) int { return cmp.Compare(d.Product, id) })
	return ok
}

// reserved tells whether the configuration names slot s for a drink with another
// code than this one, and that drink is sold.
func (p *planner) reserved(s int, code string) bool {
	return slices.ContainsFunc(p.namedFor[s], func(other string) bool { return other != code })
}

func (p *planner) wasBound(s int) bool { return p.boundSlots[s] }

func (p *planner) unbound(s int) bool {
	_, taken := p.taken[s]
	return !taken && !p.wasBound(s)
}

func (p *planner) notice(model, rec, reason, format string, args ...any) {
	p.out.Notices = append(p.out.Notices, notice{model, rec, reason, fmt.Sprintf(format, args...)})
}

func (p *planner) settled(model, rec string, reasons ...string) {
	for _, r := range reasons {
		p.out.Settled = append(p.out.Settled, notice{Model: model, Record: rec, Reason: r})
	}
}

func record(d Drink) string { return strconv.FormatInt(d.Product, 10) }

func sortedKeys[V any](m map[int64]V) []int64 {
	keys := make([]int64, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}

// leaves tells whether the slot is to be switched off because its drink has left, and
// still sells it.
func (w Want) leaves(h Held) bool {
	return w.Product == 0 && !w.Enabled && w.Name != "" && h.Slot.Enabled && h.Slot.Name == w.Name
}
