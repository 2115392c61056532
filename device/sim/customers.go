package sim

import (
	"context"
	"math/rand/v2"
	"time"

	"crema/device"
)

// Customers buys about rate cups a minute, of what the panel offers, until ctx ends. Who is refused
// (the panel is locked, the machine is busy) goes away without. The
// same seed brings the same customers.
func Customers(ctx context.Context, m Machine, rate float64, seed int64) {
	if rate <= 0 {
		return
	}
	rng := rand.New(rand.NewPCG(uint64(seed), 3))
	mean := time.Duration(float64(time.Minute) / rate)
	timer := time.NewTimer(0)
	defer timer.Stop()
	<-timer.C
	for {
		// People come independently of one another: exponential gaps, none too long to wait for.
		timer.Reset(min(time.Duration(rng.ExpFloat64()*float64(mean)), 4*mean))
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
			if slots := onSale(m); len(slots) > 0 {
				_, _ = m.Buy(order(rng, slots, mean))
			}
		}
	}
}

// onSale are the slots that the panel offers.
func onSale(m Machine) (slots []int) {
	for _, s := range m.Truth().Slots {
		if s.Enabled {
			slots = append(slots, s.Number)
		}
	}
	return slots
}

// order is what the next customer wants: nine of ten pay.
func order(rng *rand.Rand, slots []int, mean time.Duration) Order {
	o := Order{
		Slot:    slots[rng.IntN(len(slots))],
		Kind:    device.CupSale,
		Payment: device.PaymentCard,
		Brew:    min(2*time.Second, mean/4),
	}
	switch n := rng.IntN(20); {
	case n == 0:
		o.Kind, o.Payment = device.CupFree, device.PaymentNone
	case n == 1:
		o.Kind, o.Payment = device.CupTest, device.PaymentNone
	case n < 9:
		o.Payment = device.PaymentCash
	}
	return o
}
