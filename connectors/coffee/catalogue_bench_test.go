package coffee

import (
	"fmt"
	"testing"
	"time"

	"crema/connectors/odoo/product"
)

// BenchmarkCatalogue counts calls and bytes (of requests and answers, without headers) of a
// catalogue of 10,000 drinks: all of it read, 1,000 changes, and a run that finds nothing.
// The changes are read by one record a call too, which must cost twenty times the calls.
func BenchmarkCatalogue(b *testing.B) {
	const drinks, changes = 10_000, 1_000
	c := newCafe(b, "2900", "en_US")
	var ids []int64
	for i := range drinks {
		ids = append(ids, c.add(fmt.Sprintf("Drink number %d", i), 1.50))
	}
	c.pass(10 * time.Minute)
	run := func(b *testing.B, all bool) (calls int) {
		c.spent()
		r, err := c.b.readCatalogue(b.Context())
		if err != nil || r.all != all {
			b.Fatalf("%v, all %v: %v", r, all, err)
		}
		if err := c.apply(r); err != nil {
			b.Fatal(err)
		}
		return report(b, c)
	}
	b.Run(fmt.Sprintf("all-%d", drinks), func(b *testing.B) {
		for b.Loop() {
			c.update(c.b.askAll)
			if calls := run(b, true); calls > drinks/500+10 {
				b.Fatalf("%d calls", calls)
			}
		}
	})
	b.Run(fmt.Sprintf("changes-%d", changes), func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			c.pass(10 * time.Minute)
			c.update(c.b.askAll)
			run(b, true) // so that no hour passes
			c.pass(10 * time.Minute)
			for i := range changes {
				c.erp.SetPrice(ids[i*7], 1.50+float64(i%100)/100)
			}
			b.StartTimer()
			calls := run(b, false)
			b.StopTimer()
			for i := range changes {
				if _, err := product.ByIDs(b.Context(), c.client, ids[i*7:i*7+1], "en_US"); err != nil {
					b.Fatal(err)
				}
			}
			single, bytes := c.spent()
			b.ReportMetric(float64(len(single)), "single-calls")
			b.ReportMetric(float64(bytes), "single-bytes")
			b.ReportMetric(float64(len(single))/float64(calls), "times-fewer-calls")
			if len(single) < 20*calls {
				b.Fatalf("%d calls, and %d with one record a call", calls, len(single))
			}
			b.StartTimer()
		}
	})
	b.Run("idle", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			c.pass(10 * time.Minute)
			c.update(c.b.askAll)
			run(b, true)
			c.pass(10 * time.Minute)
			b.StartTimer()
			if calls := run(b, false); calls != 1 {
				b.Fatalf("%d calls", calls)
			}
		}
	})
}

// report reports what was spent.
func report(b *testing.B, c *cafe) (calls int) {
	list, bytes := c.spent()
	b.ReportMetric(float64(len(list)), "calls")
	b.ReportMetric(float64(bytes), "bytes")
	return len(list)
}
