package connectortest

import (
	"testing"
	"time"
)

// patience is what no single call may take, whatever becomes of the system.
const patience = 20 * time.Second

// part runs one part of a suite, as a subtest where t has such. What t else is says how it
// runs its parts.
func part(t testing.TB, name string, run func(t testing.TB)) {
	t.Helper()
	switch t := t.(type) {
	case *testing.T:
		t.Run(name, func(t *testing.T) { run(t) })
	case interface {
		Part(name string, run func(testing.TB))
	}:
		t.Part(name, run)
	default:
		t.Fatalf("a %T has no subtests: give the suite a *testing.T", t)
	}
}

// ends runs a call, and ends the test where it does not return. Call it from the test's goroutine.
func ends(t testing.TB, what string, call func() error) error {
	t.Helper()
	returned, err := within(patience, call)
	if !returned {
		t.Fatalf("%s does not return", what)
	}
	return err
}

// within tells whether a call returned in time, and with what.
func within(d time.Duration, call func() error) (returned bool, err error) {
	done := make(chan error, 1)
	go func() { done <- call() }()
	select {
	case err := <-done:
		return true, err
	case <-time.After(d):
		return false, nil
	}
}
