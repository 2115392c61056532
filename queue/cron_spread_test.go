package queue

import (
	"fmt"
	"testing"
	"time"
)

// TestSpreadBoards has two hundred boards with one expression: none is early, none later than it may be, each is the same from one
// hour to the next, and they don't come together.
func TestSpreadBoards(t *testing.T) {
	for _, c := range []struct {
		spec         string
		period, most time.Duration
	}{
		{"*/10 * * * *", 10 * time.Minute, 200 * time.Second},
		{"*/15 * * * *", 15 * time.Minute, 5 * time.Minute},
		{"25 * * * *", time.Hour, 5 * time.Minute},
		{"50 4 * * *", 24 * time.Hour, 5 * time.Minute},
		{"* * * * *", time.Minute, 20 * time.Second},
	} {
		const boards = 200
		sharp := mustCron(t, c.spec)
		from := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
		inASecond := map[int64]int{}
		for i := range boards {
			tab := sharp
			tab.share = spreadShare(fmt.Sprint("board-", i), "sales/kitchen")
			var at time.Time
			var before time.Duration
			for n, hour := 0, from; n < 8; n++ {
				hour = sharp.next(hour)
				if next := tab.next(at); n > 0 && !next.Equal(tab.fires(hour)) {
					t.Fatalf("%q: after %v comes %v, want %v", c.spec, at, next, tab.fires(hour))
				}
				at = tab.fires(hour)
				late := at.Sub(hour)
				if late < 0 || late >= c.most || n > 0 && late != before {
					t.Fatalf("%q comes %v late, before that %v, want less than %v", c.spec, late, before, c.most)
				}
				before = late
			}
			inASecond[int64(before/time.Second)]++
		}
		// As many as a second can have by chance, and no more.
		mean := boards / c.most.Seconds()
		for second, n := range inASecond {
			if float64(n) > 2*mean+8 {
				t.Errorf("%q: %d of %d boards come in second %d, the mean is %.1f", c.spec, n, boards, second, mean)
			}
		}
	}
}

func mustCron(t *testing.T, spec string) crontab {
	t.Helper()
	tab, err := parseCron(spec, nil)
	if err != nil {
		t.Fatal(err)
	}
	return tab
}

// TestSpreadOverDaylightSaving has no hour doubled or left out where the clocks change.
func TestSpreadOverDaylightSaving(t *testing.T) {
	z := zone(t, "Europe/Zurich")
	for _, spec := range []string{"30 2 * * *", "*/15 * * * *", "*/15 2 * * *", "0 3 * * *"} {
		sharp, err := parseCron(spec, z)
		if err != nil {
			t.Fatal(err)
		}
		tab := sharp
		tab.share = 0.999
		for _, hour := range []time.Time{time.Date(2026, 3, 28, 12, 0, 0, 0, z), time.Date(2026, 10, 24, 12, 0, 0, 0, z)} {
			at := hour
			for n := range 200 {
				hour = sharp.next(hour)
				late := tab.fires(hour).Sub(hour)
				if next := tab.next(at); n > 0 && !next.Equal(tab.fires(hour)) || late < 0 || late > spreadMost {
					t.Fatalf("%q: after %v comes %v, want %v with what it is late by, %v", spec, at, next, hour, late)
				}
				at = tab.fires(hour)
			}
		}
	}
}
