package ledger

import "testing"

func TestSpans(t *testing.T) {
	for want, numbers := range map[string][]uint64{"": nil, "7": {7}, "3, 65–67, 90": {3, 65, 66, 67, 90}, "1–2": {1, 2}} {
		if got := Spans(numbers); got != want {
			t.Errorf("Spans(%d) = %q, want %q", numbers, got, want)
		}
	}
}
