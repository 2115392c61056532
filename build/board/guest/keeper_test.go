package main

import (
	"runtime"
	"testing"
)

// started keeps a program, and waits until it runs.
func started(args ...string) *keeper {
	k := &keeper{args: args}
	k.start()
	for _, err := k.pid(); err != nil; _, err = k.pid() {
		runtime.Gosched()
	}
	return k
}

// TestStop ends a program that knows no better than to die of the signal: that is told, unless it was to be killed.
func TestStop(t *testing.T) {
	if _, err := do(started("sleep", "1000"), "stop", nil); err == nil || err.Error() != "signal: terminated" {
		t.Errorf("stop: %v", err)
	}
	k := started("sleep", "1000")
	if _, err := do(k, "kill", nil); err != nil {
		t.Errorf("kill: %v", err)
	}
	if _, err := do(k, "kill", nil); err == nil {
		t.Error("it was killed twice")
	}
	if _, err := do(&keeper{}, "stop", nil); err != errNotRunning {
		t.Errorf("nothing runs: %v", err)
	}
}
