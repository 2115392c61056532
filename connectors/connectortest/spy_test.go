package connectortest_test

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
)

// spy is a test that keeps what failed in one part of a suite, instead of failing.
type spy struct {
	testing.TB
	part string

	mu   sync.Mutex
	said []string
}

// Part runs the part in a goroutine of its own, which a Fatal ends; a panic fails it.
func (s *spy) Part(name string, run func(testing.TB)) {
	if name != s.part {
		return
	}
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
	s.said = append(s.said, what)
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
	return len(s.said) > 0
}

// caught fails the test unless the part said these words.
func (s *spy) caught(words string) {
	s.TB.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if !slices.ContainsFunc(s.said, func(said string) bool { return strings.Contains(said, words) }) {
		s.TB.Errorf("the part %q does not say %q, but %q", s.part, words, s.said)
	}
}
