package courier

import (
	"testing"
	"time"
)

// The month and the day before, over leap years, the end of a year, and the days on which the
// clocks are changed.
func TestPeriod(t *testing.T) {
	zurich, err := time.LoadLocation("Europe/Zurich")
	if err != nil {
		t.Fatal(err)
	}
	apia, err := time.LoadLocation("Pacific/Apia") // which left out 30 December 2011
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		kind           string
		at             time.Time
		name, from, to string
	}{
		{"last_month", time.Date(2028, 3, 1, 0, 0, 0, 0, zurich), "2028-02", "2028-02-01", "2028-02-29"},
		{"last_month", time.Date(2026, 3, 1, 0, 0, 0, 0, zurich), "2026-02", "2026-02-01", "2026-02-28"},
		{"last_month", time.Date(2100, 3, 31, 23, 59, 0, 0, zurich), "2100-02", "2100-02-01", "2100-02-28"},
		{"last_month", time.Date(2027, 1, 1, 0, 0, 0, 0, zurich), "2026-12", "2026-12-01", "2026-12-31"},
		{"last_month", time.Date(2026, 3, 31, 22, 30, 0, 0, time.UTC).In(zurich), "2026-03", "2026-03-01", "2026-03-31"}, // it is April there
		{"last_day", time.Date(2026, 3, 30, 0, 0, 0, 0, zurich), "2026-03-29", "2026-03-29", "2026-03-29"},               // 23 hours
		{"last_day", time.Date(2026, 10, 26, 0, 30, 0, 0, zurich), "2026-10-25", "2026-10-25", "2026-10-25"},             // 25 hours
		{"last_day", time.Date(2028, 3, 1, 5, 0, 0, 0, zurich), "2028-02-29", "2028-02-29", "2028-02-29"},
		{"last_day", time.Date(2027, 1, 1, 0, 0, 0, 0, zurich), "2026-12-31", "2026-12-31", "2026-12-31"},
		{"last_day", time.Date(2011, 12, 29, 12, 0, 0, 0, apia), "2011-12-28", "2011-12-28", "2011-12-28"},
		{"all", time.Date(2026, 3, 30, 0, 0, 0, 0, zurich), "2026-03-30", "", ""},
	} {
		if name, from, to := period(c.kind, c.at); name != c.name || from != c.from || to != c.to {
			t.Errorf("%s at %s: %s, %s to %s; want %s, %s to %s", c.kind, c.at, name, from, to, c.name, c.from, c.to)
		}
	}
}
