package queue_test

import (
	"testing"

	"crema/queue"
)

func TestDeclares(t *testing.T) {
	for _, c := range []struct {
		config, channel string
		want            bool
	}{
		{"root:4,root.machine:2", "root.machine", true},
		{"root:4, machine ", "root.machine", true},
		{"root:4\nmachine.kitchen:1:throttle=5", "machine.kitchen", true},
		{"root:4,root.machine.kitchen:1", "root.machine", false},
		{"root:4,root.machine.kitchenette:1", "root.machine.kitchen", false},
		{"root:4", "root", true},
		{"", "root", false},
		{"no such!:1,root:1", "root", false},
	} {
		if got := queue.Declares(c.config, c.channel); got != c.want {
			t.Errorf("Declares(%q, %q) = %v", c.config, c.channel, got)
		}
	}
}
