package gpio_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"crema/device/gpio"
)

const ms = time.Millisecond

func TestCounter(t *testing.T) {
	e := func(at time.Duration, seqno uint32) gpio.Edge { return gpio.Edge{At: at, Seqno: seqno} }
	for _, x := range []struct {
		name  string
		edges []gpio.Edge
		want  gpio.Counts
	}{
		{"none missed", []gpio.Edge{e(0, 1), e(10*ms, 2), e(20*ms, 3)}, gpio.Counts{Pulses: 3}},
		{"two missed in between", []gpio.Edge{e(0, 1), e(30*ms, 4)}, gpio.Counts{Pulses: 4, Missed: 2}},
		{"two missed before the first", []gpio.Edge{e(time.Hour, 3)}, gpio.Counts{Pulses: 3, Missed: 2}},
		{"the numbers wrap", []gpio.Edge{e(0, 0xFFFFFFFE), e(10*ms, 0xFFFFFFFF), e(20*ms, 0), e(40*ms, 2)}, gpio.Counts{Pulses: 5, Missed: 1}},
		{"too close by a little", []gpio.Edge{e(0, 1), e(5*ms, 2)}, gpio.Counts{Pulses: 1, Rejected: 1}},
		{"just not too close", []gpio.Edge{e(0, 1), e(5600*time.Microsecond, 2)}, gpio.Counts{Pulses: 2}},
		{"a burst counts once", []gpio.Edge{e(0, 1), e(ms, 2), e(2*ms, 3), e(6*ms, 4)}, gpio.Counts{Pulses: 2, Rejected: 2}},
		{"more missed than there was time for", []gpio.Edge{e(0, 1), e(100*ms, 1002)}, gpio.Counts{Pulses: 19, Missed: 17, Rejected: 983}},
		{"missed within a burst", []gpio.Edge{e(0, 1), e(ms, 10)}, gpio.Counts{Pulses: 1, Rejected: 9}},
		{"time goes backwards", []gpio.Edge{e(10*ms, 1), e(0, 2), e(10*ms, 3)}, gpio.Counts{Pulses: 3}},
		{"a number twice", []gpio.Edge{e(0, 5), e(10*ms, 5)}, gpio.Counts{Pulses: 6, Missed: 4}},
	} {
		c := gpio.NewCounter(120)
		var sum uint64
		for _, edge := range x.edges {
			sum += c.Add(edge)
		}
		if got := c.Counts(); got != x.want || sum != got.Pulses {
			t.Errorf("%s: %+v (%d told), want %+v", x.name, got, sum, x.want)
		}
	}
}

// Whatever is dropped between two edges that come, the pulses are those that there were.
func TestCounterRandomLoss(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Log("seed", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	for range 200 {
		c := gpio.NewCounter(120)
		n, at := uint64(1+r.IntN(3000)), time.Duration(0)
		for i := uint64(1); i <= n; i++ {
			at += 8334*time.Microsecond + time.Duration(r.Int64N(int64(20*ms)))
			if i == n || r.IntN(3) > 0 {
				c.Add(gpio.Edge{At: at, Seqno: uint32(i)})
			}
		}
		if got := c.Counts(); got.Pulses != n || got.Rejected != 0 {
			t.Fatalf("%d pulses: %+v", n, got)
		}
	}
}
