package devicetest

import (
	"errors"
	"strings"

	"crema/device"
	"crema/device/sim"
)

func slotsRead(r *rig) {
	revs, err := r.m.Slots(r.ctx())
	r.must(err)
	if len(revs) != r.id.Slots {
		r.Fatalf("%d slots listed, the machine has %d", len(revs), r.id.Slots)
	}
	for i, s := range revs {
		truth := r.slot(i)
		if s.Number != i || r.m.Limits().Revisions && s.Rev != truth.Rev || !r.m.Limits().Revisions && s.Rev != 0 {
			r.Errorf("slot %d is listed as %+v, want revision %d", i, s, truth.Rev)
		}
		got, err := r.m.ReadSlot(r.ctx(), i)
		if err != nil || !r.alike(got, truth) {
			r.Errorf("ReadSlot(%d) = %+v, %v, want %+v", i, got, err, truth)
		}
	}
	for _, n := range []int{-1, r.id.Slots, 1 << 20} {
		_, err := r.m.ReadSlot(r.ctx(), n)
		r.wants("ReadSlot out of range", err, device.ErrBadArgument)
	}
}

func slotsWritten(r *rig) {
	limits := r.m.Limits()
	write := func(n int, c device.SlotChange) device.Slot {
		r.Helper()
		old, err := r.m.ReadSlot(r.ctx(), n)
		r.must(err)
		got, err := r.m.WriteSlot(r.ctx(), old, c)
		r.must(err)
		if truth := r.slot(n); !r.alike(got, truth) {
			r.Errorf("WriteSlot = %+v, the machine holds %+v", got, truth)
		}
		return got
	}
	last := r.id.Slots - 1
	for _, n := range []int{0, last} {
		before := r.slot(n)
		for _, name := range append(goodNames(limits), before.Name) {
			if got := write(n, device.SlotChange{Name: &name}); got.Name != name || got.Price.Amount != before.Price.Amount || got.Enabled != before.Enabled || got.Volume != before.Volume {
				r.Errorf("named %q: %+v, before %+v", name, got, before)
			}
		}
		for _, amount := range []int64{0, 1, 100, limits.PriceMax, before.Price.Amount} {
			price := device.Money{Amount: amount, Currency: before.Price.Currency}
			if got := write(n, device.SlotChange{Price: &price}); got.Price.Amount != amount || got.Name != before.Name {
				r.Errorf("priced %d: %+v, before %+v", amount, got, before)
			}
		}
		for _, enabled := range []bool{true, false, before.Enabled} {
			if got := write(n, device.SlotChange{Enabled: &enabled}); got.Enabled != enabled || got.Name != before.Name {
				r.Errorf("enabled %v: %+v", enabled, got)
			}
		}
		if before.Volume != 0 {
			for _, volume := range []device.Millilitre{before.Volume + 1, before.Volume} {
				if got := write(n, device.SlotChange{Volume: &volume}); got.Volume != volume {
					r.Errorf("volume %v: %+v", volume, got)
				}
			}
		}
		if before.Recipe != nil {
			recipe := *before.Recipe
			recipe.Water++
			if got := write(n, device.SlotChange{Recipe: &recipe}); got.Recipe == nil || *got.Recipe != recipe {
				r.Errorf("recipe %+v: %+v", recipe, got.Recipe)
			}
		}
		if limits.Currency {
			price := device.Money{Amount: 250, Currency: "CHF"}
			if got := write(n, device.SlotChange{Price: &price}); got.Price != price {
				r.Errorf("price %+v: %+v", price, got.Price)
			}
		}
	}
	// All at once, and nothing at all.
	name, price, enabled := "Both", device.Money{Amount: 199, Currency: r.slot(1).Price.Currency}, false
	if got := write(1, device.SlotChange{Name: &name, Price: &price, Enabled: &enabled}); got.Name != name || got.Price.Amount != 199 || got.Enabled {
		r.Errorf("all at once: %+v", got)
	}
	held := r.slot(1)
	if got := write(1, device.SlotChange{}); got.Name != held.Name || got.Rev != held.Rev {
		r.Errorf("an empty change made %+v of %+v", got, held)
	}
}

// goodNames are what the machine must take, to the byte.
func goodNames(l device.Limits) []string {
	longest := strings.Repeat("é", l.NameBytes)
	if !l.Latin1 {
		longest = strings.Repeat("é", l.NameBytes/2)
	}
	return []string{"x", strings.Repeat("W", l.NameBytes), longest, "Café crème", " a b ", "ÿ\u00a0!~"}
}

func slotsRefused(r *rig) {
	limits := r.m.Limits()
	old, err := r.m.ReadSlot(r.ctx(), 0)
	r.must(err)
	before := r.wire.Truth().Slots
	name := func(s string) device.SlotChange { return device.SlotChange{Name: &s} }
	price := func(n int64) device.SlotChange {
		return device.SlotChange{Price: &device.Money{Amount: n, Currency: old.Price.Currency}}
	}
	volume := func(v device.Millilitre) device.SlotChange { return device.SlotChange{Volume: &v} }
	bad := map[string]device.SlotChange{
		"no name":          name(""),
		"a name too long":  name(strings.Repeat("W", limits.NameBytes+1)),
		"a name no UTF-8":  name("a\xffb"),
		"a price too high": price(limits.PriceMax + 1),
		"a price below 0":  price(-1),
	}
	for _, c := range limits.NameWithout {
		bad["a name with "+string(c)] = name("a" + string(c))
	}
	if limits.Latin1 {
		bad["a name with €"] = name("10 €")
		bad["a name with a control character"] = name("a\u0085")
	} else {
		bad["a name of too many bytes"] = name(strings.Repeat("é", limits.NameBytes/2+1))
	}
	if old.Volume == 0 {
		bad["a volume"] = volume(100)
	} else {
		bad["a volume below 0"] = volume(-1)
		bad["a volume of a bucket"] = volume(10_000)
	}
	if old.Recipe == nil {
		bad["a recipe"] = device.SlotChange{Recipe: &device.Recipe{Coffee: 70}}
	}
	for what, c := range bad {
		_, err := r.m.WriteSlot(r.ctx(), old, c)
		r.wants("WriteSlot of "+what, err, device.ErrBadArgument)
		if err != nil && errors.Is(err, device.ErrOutcomeUnknown) {
			r.Errorf("WriteSlot of %s: what was never sent has a known outcome: %v", what, err)
		}
	}
	for _, n := range []int{-1, r.id.Slots} {
		elsewhere := old
		elsewhere.Number = n
		_, err := r.m.WriteSlot(r.ctx(), elsewhere, name("x"))
		r.wants("WriteSlot out of range", err, device.ErrBadArgument)
	}
	if !held(r.wire.Truth().Slots, before) {
		r.Errorf("what was refused was written: %+v, before %+v", r.wire.Truth().Slots, before)
	}
}

func slotsEdited(r *rig) {
	s, ok := r.wire.Machine.(sim.SlotEditor)
	if !ok || !r.m.Limits().Revisions {
		r.Skip("nobody edits the slots of this machine at its panel")
	}
	old, err := r.m.ReadSlot(r.ctx(), 0)
	r.must(err)
	r.must(s.EditSlot(0, func(s *device.Slot) { s.Name = "At the panel" }))
	name := "From afar"
	_, err = r.m.WriteSlot(r.ctx(), old, device.SlotChange{Name: &name})
	var differs *device.RevDiffersError
	if !errors.As(err, &differs) || differs.Current != r.slot(0).Rev {
		r.Errorf("WriteSlot over a panel's edit = %v, the slot is at revision %d", err, r.slot(0).Rev)
	}
	if got := r.slot(0).Name; got != "At the panel" {
		r.Errorf("the slot is named %q", got)
	}
}
