package web

import (
	"encoding/json"
	"math"
	"testing"
	"time"
)

func TestMoney(t *testing.T) {
	for want, m := range map[string]Money{
		"€2.30": {230, "EUR"}, "€0.05": {5, "EUR"}, "€0.00": {0, "EUR"}, "−€1.50": {-150, "EUR"}, "£1,234.50": {123450, "GBP"},
		"CHF\u00a02.30": {230, "CHF"}, "JPY\u00a0300": {300, "JPY"}, "JPY\u00a01,300,000": {1300000, "JPY"}, "KWD\u00a00.250": {250, "KWD"},
		"2.30": {230, ""}, "−92,233,720,368,547,758.08": {math.MinInt64, ""},
	} {
		if got := m.String(); got != want {
			t.Errorf("%d %s = %q, want %q", m.Amount, m.Currency, got, want)
		}
	}
	if got, want := sum([]Money{{100, "EUR"}, {50, "CHF"}, {30, "EUR"}, {0, "USD"}}), "€1.30 + CHF\u00a00.50"; got != want {
		t.Errorf("sum = %q, want %q", got, want)
	}
	if got := sum(nil); got != "" {
		t.Errorf("sum of nothing = %q", got)
	}
}

func TestTimesInWords(t *testing.T) {
	place := time.FixedZone("there", 3600)
	now := time.Date(2026, 3, 12, 9, 41, 0, 0, time.UTC) // 10:41 there
	c := clock{now: now, place: place}
	for _, test := range []struct {
		d          time.Duration
		ago, start string
	}{
		{0, "just now", "since 10:41"},
		{59 * time.Second, "just now", "since 10:40"},
		{time.Minute, "1 min ago", "since 10:40"},
		{89 * time.Minute, "89 min ago", "since 09:12"},
		{10 * time.Hour, "00:41", "since 00:41"},
		{11 * time.Hour, "Wed 23:41", "since Wed 23:41"},
		{5 * 24 * time.Hour, "Sat 10:41", "since Sat 10:41"},
		{20 * 24 * time.Hour, "20 Feb 10:41", "since 20 Feb 10:41"},
		{400 * 24 * time.Hour, "5 Feb 2025", "since 5 Feb 10:41"},
		{-time.Hour, "12 Mar 2026 11:41", "since 11:41"},
	} {
		at := At(now.Add(-test.d))
		if got := c.ago(at).Text; got != test.ago {
			t.Errorf("%v ago is %q, want %q", test.d, got, test.ago)
		}
		if got := c.start(at).Text; got != test.start {
			t.Errorf("%v ago began %q, want %q", test.d, got, test.start)
		}
	}
	for d, want := range map[time.Duration]string{
		-time.Second: "now", 0: "now", time.Second: "in 2 s", 80 * time.Second: "in 81 s", 4 * time.Minute: "in 4 min", 3 * time.Hour: "at 13:41", 30 * time.Hour: "at 13 Mar 16:41",
	} {
		if got := c.until(At(now.Add(d))).Text; got != want {
			t.Errorf("in %v is %q, want %q", d, got, want)
		}
	}
	if got := c.ago(Time{}); got != (moment{}) {
		t.Errorf("no time = %+v", got)
	}
	if got, want := c.ago(At(now)).Exact, "2026-03-12T10:41:00+01:00"; got != want {
		t.Errorf("exact time %q, want %q", got, want)
	}
}

func TestWire(t *testing.T) {
	elsewhere := time.Date(2026, 3, 12, 1, 0, 0, 500, time.FixedZone("there", 2*3600))
	got, err := json.Marshal([]any{ID(""), ID("0"), ID(`"`), At(elsewhere), Time{}})
	if want := `[null,"0","\"","2026-03-11T23:00:00.0000005Z",null]`; err != nil || string(got) != want {
		t.Errorf("on the wire: %s, %v, want %s", got, err, want)
	}
	var back struct {
		ID   ID
		Time Time
		None Time
	}
	if err := json.Unmarshal([]byte(`{"id":null,"time":"2026-03-12T10:00:00+01:00","none":null}`), &back); err != nil || back.ID != "" || back.Time.IsZero() || !back.None.IsZero() {
		t.Errorf("back: %+v, %v", back, err)
	}
	if _, err := json.Marshal(At(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC))); err == nil {
		t.Error("the year 10000 is written")
	}
}

func TestSmallWords(t *testing.T) {
	for _, test := range [][2]string{
		{wordy("no_slot_free"), "No slot free"}, {wordy(""), ""}, {sentence("écart: odoo.example.com"), "Écart: odoo.example.com"},
		{decicelsius(935), "93.5\u00a0°C"}, {decicelsius(-5), "−0.5\u00a0°C"}, {byteSize(999), "999 B"}, {byteSize(4_194_304), "4.2 MB"}, {byteSize(31e9), "31.0 GB"},
		{latency(184), "184 ms"}, {latency(12_340), "12.3 s"}, {hostOf("https://odoo.example.com:8069/x"), "odoo.example.com:8069"},
		{levelViewOf(Level{Level: 640, Capacity: 1000, Unit: "g"}).Text, "64%"}, {levelViewOf(Level{Level: 38, Unit: "%"}).Text, "38%"},
		{levelViewOf(Level{Level: 640, Unit: "g"}).Text, "640\u00a0g"},
		{string(prose("a `b<` c")), "a <code>b&lt;</code> c"}, {string(prose("5` <i>")), "5` &lt;i&gt;"}, {string(prose("")), ""},
	} {
		if test[0] != test[1] {
			t.Errorf("got %q, want %q", test[0], test[1])
		}
	}
	for want, slots := range map[string][]int{"": nil, "1 free slot: 4": {4}, "4 free slots: 4, 6–8": {4, 6, 7, 8}, "2 free slots: 0, 2": {0, 2}} {
		if got := freeWords(slots); got != want {
			t.Errorf("freeWords(%v) = %q, want %q", slots, got, want)
		}
	}
	for _, s := range []Slot{{Name: "-"}, {Name: ""}, {Name: " . "}, {Slot: 6, Name: "Slot 6"}, {Slot: 31, Name: "SLOT 31 "}} {
		if !isFree(s) {
			t.Errorf("slot %+v is not free", s)
		}
	}
	for _, s := range []Slot{{Name: "-", Enabled: true}, {Name: "-", OdooID: "0"}, {Name: "Chaï"}, {Name: "茶"}, {Slot: 6, Name: "Slot 7"}, {Slot: 6, Name: "Slot 6", Enabled: true}} {
		if isFree(s) {
			t.Errorf("slot %+v is free", s)
		}
	}
	if first, whole := firstPart("one\ntwo"); first != "one" || whole != "one\ntwo" {
		t.Errorf("firstPart = %q, %q", first, whole)
	}
	if first, whole := firstPart(" one "); first != "one" || whole != "" {
		t.Errorf("firstPart = %q, %q", first, whole)
	}
}
