package coffee

import (
	"context"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"net"
	"os"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"crema/connectors/odoo"
	"crema/device"
	"crema/device/sim"
)

// pipeTo is a line in memory to a simulated machine; each ends the one before.
func pipeTo(t *testing.T, m sim.Machine) device.Dialer {
	var mu sync.Mutex
	end := func() {}
	t.Cleanup(func() { mu.Lock(); defer mu.Unlock(); end() })
	return func(context.Context) (device.Line, error) {
		mu.Lock()
		defer mu.Unlock()
		end()
		near, far := net.Pipe()
		ctx, cancel := context.WithCancel(context.Background())
		served := make(chan struct{})
		go func() {
			defer close(served)
			if err := m.Serve(ctx, far); !errors.Is(err, context.Canceled) && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrClosedPipe) {
				t.Errorf("Serve: %v", err)
			}
		}()
		end = func() { near.Close(); far.Close(); cancel(); <-served }
		return near, nil
	}
}

// faultyCounts is how many counts there are, by CREMA_E2E.
func faultyCounts() int {
	switch {
	case os.Getenv("CREMA_E2E") == "nightly":
		return 5000
	case os.Getenv("CREMA_E2E") != "":
		return 500
	case testing.Short():
		return 20
	default:
		return 50
	}
}

// TestFaultyStock has the stock of a machine kept through the proxy of TestFaultyProxy, while people fill and empty its
// tanks: what cups used is moved once, each entry in one transfer, and what was counted is what Odoo has.
func TestFaultyStock(t *testing.T) {
	t.Parallel()
	seed, most := seedOf(t), faultyCounts()
	synctest.Test(t, func(t *testing.T) {
		random := chance(t, seed)
		p := furnished(t, "19.0")
		proxy := newFaultProxy(random)
		proxy.erp, p.dial, p.poll = p.erp, pipeTo(t, p.machine), "10m"
		var err error
		p.client, err = odoo.New(odoo.Config{URL: "http://odoo.example.com", Database: "coffee", Dial: proxy.Dial, Now: p.clock.Now, Key: func() (string, error) { return botKey, nil }})
		if err != nil {
			t.Fatal(err)
		}
		p.boot()
		t.Cleanup(func() { p.kill() })
		t.Cleanup(proxy.settle)
		p.keep() // the first sight
		p.queue.Start(t)
		e := &eater{p: p, used: map[int]int64{}, kits: map[int]int64{}}
		counts := 0
		for round := 0; counts < most; round++ {
			proxy.set([]float64{0.05, 0.15, 0.3}[round%3])
			for range 5 + proxy.intN(10) {
				e.hour(proxy)
			}
			proxy.settle()
			for range 3 {
				time.Sleep(31 * time.Minute)
				p.start("stock")
				synctest.Wait()
			}
			time.Sleep(31 * time.Minute)
			synctest.Wait()
			e.wantStock()
			counts = p.counts(p.beans) + p.counts(p.milk)
		}
		t.Logf("seed %d: %d entries and %d counts made, %d refills; %s", seed, p.machineNext()-1, counts, e.refilled, proxy.told())
	})
}

// hour is a time in which cups are made, and somebody may fill a tank or spill it.
func (e *eater) hour(proxy *faultProxy) {
	e.p.t.Helper()
	proxy.mu.Lock()
	random := rand.New(rand.NewPCG(proxy.random.Uint64(), 1))
	proxy.mu.Unlock()
	for range random.IntN(4) {
		e.change(false, func() {
			if _, err := e.p.machine.Buy(sim.Order{Slot: random.IntN(5), Payment: device.PaymentCard}); err != nil && !errors.Is(err, sim.ErrPanelLocked) {
				e.p.t.Fatal(err)
			}
		})
	}
	for tank, full := range map[int]int{1: 1200, 3: 10_000} {
		if random.IntN(2) == 0 {
			if err := e.p.machine.SetLevel(tank, int64(full/2+random.IntN(full/2))); err != nil {
				e.p.t.Fatal(err)
			}
		}
	}
	e.p.start("stock")
	time.Sleep(time.Duration(random.Int64N(int64(time.Hour))))
}

// wantStock compares what Odoo has with the machine, once all is told.
func (e *eater) wantStock() {
	t, p := e.p.t, e.p
	t.Helper()
	p.eachOnce("29-000731", p.machineNext(), func(uint64) bool { return false })
	for product, tank := range map[int64]int{p.beans: 1, p.milk: 3} {
		if sum, transfers := p.consumed(product); int64(math.Round(sum)) != e.used[tank] {
			t.Fatalf("tank %d: %v was moved in %d transfers, the machine used %d; %v", tank, sum, transfers, e.used[tank], p.open())
		}
		if have, level := p.erp.Stock(product, p.kitchen), p.level(tank); math.Abs(have-float64(level)) > map[int]float64{1: 12, 3: 100}[tank] {
			t.Fatalf("tank %d: Odoo has %v, the machine %d; %v", tank, have, level, p.open())
		}
	}
}
