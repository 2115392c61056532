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

// ends runs a call, and fails the test where it does not return.
func ends(t testing.TB, what string, call func() error) error {
	t.Helper()
	done := make(chan error, 1)
	go func() { done <- call() }()
	select {
	case err := <-done:
		return err
	case <-time.After(patience):
		t.Fatalf("%s does not return", what)
		return nil
	}
}
