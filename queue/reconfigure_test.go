package queue_test

import (
	"strings"
	"testing"
	"time"
)

// A limit that was raised lets longer times in; one that is too low for them changes nothing.
func TestReconfigure(t *testing.T) {
	b := newBench(t, nil, channels("root:1"))
	if err := b.Reconfigure(t.Context(), "root:3", "root:7000", time.Hour); err == nil || !strings.Contains(err.Error(), "above the limit of 3600 s") {
		t.Errorf("a time above the limit: %v", err)
	}
	if got := b.ChannelConfig(); got != "root:1" {
		t.Errorf("after what was refused: %q", got)
	}
	if err := b.Reconfigure(t.Context(), "root:3", "root:7000", 2*time.Hour); err != nil {
		t.Fatal(err)
	}
	if got := b.ChannelConfig(); got != "root:3" {
		t.Errorf("after a good one: %q", got)
	}
}
