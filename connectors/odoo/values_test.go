package odoo_test

import (
	"encoding/json"
	"math"
	"testing"
	"time"

	"crema/connectors/odoo"
)

func TestEmptyValuesAreFalse(t *testing.T) {
	type record struct {
		Text odoo.String `json:"text"`
		Ref  odoo.ID     `json:"ref"`
		Time odoo.Time   `json:"time"`
	}
	for in, want := range map[string]record{
		`{"text": false, "ref": false, "time": false}`:           {},
		`{"text": null, "ref": null, "time": null}`:              {},
		`{"text": "a", "ref": 7, "time": "2026-11-22 00:34:42"}`: {"a", 7, odoo.At(time.Date(2026, 11, 22, 0, 34, 42, 0, time.UTC))},
		`{"text": "", "ref": [7, "Units"]}`:                      {"", 7, odoo.Time{}},
	} {
		var got record
		if err := json.Unmarshal([]byte(in), &got); err != nil || got != want {
			t.Errorf("%s gives %+v, %v; want %+v", in, got, err, want)
		}
	}
	for _, in := range []string{`{"text": true}`, `{"text": 1}`, `{"ref": "7"}`, `{"ref": [7]}`, `{"ref": 1.5}`, `{"ref": true}`, `{"time": "yesterday"}`, `{"time": "2026-11-22T00:00:00Z"}`, `{"time": 5}`} {
		var got record
		if err := json.Unmarshal([]byte(in), &got); err == nil {
			t.Errorf("%s is taken as %+v", in, got)
		}
	}
}

func TestTimesAreSentInUTCAndWholeSeconds(t *testing.T) {
	zurich := time.FixedZone("CET", 3600)
	for in, want := range map[odoo.Time]string{
		odoo.At(time.Date(2026, 1, 2, 0, 30, 15, 999_999_999, zurich)): `"2026-01-01 23:30:15"`,
		{}: `false`,
	} {
		if got, err := json.Marshal(in); err != nil || string(got) != want {
			t.Errorf("%v gives %s, %v; want %s", in, got, err, want)
		}
	}
}

func TestAmountsKeepTheirDigits(t *testing.T) {
	for _, text := range []string{"2.30", "0", "-1.5", "1.034782608695652", "100000000000000000.01"} {
		var a odoo.Amount
		if err := json.Unmarshal([]byte(text), &a); err != nil || string(a) != text {
			t.Errorf("%s is read as %q, %v", text, a, err)
		}
		if b, err := json.Marshal(a); err != nil || string(b) != text {
			t.Errorf("%s is sent as %s, %v", text, b, err)
		}
	}
	for in, want := range map[string]string{"1e-05": "0.00001", "1E+16": "10000000000000000", "2.5e0": "2.5"} {
		var a odoo.Amount
		if err := json.Unmarshal([]byte(in), &a); err != nil || string(a) != want {
			t.Errorf("%s is read as %q, %v; want %s", in, a, err, want)
		}
	}
	for _, in := range []string{`"2.3"`, `false`, `null`, `1e99999`, `[1]`} {
		var a odoo.Amount
		if err := json.Unmarshal([]byte(in), &a); err == nil {
			t.Errorf("%s is taken as the amount %q", in, a)
		}
	}
	for _, a := range []odoo.Amount{"", "x", "1e99999", "1,5", "NaN", "0x10", odoo.Amount(string(make([]byte, 100)))} {
		if b, err := json.Marshal(a); err == nil {
			t.Errorf("the amount %.20q is sent as %.50s", string(a), b)
		}
	}
	if b, err := json.Marshal(odoo.Amount("+.5")); err != nil || string(b) != "0.5" {
		t.Errorf("+.5 is sent as %s, %v", b, err)
	}
}

func TestBackoffGrowsAndIsJittered(t *testing.T) {
	seen := make(map[time.Duration]bool)
	for n := range 100 {
		want := min(5*time.Second<<min(max(n-1, 0), 20), 10*time.Minute)
		d := odoo.Backoff(n)
		if d > want || d < want*2/3 {
			t.Errorf("Backoff(%d) = %v, want %v to %v", n, d, want*2/3, want)
		}
		seen[odoo.Backoff(9)] = true
	}
	if len(seen) < 50 {
		t.Errorf("only %d different waits: a fleet would come at once", len(seen))
	}
	if d := odoo.Backoff(math.MaxInt); d > 10*time.Minute {
		t.Errorf("Backoff grows to %v", d)
	}
}

func FuzzValues(f *testing.F) {
	for _, s := range []string{`false`, `"2026-11-22 00:34:42"`, `[1, "x"]`, `1.5e-7`, `[`, `null`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var a odoo.Amount
		if json.Unmarshal(b, &a) == nil {
			sent, err := json.Marshal(a)
			if err != nil {
				t.Fatalf("%s is read as %q and can't be sent: %v", b, a, err)
			}
			var again odoo.Amount
			if err := json.Unmarshal(sent, &again); err != nil || again != a {
				t.Fatalf("%s is %q, then %q: %v", b, a, again, err)
			}
		}
		var tm odoo.Time
		if json.Unmarshal(b, &tm) == nil {
			sent, err := json.Marshal(tm)
			var again odoo.Time
			if err != nil || json.Unmarshal(sent, &again) != nil || !again.Equal(tm.Time) {
				t.Fatalf("%s is %v, then %v: %v", b, tm, again, err)
			}
		}
		var s odoo.String
		var id odoo.ID
		json.Unmarshal(b, &s)
		json.Unmarshal(b, &id)
	})
}
