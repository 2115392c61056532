package e2e

import (
	"testing"
	"time"

	"crema/device/sim/coffee1900"
	"crema/device/sim/coffee2900"
)

// TestCustomersStop: once customers have been told to stop no cup is in the making. It would be
// finished after the books are settled, and found made and not booked.
func TestCustomersStop(t *testing.T) {
	t.Parallel()
	w := &world{t: t, seed: 1}
	for _, m := range []*machine{{Machine: coffee1900.New(coffee1900.Options{}), name: "lobby"}, {Machine: coffee2900.New(coffee2900.Options{}), name: "kitchen"}} {
		for range 5 {
			stop := w.customers(m, time.Microsecond)
			w.until("somebody buys", patience, func() bool { return m.Truth().State == "brewing" })
			stop()
			if now := m.Truth(); now.State != "ready" {
				t.Errorf("%s is %s when its customers are gone", m.name, now.State)
			}
		}
	}
}
