package queue

import (
	"strings"
	"testing"
	"time"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Skipf("time zone %s is not on this machine: %v", name, err)
	}
	return z
}

func TestCronOverDaylightSaving(t *testing.T) {
	for _, c := range []struct {
		name, zone, spec, from string
		want                   []string // RFC 3339, the next runs
	}{
		{"any day", "Europe/Zurich", "30 2 * * *", "2026-06-01T00:00:00+02:00",
			[]string{"2026-06-01T02:30:00+02:00", "2026-06-02T02:30:00+02:00"}},
		{"spring: the hour that is skipped runs at the end of the gap", "Europe/Zurich", "30 2 * * *", "2026-03-28T12:00:00+01:00",
			[]string{"2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"}},
		{"spring: several skipped times are one", "Europe/Zurich", "*/15 2 * * *", "2026-03-28T12:00:00+01:00",
			[]string{"2026-03-29T03:00:00+02:00", "2026-03-30T02:00:00+02:00"}},
		{"spring: a time at the gap's end", "Europe/Zurich", "0 3 * * *", "2026-03-29T01:59:59+01:00",
			[]string{"2026-03-29T03:00:00+02:00", "2026-03-30T03:00:00+02:00"}},
		{"autumn: the hour that comes twice runs once", "Europe/Zurich", "30 2 * * *", "2026-10-24T12:00:00+02:00",
			[]string{"2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"}},
		{"autumn: from within the second hour", "Europe/Zurich", "*/15 2 * * *", "2026-10-25T02:10:00+01:00",
			[]string{"2026-10-26T02:00:00+01:00"}},
		{"autumn: within the first hour", "Europe/Zurich", "*/15 2 * * *", "2026-10-25T02:10:00+02:00",
			[]string{"2026-10-25T02:15:00+02:00", "2026-10-25T02:30:00+02:00", "2026-10-25T02:45:00+02:00", "2026-10-26T02:00:00+01:00"}},
		{"every hour goes by elapsed time in spring", "Europe/Zurich", "0 * * * *", "2026-03-29T00:30:00+01:00",
			[]string{"2026-03-29T01:00:00+01:00", "2026-03-29T03:00:00+02:00", "2026-03-29T04:00:00+02:00"}},
		{"every hour goes by elapsed time in autumn", "Europe/Zurich", "*/30 * * * *", "2026-10-25T02:10:00+02:00",
			[]string{"2026-10-25T02:30:00+02:00", "2026-10-25T02:00:00+01:00", "2026-10-25T02:30:00+01:00", "2026-10-25T03:00:00+01:00"}},
		{"New York in spring", "America/New_York", "0 2 * * *", "2026-03-07T12:00:00-05:00",
			[]string{"2026-03-08T03:00:00-04:00", "2026-03-09T02:00:00-04:00"}},
		{"New York in autumn", "America/New_York", "0 1 * * *", "2026-10-31T12:00:00-04:00",
			[]string{"2026-11-01T01:00:00-04:00", "2026-11-02T01:00:00-05:00"}},
		{"half an hour of daylight saving", "Australia/Lord_Howe", "15 2 * * *", "2026-10-03T12:00:00+10:30",
			[]string{"2026-10-04T02:30:00+11:00", "2026-10-05T02:15:00+11:00"}},
		{"a day that a zone left out", "Pacific/Apia", "0 12 * * *", "2011-12-29T13:00:00-10:00",
			[]string{"2011-12-31T00:00:00+14:00", "2011-12-31T12:00:00+14:00"}},
		{"descriptor", "Europe/Zurich", "@daily", "2026-06-01T00:00:00+02:00", []string{"2026-06-02T00:00:00+02:00"}},
		{"leap day", "UTC", "0 0 29 2 *", "2026-01-01T00:00:00Z", []string{"2028-02-29T00:00:00Z"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			tab, err := parseCron(c.spec, zone(t, c.zone))
			if err != nil {
				t.Fatal(err)
			}
			at, err := time.Parse(time.RFC3339, c.from)
			if err != nil {
				t.Fatal(err)
			}
			for n, want := range c.want {
				at = tab.next(at)
				if got := at.Format(time.RFC3339); got != want {
					t.Fatalf("run %d of %q after %s = %s, want %s", n+1, c.spec, c.from, got, want)
				}
			}
		})
	}
}

func TestCronNeverStandsStill(t *testing.T) {
	for _, name := range []string{"Europe/Zurich", "America/Sao_Paulo", "Africa/Casablanca", "Asia/Kathmandu", "UTC"} {
		z := zone(t, name)
		for _, spec := range []string{"30 2 * * *", "*/7 0-5 * * *", "0 0 * * 0", "5 * * * *", "59 23 31 * *"} {
			tab, err := parseCron(spec, z)
			if err != nil {
				t.Fatal(err)
			}
			days := map[string]int{}
			at := time.Date(2018, 1, 1, 0, 0, 0, 0, z)
			for at.Year() < 2019 {
				next := tab.next(at)
				if !next.After(at) {
					t.Fatalf("%s %q: next(%v) = %v", name, spec, at, next)
				}
				at = next
				days[at.Format("2006-01-02")]++
			}
			if spec == "30 2 * * *" && len(days) < 365 {
				t.Errorf("%s: a daily schedule ran on %d days of 365", name, len(days))
			}
			for day, n := range days {
				if spec == "30 2 * * *" && n != 1 {
					t.Errorf("%s: a daily schedule ran %d times on %s", name, n, day)
				}
			}
		}
	}
}

func TestCronRefuses(t *testing.T) {
	for spec, want := range map[string]string{
		"@every 5m":                 "@every",
		"0 0 31 2 *":                "no day ever fits",
		"* * * *":                   "4",
		"0 0 * * * *":               "6",
		"60 * * * *":                "60",
		"TZ=UTC 0 0 * * *":          "time zone",
		"CRON_TZ=Asia/Tokyo @daily": "time zone",
		"":                          "empty",
		"@sometimes":                "sometimes",
	} {
		if _, err := parseCron(spec, nil); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("parseCron(%q) = %v, want it to say %q", spec, err, want)
		}
	}
}

func FuzzCron(f *testing.F) {
	f.Add("*/15 2 * * *", int64(1774746000))
	f.Add("@weekly", int64(0))
	f.Add("0-59/7 22-23,0-3 1-7 * 1", int64(1792891800))
	z, err := time.LoadLocation("Europe/Zurich")
	if err != nil {
		z = time.UTC
	}
	f.Fuzz(func(t *testing.T, spec string, unix int64) {
		tab, err := parseCron(spec, z)
		if err != nil {
			return
		}
		at := time.Unix(unix%(4e9), 0)
		if next := tab.next(at); !next.IsZero() && !next.After(at) {
			t.Errorf("%q: next(%v) = %v", spec, at, next)
		}
	})
}

func TestParking(t *testing.T) {
	s := time.Second
	for row, want := range map[int]time.Duration{0: 0, 4: 0, 5: 15 * s, 6: 30 * s, 10: 480 * s, 11: 900 * s, 12: 900 * s, 1 << 40: 900 * s} {
		if got := parking(row); got != want {
			t.Errorf("parking(%d) = %v, want %v", row, got, want)
		}
	}
}

func TestRetryPattern(t *testing.T) {
	m := time.Minute
	p := RetryPattern{2: {Min: m, Max: m}, 5: {Min: 10 * m, Max: 20 * m}, 7: {Min: 3 * m}}
	for attempt, want := range map[int]Range{1: {10 * m, 10 * m}, 2: {m, m}, 4: {m, m}, 5: {10 * m, 20 * m}, 6: {10 * m, 20 * m}, 7: {3 * m, 3 * m}, 99: {3 * m, 3 * m}} {
		low, high := 100*time.Hour, time.Duration(0)
		for range 200 {
			d := p.Wait(attempt)
			low, high = min(low, d), max(high, d)
		}
		if low < want.Min || high > want.Max || want.Max > want.Min && low == high {
			t.Errorf("Wait(%d) is %v to %v, want %v", attempt, low, high, want)
		}
	}
	for attempt := range 10 {
		d := RetryPattern(nil).Wait(attempt + 1)
		if d < 8*time.Second || d > 12*m {
			t.Errorf("default Wait(%d) = %v", attempt+1, d)
		}
	}
}

func FuzzOccupant(f *testing.F) {
	f.Add([]byte("01234567\x01root.machine\x00identity\x00with zero"))
	f.Fuzz(func(t *testing.T, b []byte) {
		o, err := decodeOccupant(b)
		if err != nil {
			return
		}
		if back, err := decodeOccupant(o.encode()); err != nil || back != o {
			t.Errorf("decode(encode(%+v)) = %+v, %v", o, back, err)
		}
	})
}
