package connectortest_test

import (
	"fmt"
	"maps"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
)

// spy is a test that keeps what failed instead of failing, by the part of the suite.
type spy struct {
	testing.TB
	mu     sync.Mutex
	part   string
	failed map[string][]string // part → what was said
}

func newSpy(t testing.TB) *spy { return &spy{TB: t, failed: map[string][]string{}} }

// Part runs a part in a goroutine of its own, which a Fatal ends; a panic fails it.
func (s *spy) Part(name string, run func(testing.TB)) {
	s.part = name
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if p := recover(); p != nil {
				s.say(fmt.Sprintf("panic: %v", p))
			}
		}()
		run(s)
	}()
	<-done
}

func (s *spy) say(what string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.failed[s.part] = append(s.failed[s.part], what)
}

func (s *spy) Helper()                      {}
func (s *spy) Error(args ...any)            { s.say(fmt.Sprint(args...)) }
func (s *spy) Errorf(f string, args ...any) { s.say(fmt.Sprintf(f, args...)) }
func (s *spy) Fail()                        { s.say("Fail") }
func (s *spy) FailNow()                     { s.say("FailNow"); runtime.Goexit() }
func (s *spy) Fatal(args ...any)            { s.Error(args...); runtime.Goexit() }
func (s *spy) Fatalf(f string, args ...any) { s.Errorf(f, args...); runtime.Goexit() }
func (s *spy) Failed() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.failed[s.part]) > 0
}

// caught fails the test unless the part failed, and said so in these words.
func (s *spy) caught(part, words string) {
	s.TB.Helper()
	if !slices.ContainsFunc(s.failed[part], func(said string) bool { return strings.Contains(said, words) }) {
		s.TB.Errorf("the part %q does not say %q, but %q; what failed is %q", part, words, s.failed[part], slices.Sorted(maps.Keys(s.failed)))
	}
}
