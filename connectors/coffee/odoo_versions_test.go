package coffee_test

import (
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"crema/store/storetest"
)

// TestEitherVersionOfOdoo is a day and a night of the whole board with each version of Odoo, and with one that is
// upgraded in the night: first sight, drinks and prices down, cups up, sessions opened with their notes and closed.
func TestEitherVersionOfOdoo(t *testing.T) {
	t.Parallel()
	poll := time.Minute
	if testing.Short() {
		poll = 4 * time.Minute
	}
	for _, tt := range []struct{ name, first, then string }{
		{"19", "19.0", "19.0"},
		{"18", "18.0", "18.0"},
		{"18, upgraded to 19", "18.0", "19.0"},
		{"19, back to 18", "19.0", "18.0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			path := filepath.Join(storetest.Memory(t), "crema.db")
			synctest.Test(t, func(t *testing.T) {
				w := newMonthOn(t, tt.first, rand.New(rand.NewPCG(1, 18)), path, 2, poll)
				t.Cleanup(w.shutDown)
				w.firstContact() // 6 cups
				w.wantVersion(tt.first)
				w.wantPrice("Espresso", 150) // 1.30 and 15 %

				w.erp.SetPrice(w.products["Espresso"], 1.40)
				time.Sleep(20 * time.Minute)
				w.wantPrice("Espresso", 161)
				w.sell(10)
				w.wantBooked(16)
				w.wantSessions(2, 0)

				w.sleepUntil(4 * time.Hour)
				w.wantSessions(0, 2)
				w.erp.Upgrade(tt.then)
				w.erp.SetPrice(w.products["Espresso"], 1.50)
				w.sleepUntil(6 * time.Hour)
				w.wantVersion(tt.then)
				w.wantPrice("Espresso", 173)
				w.sell(10)
				w.wantBooked(26)
				w.wantSessions(2, 2)
				for _, j := range w.openJobs() {
					if strings.Contains(j.Error, "Odoo") {
						t.Errorf("a job is left: %+v", j)
					}
				}
			})
		})
	}
}

// sell has half of the cups made by each machine, and waits until they can be booked.
func (w *month) sell(cups int) {
	for _, c := range w.corners {
		w.serve(c, cups/2)
	}
	time.Sleep(10 * time.Minute)
}

func (w *month) wantVersion(text string) {
	w.t.Helper()
	if s := w.p.client.Status(); s.Version != text {
		w.t.Errorf("Odoo is taken for %q, want %q: %+v", s.Version, text, s)
	}
}

// wantPrice looks what the machines take for a drink.
func (w *month) wantPrice(name string, cents int64) {
	w.t.Helper()
	for _, c := range w.corners {
		found := false
		for _, s := range c.m.Truth().Slots {
			if s.Name == name && s.Enabled {
				found = true
				if s.Price.Amount != cents {
					w.t.Errorf("%s takes %d for %s, want %d", c.name, s.Price.Amount, name, cents)
				}
			}
		}
		if !found {
			w.t.Errorf("%s has no %s", c.name, name)
		}
	}
}

// wantBooked has each cup booked once, with the money that was taken.
func (w *month) wantBooked(cups int) {
	w.t.Helper()
	orders := w.erp.Orders()
	uuids := map[string]bool{}
	booked, taken := 0.0, 0.0
	for _, o := range orders {
		uuids[o.UUID] = true
		booked += o.Total
	}
	for _, c := range w.corners {
		for _, s := range c.sold {
			taken += float64(s.cents) / 100
		}
	}
	if len(orders) != cups || len(uuids) != cups || booked-taken > 0.001 || taken-booked > 0.001 {
		w.t.Errorf("%d orders of %.2f, want %d of %.2f; jobs %+v", len(orders), booked, cups, taken, w.openJobs())
	}
}

// wantSessions counts the sessions, each of which must bear its machine's note.
func (w *month) wantSessions(open, closed int) {
	w.t.Helper()
	for _, s := range w.erp.Sessions() {
		if s.State == "opened" {
			open--
		}
		if s.State == "closed" {
			closed--
		}
		serial := serial1900
		if s.Config == w.corners[0].pos {
			serial = serial2900
		}
		if !strings.HasPrefix(s.Note, "crema ") || !strings.Contains(s.Note, serial) {
			w.t.Errorf("session %+v has no note of %s", s, serial)
		}
	}
	if open != 0 || closed != 0 {
		w.t.Errorf("%d open and %d closed sessions are missing: %+v", open, closed, w.erp.Sessions())
	}
}
