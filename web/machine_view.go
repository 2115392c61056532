package web

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// machineViewOf is one machine in words.
func (s *Server) machineViewOf(ctx context.Context, b Backend, c clock) machineView {
	m := machineView{
		ID: "machine-" + url.PathEscape(b.Name), Name: b.Name, Location: b.Location,
		Model: modelName(b), Serial: b.Machine.Serial, Firmware: b.Machine.Firmware,
		State: machineWords(b), Message: b.Machine.Message, Edit: pageLink(b),
		Locked: b.Locked,
	}
	if b.Tested != nil && len(b.Tested.Findings) > 0 {
		m.Tested = testedViewOf(b.Tested, c)
	}
	if setupWords(b) != "" {
		m.Setup = stateWords(b).Label
	}
	m.Busy, m.Wires, m.Asked = busyViewOf(b.Busy, c), wireLines(b.Wires, c), wireLinks(b)
	if b.Machine.State != "connected" && b.State != "off" {
		m.Since = c.start(b.Machine.Since)
	}
	if t := b.Machine.Temperature; t != nil && b.Machine.State == "connected" {
		m.Temperature = decicelsius(*t)
	}
	var free []int
	for _, slot := range b.Slots {
		if isFree(slot) {
			free = append(free, slot.Slot)
			continue
		}
		m.Drinks = append(m.Drinks, drinkView{Slot: slot.Slot, Name: slot.Name, Price: priceOf(slot.Price), Enabled: slot.Enabled, Bound: slot.OdooID != ""})
	}
	m.Free = freeWords(free)
	for _, l := range b.Levels {
		m.Levels = append(m.Levels, levelViewOf(l))
	}
	if day, err := s.deps.Cups.Today(ctx, b.Name); err != nil {
		m.Trouble = "Today’s cups can’t be read: " + err.Error()
	} else {
		m.Today = dayViewOf(day)
	}
	if cups, err := s.deps.Cups.Recent(ctx, b.Name, cupsShown); err != nil {
		m.Trouble = "The last cups can’t be read: " + err.Error()
	} else {
		for _, cup := range cups {
			m.Cups = append(m.Cups, cupViewOf(cup, c))
		}
	}
	m.Buttons = buttonsOf(b)
	for flow, at := range b.Last {
		if !at.IsZero() {
			m.Last = append(m.Last, lastView{Flow: firstOf(lastWords[flow], flow), When: c.ago(at)})
		}
	}
	slices.SortFunc(m.Last, func(a, b lastView) int { return cmp.Compare(a.Flow, b.Flow) })
	return m
}

// busyViewOf says why a coffee is poured by itself, or why not.
func busyViewOf(b *Busy, c clock) *busyView {
	if b == nil {
		return nil
	}
	v := &busyView{Text: fmt.Sprintf("Odoo answers in time. When it is too slow for too long, or away, one %s is poured.", b.Drink), Poured: c.ago(b.Poured)}
	odoo := "Odoo is slow"
	if b.Away {
		odoo = "Odoo does not answer"
	}
	switch {
	case b.Busy && b.Wait != "":
		v.Text, v.Since = fmt.Sprintf("%s, and no %s is poured meanwhile: %s.", odoo, b.Drink, b.Wait), c.start(b.Since)
	case b.Busy:
		v.Text, v.Since, v.Next = fmt.Sprintf("%s; if it stays so, one %s is poured.", odoo, b.Drink), c.start(b.Since), c.until(b.Next)
	}
	return v
}

func buttonsOf(b Backend) []button {
	if b.State == "off" {
		return nil
	}
	path := "/do" + backendURL(b.Name)
	var all []button
	for _, flow := range b.Flows {
		all = append(all, flowButton(b, flow))
	}
	lock := button{Label: "Lock panel", Path: path + "/lock"}
	if b.Locked {
		lock = button{Label: "Unlock panel", Path: path + "/unlock"}
	}
	lock.About = lock.Label + ", " + b.Name
	return append(append(all, stateButtons(b)...), lock)
}

// isFree tells whether a slot has nothing to show: no name to speak of, or only its own
// number as a new machine has it, and nothing to sell under it.
func isFree(s Slot) bool {
	numbered := strings.EqualFold(strings.TrimSpace(s.Name), "slot "+strconv.Itoa(s.Slot))
	named := !numbered && strings.ContainsFunc(s.Name, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) })
	return !s.Enabled && s.OdooID == "" && !named
}

// freeWords are the free slots on one line: "3 free slots: 4, 6–7".
func freeWords(slots []int) string {
	if len(slots) == 0 {
		return ""
	}
	var runs []string
	for i := 0; i < len(slots); {
		end := i
		for end+1 < len(slots) && slots[end+1] == slots[end]+1 {
			end++
		}
		run := strconv.Itoa(slots[i])
		if end > i {
			run += "–" + strconv.Itoa(slots[end])
		}
		runs = append(runs, run)
		i = end + 1
	}
	return counted(len(slots), "free slot: ", "free slots: ") + strings.Join(runs, ", ")
}

// priceOf is a price on the menu.
func priceOf(m Money) string {
	if m.Amount == 0 {
		return "free"
	}
	return m.String()
}

func modelName(b Backend) string {
	return strings.TrimSpace(sentence(b.Type) + " " + b.Version)
}

// decicelsius is a temperature for people: "93.5 °C".
func decicelsius(t int64) string {
	sign := ""
	if t < 0 {
		sign = "−"
	}
	n := magnitude(t)
	return fmt.Sprintf("%s%d.%d%s°C", sign, n/10, n%10, noBreak)
}

func levelViewOf(l Level) levelView {
	v := levelView{Name: sentence(l.Name), Low: l.Low, Text: fmt.Sprintf("%d%s%s", l.Level, noBreak, l.Unit)}
	if l.Unit == "%" {
		v.Percent, v.Text = min(max(l.Level, 0), 100), fmt.Sprintf("%d%%", l.Level)
		return v
	}
	if l.Capacity > 0 {
		v.Percent = min(max(l.Level*100/l.Capacity, 0), 100)
		v.Text = fmt.Sprintf("%d%%", v.Percent)
	}
	return v
}

func dayViewOf(d Day) dayView {
	v := dayView{Cups: d.Cups, Unit: "cups", Money: sum(d.Money), takings: d.Money}
	if d.Cups == 1 {
		v.Unit = "cup"
	}
	most := 1
	for _, t := range d.Drinks {
		most = max(most, t.Cups)
	}
	for _, t := range d.Drinks {
		v.Drinks = append(v.Drinks, drinkDay{Name: firstOf(t.Name, "?"), Money: sum(t.Money), Cups: t.Cups, Percent: t.Cups * 100 / most})
	}
	return v
}

func cupViewOf(cup Cup, c clock) cupView {
	v := cupView{Name: firstOf(cup.Product, fmt.Sprintf("slot %d", cup.Slot)), Kind: cup.Kind, Payment: cup.Payment, State: wordsOf(cupWords, cup.State), When: c.ago(cup.Time)}
	if cup.Kind == "sale" || cup.Kind == "counted" {
		v.Kind = "" // what is usual needs no word
	}
	if v.Payment == "none" {
		v.Payment = ""
	}
	if cup.Price != nil && (cup.Price.Amount != 0 || v.Kind == "") {
		v.Price = cup.Price.String()
	}
	if cup.Reason != "" {
		v.Reason = reasonTitle(cup.Reason)
	}
	return v
}

func reasonTitle(reason string) string { return firstOf(reasonWords[reason], wordy(reason)) }
