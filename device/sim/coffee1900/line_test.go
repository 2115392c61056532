package coffee1900

import (
	"slices"
	"testing"
	"time"
)

func TestAGapDropsTheLine(t *testing.T) {
	type chunk struct {
		after time.Duration
		bytes string
	}
	for _, x := range []struct {
		name string
		in   []chunk
		want []string
	}{
		{"50 ms is no gap", []chunk{{0, ">01,"}, {50 * time.Millisecond, "ID\r"}}, []string{"01,ID"}},
		{"51 ms is one", []chunk{{0, ">01,"}, {51 * time.Millisecond, "ID\r"}}, nil},
		{"the next line is heard", []chunk{{0, ">01,"}, {51 * time.Millisecond, "ID\r\n>02,ST\r\n"}}, []string{"02,ST"}},
		{"between lines it doesn't matter", []chunk{{0, ">01,ID\r"}, {time.Hour, "\n>02,ST\r"}}, []string{"01,ID", "02,ST"}},
		{"byte by byte", []chunk{{0, ">"}, {40 * time.Millisecond, "0"}, {40 * time.Millisecond, "1"}, {40 * time.Millisecond, "\r"}}, []string{"01"}},
	} {
		r := receiver{gap: maxGap}
		now := time.Unix(0, 0)
		var got []string
		for _, c := range x.in {
			now = now.Add(c.after)
			r.receive([]byte(c.bytes), now, func(b []byte) bool { got = append(got, string(b)); return true })
		}
		if !slices.Equal(got, x.want) {
			t.Errorf("%s: %q, want %q", x.name, got, x.want)
		}
	}
}
