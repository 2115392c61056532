package web

import (
	"testing"
	"time"
)

// TestBusyWords: the page says why a coffee is poured by itself, when at the earliest, and what keeps it.
func TestBusyWords(t *testing.T) {
	now := time.Date(2026, 6, 1, 10, 30, 0, 0, time.UTC)
	c := clock{now: now, place: time.UTC}
	at := func(d time.Duration) Time { return At(now.Add(d)) }
	for _, tt := range []struct {
		busy *Busy
		want busyView
	}{
		{&Busy{Drink: "ESPRESSO", Poured: at(-3 * time.Minute)}, busyView{Text: "Odoo answers in time. When it is too slow for too long, or away, one ESPRESSO is poured.", Poured: c.ago(at(-3 * time.Minute))}},
		{&Busy{Drink: "ESPRESSO", Busy: true, Since: at(-time.Minute), Next: at(4 * time.Minute)},
			busyView{Text: "Odoo is slow; if it stays so, one ESPRESSO is poured.", Since: moment{"since 10:29", "2026-06-01T10:29:00Z"}, Next: moment{"in 4 min", "2026-06-01T10:34:00Z"}}},
		{&Busy{Drink: "ESPRESSO", Busy: true, Away: true, Since: at(-time.Minute), Next: at(4 * time.Minute)},
			busyView{Text: "Odoo does not answer; if it stays so, one ESPRESSO is poured.", Since: c.start(at(-time.Minute)), Next: c.until(at(4 * time.Minute))}},
		{&Busy{Drink: "ESPRESSO", Busy: true, Since: at(-time.Minute), Next: at(0), Wait: "the machine is not connected"},
			busyView{Text: "Odoo is slow, and no ESPRESSO is poured meanwhile: the machine is not connected.", Since: moment{"since 10:29", "2026-06-01T10:29:00Z"}}},
	} {
		if got := busyViewOf(tt.busy, c); *got != tt.want {
			t.Errorf("%+v, want %+v", *got, tt.want)
		}
	}
	if busyViewOf(nil, c) != nil {
		t.Error("a machine that pours none says something")
	}
}
