package board

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2/unstable"
)

// paymentKeys are the payments of a machine, and what stands for the others.
var paymentKeys = []string{"cash", "card", "badge", "default"}

// readPayment reads payment = { cash = "Cash", default = "Card" }.
func (b *Backend) readPayment(v *value) {
	vs, ok := v.table(`payment = { default = "Card" }`)
	if !ok {
		return
	}
	b.Payment = map[string]string{}
	for _, p := range vs {
		if !slices.Contains(paymentKeys, p.key) {
			p.refuse(suggest(p.key, paymentKeys), "the machine knows no such payment")
			continue
		}
		method, ok := p.nameOrID()
		switch {
		case !ok:
		case method == "":
			p.refuse("write a payment method of the POS, name or id, or leave it out", "it is empty")
		default:
			b.Payment[p.key] = method
		}
	}
}

// readSlots reads slots = { "ESPRESSO" = "0" }.
func (b *Backend) readSlots(v *value) {
	vs, ok := v.table(`slots = { "ESPRESSO" = "0" }`)
	if !ok {
		return
	}
	b.Slots = map[string]string{}
	taken := map[string]string{}
	for _, p := range vs {
		slot, ok := p.nameOrID()
		switch {
		case !ok:
		case strings.TrimSpace(p.key) == "":
			p.refuse("write the drink's default_code before the =", "the drink has no code")
		case !numberForm.MatchString(slot):
			p.refuse(`write the slot's number in quotes: "0", "1", …`, "%q is no slot", slot)
		case taken[slot] != "":
			p.refuse("give each drink a slot of its own", "slot %s is that of %q", slot, taken[slot])
		default:
			b.Slots[p.key], taken[slot] = slot, p.key
		}
	}
}

// readIngredients reads ingredients = { 1 = "BEANS-G" }.
func (b *Backend) readIngredients(v *value) {
	vs, ok := v.table(`ingredients = { 1 = "BEANS-G" }`)
	if !ok {
		return
	}
	b.Ingredients = map[int]string{}
	for _, p := range vs {
		code, ok := p.string()
		n, err := strconv.Atoi(p.key)
		switch {
		case !ok:
		case err != nil || !numberForm.MatchString(p.key):
			p.refuse("write the ingredient's number in the machine, 0 to 999, before the =", "%q is no number", p.key)
		case code == "":
			p.refuse("write the product's default_code, or leave the ingredient out", "it is empty")
		default:
			b.Ingredients[n] = code
		}
	}
}

// flows are what a schedule can start.
var flows = []string{"catalogue", "sales", "stock", "alarms", "clock"}

// readSchedule reads [backend.schedule].
func (b *Backend) readSchedule(v *value, checks Checks) {
	vs, ok := v.table(`[backend.schedule] on a line of its own, and the flows below it`)
	if !ok {
		return
	}
	for _, p := range vs {
		switch {
		case p.key == "cups":
			p.refuse("set poll = \"2s\" instead", "cups have no schedule: the machine is read all the time")
			continue
		case !slices.Contains(flows, p.key):
			p.refuse(suggest(p.key, flows), "there is no such flow to schedule")
			continue
		}
		spec, ok := p.string()
		if !ok {
			continue
		}
		if spec != "" && checks.Cron != nil {
			if err := checks.Cron(spec); err != nil {
				p.refuse(`write minute, hour, day, month and weekday, such as "*/15 * * * *", or "" to start it by hand only`, "%v", err)
				continue
			}
		}
		b.Schedule[p.key] = spec
	}
}

// read reads [backend.busy].
func (b *Busy) read(t *table, v *value) {
	if !v.isTable() {
		v.wants("a table", "write [backend.busy] on a line of its own")
		return
	}
	sub := t.sub("busy", v.node)
	duration := func(key string, dst *time.Duration, lo, hi time.Duration) {
		sub.on(key, func(v *value) {
			if d, ok := v.duration(lo, hi); ok {
				*dst = d
			}
		})
	}
	sub.on("enabled", func(v *value) {
		if on, ok := v.boolean(); ok {
			b.Enabled = on
		}
	})
	duration("slower", &b.Slower, 100*time.Millisecond, time.Hour)
	duration("for", &b.For, time.Second, 24*time.Hour)
	sub.on("drink", func(v *value) { v.into(&b.Drink, (*value).string) })
	duration("every", &b.Every, time.Minute, 7*24*time.Hour)
	sub.read()
}

// checkWhole looks at what several keys and backends have to do with each other.
func (c *Config) checkWhole(r *reader) {
	c.Odoo.check(r)
	c.Queue.check(r)
	list := r.root.item("backend")
	if list == nil || list.kind != unstable.ArrayTable {
		return
	}
	for _, u := range []struct {
		key, wrong, fix string
		of              func(*Backend) string
	}{
		{"name", "another backend has this name", "rename one of the two", func(b *Backend) string { return b.Name }},
		{"port", "another backend has this port", "give each machine its own port", func(b *Backend) string { return b.Port }},
		{"pos", "another backend has this pos", "make a pos.config of its own for each machine", func(b *Backend) string { return b.POS }},
	} {
		first := map[string]int{}
		for i := range c.Backends {
			text, at := u.of(&c.Backends[i]), list.items[i].item(u.key)
			if text == "" || at == nil {
				continue
			}
			if line, twice := first[text]; twice {
				r.problem(at.line, "backend."+u.key, u.wrong+" in line "+strconv.Itoa(line)+": \""+text+"\"", u.fix)
			} else {
				first[text] = at.line
			}
		}
	}
}
