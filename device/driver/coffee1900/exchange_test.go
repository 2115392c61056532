package coffee1900_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"crema/device"
	"crema/device/driver/coffee1900"
)

// script is a machine that says exactly what a test tells it to, at the manual's speed,
// on a clock of the test's own.
type script struct {
	t       *testing.T
	answers func(ask string, nth int) []said // nth: of this very line, from 1

	mu       sync.Mutex
	pending  []byte
	arrived  chan struct{}
	deadline time.Time
	sent     []string // every line, without its end
	at       []time.Time
	lastLF   time.Time // when the last reply's LF was read
	restless bool      // the pause can't be kept here
}

// said is what comes on the wire so long after the request.
type said struct {
	after time.Duration
	raw   string
}

// seal is a line, its check computed as the manual says.
func seal(start, body string) string {
	sum := byte(0)
	for i := range len(body) {
		sum ^= body[i]
	}
	return fmt.Sprintf("%s%s*%02X\r\n", start, body, sum)
}

// now says one reply at once.
func now(bodies ...string) (all []said) {
	for _, b := range bodies {
		all = append(all, said{0, seal("<", b)})
	}
	return all
}

func (s *script) dial(context.Context) (device.Line, error) {
	return s, nil
}

func (s *script) Close() error { return nil }

func (s *script) SetReadDeadline(t time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.deadline = t
	return nil
}

func (s *script) Read(b []byte) (int, error) {
	for {
		s.mu.Lock()
		if len(s.pending) > 0 {
			n := copy(b, s.pending)
			s.pending = s.pending[n:]
			if b[n-1] == '\n' {
				s.lastLF = time.Now()
			}
			s.mu.Unlock()
			return n, nil
		}
		wait := time.Until(s.deadline)
		s.mu.Unlock()
		if wait <= 0 {
			return 0, os.ErrDeadlineExceeded
		}
		timer := time.NewTimer(wait)
		select {
		case <-s.arrived:
		case <-timer.C:
		}
		timer.Stop()
	}
}

func (s *script) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if b[0] == 0x7e {
		return len(b), nil // is it a 2900? see TestAnotherMachineOnTheLine
	}
	line := strings.TrimSuffix(string(b), "\r\n")
	if line+"\r\n" != string(b) || strings.ContainsAny(line, "\r\n") {
		s.t.Errorf("sent %q, want one whole line", b)
	}
	if gap := time.Since(s.lastLF); !s.restless && gap < 5*time.Millisecond {
		s.t.Errorf("%q came %v after the LF of a reply", line, gap)
	}
	s.sent = append(s.sent, line)
	s.at = append(s.at, time.Now())
	nth := 0
	for _, l := range slices.Backward(s.sent) {
		if l != line {
			break
		}
		nth++
	}
	for _, x := range s.answers(line[1:len(line)-3], nth) {
		if x.after == 0 {
			s.say(x.raw)
			continue
		}
		time.AfterFunc(x.after, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.say(x.raw)
		})
	}
	return len(b), nil
}

func (s *script) say(raw string) {
	s.pending = append(s.pending, raw...)
	select {
	case s.arrived <- struct{}{}:
	default:
	}
}

// interrupt says something unasked.
func (s *script) interrupt(raw string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.say(raw)
}

func (s *script) lines() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.sent)
}

func tagOf(ask string) string { return ask[:2] }

// sound answers ID and lets rest answer what else is asked, tags left out.
func sound(rest func(ask string, nth int) []said) func(string, int) []said {
	return func(ask string, nth int) []said {
		if ask[3:] == "ID" {
			return now(tagOf(ask) + ",OK,1900,00184467,2.14,8")
		}
		return rest(ask, nth)
	}
}

// on runs f with a driver that is connected to a machine with these answers; lines are
// those that f sent.
func on(t *testing.T, answers func(ask string, nth int) []said, f func(t *testing.T, m *coffee1900.Machine, s *script)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s := &script{t: t, answers: sound(answers), arrived: make(chan struct{}, 1)}
		m := coffee1900.New(s.dial, coffee1900.Options{})
		if _, err := m.Connect(t.Context()); err != nil {
			t.Fatalf("Connect = %v", err)
		}
		s.mu.Lock()
		s.sent, s.at = nil, nil
		s.mu.Unlock()
		f(t, m, s)
	})
}

func bodies(lines []string) (all []string) {
	for _, l := range lines {
		all = append(all, l[1:len(l)-3])
	}
	return all
}

func wantLines(t *testing.T, s *script, want ...string) {
	t.Helper()
	if got := bodies(s.lines()); !slices.Equal(got, want) {
		t.Errorf("sent %q, want %q", got, want)
	}
}

// Two IDs with two tags, the second one twice: the first may be answered with the
// reply to another program's request.
func TestConnectAsksTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{t: t, arrived: make(chan struct{}, 1), answers: func(ask string, nth int) []said {
			if tagOf(ask) == "01" {
				return now("01,OK,7,65530,12,0,3,0,0,0,0") // what the other program asked
			}
			return now(tagOf(ask) + ",OK,1900,00184467,2.14,8")
		}}
		m := coffee1900.New(s.dial, coffee1900.Options{})
		id, err := m.Connect(t.Context())
		if want := (device.Identity{Model: "1900", Serial: "00184467", Firmware: "2.14", Slots: 8}); err != nil || id != want {
			t.Errorf("Connect = %+v, %v", id, err)
		}
		wantLines(t, s, "01,ID", "02,ID", "02,ID")
	})
}

func TestConnectAfterARefusalOfAnotherProgram(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{t: t, arrived: make(chan struct{}, 1), answers: func(ask string, nth int) []said {
			if tagOf(ask) == "01" {
				return now("01,ER,07")
			}
			return now(tagOf(ask) + ",OK,1900,00184467,2.14,8")
		}}
		if _, err := coffee1900.New(s.dial, coffee1900.Options{}).Connect(t.Context()); err != nil {
			t.Errorf("Connect = %v", err)
		}
	})
}

func TestConnectToWhatIsNo1900(t *testing.T) {
	var wrong *device.WrongModelError
	for name, x := range map[string]struct {
		answers func(ask string, nth int) []said
		is      func(err error) bool
		says    string
	}{
		"nothing": {
			func(string, int) []said { return nil },
			func(err error) bool { return errors.Is(err, device.ErrNoReply) && !errors.Is(err, device.ErrBadReply) },
			"switched on",
		},
		"a sibling": {
			func(ask string, _ int) []said { return now(tagOf(ask) + ",OK,1910,00184467,3.00,12,x") },
			func(err error) bool { return errors.As(err, &wrong) && wrong.Want == "1900" && wrong.Got == "1910" },
			"change `version` or the cable",
		},
		"frames of a 2900": {
			func(string, int) []said {
				return []said{{time.Millisecond, "\x7e\x03\x09\xa2\x00\x01\x01\x19\x04\x12\x41\x43\x7e"}}
			},
			func(err error) bool { return errors.Is(err, device.ErrBadReply) },
			"check `version`",
		},
		"a modem": {
			func(string, int) []said { return []said{{time.Millisecond, "\r\nERROR\r\n"}} },
			func(err error) bool { return errors.Is(err, device.ErrBadReply) },
			"does not speak as a Coffee 1900",
		},
		"an echo": {
			func(ask string, _ int) []said { return []said{{0, seal(">", ask)}} },
			func(err error) bool { return errors.Is(err, device.ErrBadReply) },
			"does not speak as a Coffee 1900",
		},
		"one that knows no ID": {
			func(ask string, _ int) []said { return now(tagOf(ask) + ",ER,01") },
			func(err error) bool { return errors.Is(err, device.ErrBadReply) },
			"does not speak as a Coffee 1900",
		},
		"a 1900 with half an identity": {
			func(ask string, _ int) []said { return now(tagOf(ask) + ",OK,1900,42") },
			func(err error) bool { return errors.Is(err, device.ErrBadReply) },
			"2 fields, not 4",
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{t: t, arrived: make(chan struct{}, 1), answers: x.answers}
				m := coffee1900.New(s.dial, coffee1900.Options{})
				_, err := m.Connect(t.Context())
				if err == nil || !x.is(err) || !strings.Contains(err.Error(), x.says) {
					t.Errorf("Connect = %v", err)
				}
				if _, err := m.Status(t.Context()); !errors.Is(err, device.ErrAway) {
					t.Errorf("Status afterwards = %v", err)
				}
			})
		})
	}
}

// The manual: within 300 ms (WS: 800 ms), repeated up to three times, the same line.
func TestTimesAndRepeatsOfAManualsMachine(t *testing.T) {
	silent := func(string, int) []said { return nil }
	on(t, silent, func(t *testing.T, m *coffee1900.Machine, s *script) {
		began := time.Now()
		_, err := m.Status(t.Context())
		if !errors.Is(err, device.ErrNoReply) || errors.Is(err, device.ErrOutcomeUnknown) {
			t.Errorf("Status = %v", err)
		}
		wantLines(t, s, "03,ST", "03,ST", "03,ST", "03,ST")
		for i := 1; i < len(s.at); i++ {
			if gap := s.at[i].Sub(s.at[i-1]); gap < 300*time.Millisecond || gap > 350*time.Millisecond {
				t.Errorf("repeat %d came after %v", i, gap)
			}
		}
		if took := time.Since(began); took < 1200*time.Millisecond || took > 1400*time.Millisecond {
			t.Errorf("it took %v", took)
		}
	})
	on(t, silent, func(t *testing.T, m *coffee1900.Machine, s *script) {
		name := "A"
		_, err := m.WriteSlot(t.Context(), device.Slot{Name: "B", Volume: 40}, device.SlotChange{Name: &name})
		if !errors.Is(err, device.ErrNoReply) || !errors.Is(err, device.ErrOutcomeUnknown) {
			t.Errorf("WriteSlot = %v", err)
		}
		for i := 1; i < 4; i++ {
			if gap := s.at[i].Sub(s.at[i-1]); gap < 800*time.Millisecond || gap > 850*time.Millisecond {
				t.Errorf("repeat %d of WS came after %v", i, gap)
			}
		}
	})
}

func TestAReplyInTheLastMoment(t *testing.T) {
	on(t, func(ask string, nth int) []said {
		return []said{{299 * time.Millisecond, seal("<", tagOf(ask)+",OK,R,93,0000")}}
	}, func(t *testing.T, m *coffee1900.Machine, s *script) {
		if st, err := m.Status(t.Context()); err != nil || st.State != device.StateReady || st.Temperature != 930 || st.Locked != nil {
			t.Errorf("Status = %+v, %v", st, err)
		}
		wantLines(t, s, "03,ST", "03,ST") // the second to confirm
	})
}

func TestAReadingNeedsTwoRepliesThatAgree(t *testing.T) {
	// The first reply passed its check by chance.
	on(t, func(ask string, nth int) []said {
		if tagOf(ask) == "03" && nth == 1 {
			return now("03,OK,7,65531,12,0,3,0,0,0,0")
		}
		return now(tagOf(ask) + ",OK,7,65530,12,0,3,0,0,0,0")
	}, func(t *testing.T, m *coffee1900.Machine, s *script) {
		c, err := m.ReadCounters(t.Context())
		if err != nil || c.Cups[0] != 65530 || c.Epoch != 7 || c.Modulus != 65536 || len(c.Cups) != 8 {
			t.Errorf("ReadCounters = %+v, %v", c, err)
		}
		wantLines(t, s, "03,CT", "03,CT", "04,CT", "04,CT") // nobody knows which of the two was noise
	})
	// Never two alike.
	n := 0
	on(t, func(ask string, nth int) []said {
		n++
		return now(fmt.Sprintf("%s,OK,7,%d,0,0,0,0,0,0,0", tagOf(ask), n))
	}, func(t *testing.T, m *coffee1900.Machine, s *script) {
		if c, err := m.ReadCounters(t.Context()); !errors.Is(err, device.ErrBadReply) {
			t.Errorf("ReadCounters = %+v, %v", c, err)
		}
	})
	// Only one, ever.
	on(t, func(ask string, nth int) []said {
		if nth > 1 {
			return nil
		}
		return now(tagOf(ask) + ",OK,7,1,0,0,0,0,0,0,0")
	}, func(t *testing.T, m *coffee1900.Machine, s *script) {
		if c, err := m.ReadCounters(t.Context()); !errors.Is(err, device.ErrNoReply) {
			t.Errorf("ReadCounters = %+v, %v", c, err)
		}
	})
}

func TestWhatIsRepeatedAndWhatIsSkipped(t *testing.T) {
	good := ",OK,R,93,0000"
	for name, x := range map[string]struct {
		first []said // what the first try gets
		at    time.Duration
	}{
		"a wrong check":             {[]said{{0, "<03,OK,R,93,0000*5E\r\n"}}, 5 * time.Millisecond},
		"a wrong form":              {now("03,OK,R,93"), 5 * time.Millisecond},
		"a number with a sign":      {now("03,OK,R,+93,0000"), 5 * time.Millisecond},
		"the machine got it wrong":  {now("00,ER,02"), 5 * time.Millisecond},
		"the machine got the tag":   {now("00,ER,03"), 5 * time.Millisecond},
		"half a reply":              {[]said{{0, "<03,OK,R,9"}}, 300 * time.Millisecond},
		"a late one":                {now("02,OK,1900,00184467,2.14,8"), 300 * time.Millisecond},
		"noise":                     {[]said{{0, "\x00\xff*<\r\r\n"}}, 300 * time.Millisecond},
		"its own words":             {[]said{{0, ">03,ST*28\r\n"}}, 300 * time.Millisecond},
		"a reply without its CR LF": {[]said{{0, "<03,OK,R,93,0000*5F"}}, 300 * time.Millisecond},
	} {
		on(t, func(ask string, nth int) []said {
			if nth == 1 {
				return x.first
			}
			return now(tagOf(ask) + good)
		}, func(t *testing.T, m *coffee1900.Machine, s *script) {
			st, err := m.Status(t.Context())
			if err != nil || st.State != device.StateReady {
				t.Errorf("%s: Status = %+v, %v", name, st, err)
			}
			if got := bodies(s.lines()); !slices.Equal(got, []string{"03,ST", "03,ST", "03,ST"}) {
				t.Errorf("%s: sent %q", name, got)
			} else if gap := s.at[1].Sub(s.at[0]); gap < x.at || gap > x.at+40*time.Millisecond {
				t.Errorf("%s: repeated after %v, want %v", name, gap, x.at)
			}
		})
	}
	// A late reply does not end the wait: the right one is behind it.
	on(t, func(ask string, nth int) []said {
		return []said{{0, seal("<", "02,OK,R,99,0000")}, {100 * time.Millisecond, "noise" + seal("<", tagOf(ask)+good)}}
	}, func(t *testing.T, m *coffee1900.Machine, s *script) {
		if st, err := m.Status(t.Context()); err != nil || st.Temperature != 930 {
			t.Errorf("Status = %+v, %v", st, err)
		}
		wantLines(t, s, "03,ST", "03,ST")
	})
}

func TestTagsGoRoundWithout00(t *testing.T) {
	on(t, func(ask string, nth int) []said { return now(tagOf(ask) + ",OK,80,90,10") }, func(t *testing.T, m *coffee1900.Machine, s *script) {
		for range 600 {
			if _, err := m.Levels(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		before := "02"
		for i, l := range bodies(s.lines()) {
			switch tag := tagOf(l); {
			case tag == "00":
				t.Fatal("tag 00")
			case i%2 == 0 && tag == before:
				t.Fatalf("request %d has the tag of the one before, %s", i/2, tag)
			case i%2 == 1 && tag != before:
				t.Fatalf("the repeat of %s has tag %s", before, tag)
			default:
				before = tag
			}
		}
	})
}

func TestRefusals(t *testing.T) {
	for code, want := range map[string]error{
		"01": device.ErrUnsupported, "03": device.ErrBadArgument, "04": device.ErrBusy, "05": device.ErrNotReady,
		"06": device.ErrSlotDisabled, "07": device.ErrIngredientEmpty, "08": device.ErrMemory, "42": device.ErrBadReply,
	} {
		on(t, func(ask string, nth int) []said { return now(tagOf(ask) + ",ER," + code) }, func(t *testing.T, m *coffee1900.Machine, s *script) {
			_, err := m.Brew(t.Context(), 0, device.Token{})
			if !errors.Is(err, want) || errors.Is(err, device.ErrOutcomeUnknown) {
				t.Errorf("Brew, refused with %s = %v", code, err)
			}
			wantLines(t, s, "03,BR,0", "03,BR,0") // confirmed by the stored reply
			if err := m.Lock(t.Context(), true); !errors.Is(err, want) {
				t.Errorf("Lock, refused with %s = %v", code, err)
			}
		})
	}
}

// A refusal for what nobody asked: the request's noise passed the check.
func TestARefusalThatMakesNoSenseIsAskedAgain(t *testing.T) {
	on(t, func(ask string, nth int) []said {
		if tagOf(ask) == "03" {
			return now("03,ER,01")
		}
		return now(tagOf(ask) + ",OK,80,90,10")
	}, func(t *testing.T, m *coffee1900.Machine, s *script) {
		if l, err := m.Levels(t.Context()); err != nil || len(l) != 3 || l[0].Level != 80 {
			t.Errorf("Levels = %+v, %v", l, err)
		}
	})
}

func TestBrewIsOneLine(t *testing.T) {
	ok := func(ask string, nth int) []said { return now(tagOf(ask) + ",OK") }
	lost := func(string, int) []said { return nil }
	for name, x := range map[string]struct {
		answers func(ask string, nth int) []said
		want    []error // none: it went well
		lines   int
	}{
		"all well":         {ok, nil, 2},
		"all replies lost": {lost, []error{device.ErrOutcomeUnknown, device.ErrNoReply}, 4},
		"the first three lost": {func(ask string, nth int) []said {
			if nth < 4 {
				return nil
			}
			return ok(ask, nth)
		}, nil, 4},
		"its confirmation lost": {func(ask string, nth int) []said {
			if nth > 1 {
				return nil
			}
			return ok(ask, nth)
		}, nil, 4},
		"a refusal, its confirmation lost": {func(ask string, nth int) []said {
			if nth > 1 {
				return nil
			}
			return now(tagOf(ask) + ",ER,04")
		}, []error{device.ErrOutcomeUnknown, device.ErrBusy}, 4},
		"two that contradict each other": {func(ask string, nth int) []said {
			if nth == 1 {
				return now(tagOf(ask) + ",ER,04")
			}
			return ok(ask, nth)
		}, []error{device.ErrOutcomeUnknown, device.ErrBadReply}, 2},
		"garbled all the way": {func(string, int) []said { return now("00,ER,02") }, []error{device.ErrOutcomeUnknown, device.ErrNoReply}, 4},
		"a restart":           {func(string, int) []said { return now("00,UP,7") }, []error{device.ErrOutcomeUnknown, device.ErrRestarted}, 1},
		"a restart in the reply": {func(ask string, nth int) []said {
			return []said{{0, "<" + tagOf(ask) + ",O" + seal("<", "00,UP,7") + "K*2C\r\n"}}
		}, []error{device.ErrOutcomeUnknown, device.ErrRestarted}, 1},
		"a restart before the confirmation": {func(ask string, nth int) []said {
			return []said{{0, seal("<", tagOf(ask)+",OK")}, {10 * time.Millisecond, seal("<", "00,UP,7")}}
		}, []error{device.ErrOutcomeUnknown, device.ErrRestarted}, 2},
	} {
		on(t, func(ask string, nth int) []said {
			if name == "a restart before the confirmation" && nth > 1 {
				return nil
			}
			return x.answers(ask, nth)
		}, func(t *testing.T, m *coffee1900.Machine, s *script) {
			_, err := m.Brew(t.Context(), 3, device.Token{1})
			if (err == nil) != (x.want == nil) {
				t.Errorf("%s: Brew = %v", name, err)
			}
			for _, want := range x.want {
				if !errors.Is(err, want) {
					t.Errorf("%s: Brew = %v, want %v", name, err, want)
				}
			}
			if got := bodies(s.lines()); len(got) != x.lines || slices.ContainsFunc(got, func(l string) bool { return l != "03,BR,3" }) {
				t.Errorf("%s: sent %q", name, got)
			}
			if restarted := len(m.Events()) == 1; restarted != errors.Is(err, device.ErrRestarted) {
				t.Errorf("%s: %d events", name, len(m.Events()))
			}
		})
	}
}

// Whoever is about to brew believes that the panel is locked.
func TestABannerThatWaitsKeepsTheNextCallFromBeingSent(t *testing.T) {
	on(t, func(ask string, nth int) []said { return now(tagOf(ask) + ",OK") }, func(t *testing.T, m *coffee1900.Machine, s *script) {
		s.interrupt("noise" + seal("<", "00,UP,255"))
		_, err := m.Brew(t.Context(), 3, device.Token{})
		if !errors.Is(err, device.ErrRestarted) || errors.Is(err, device.ErrOutcomeUnknown) {
			t.Errorf("Brew = %v", err)
		}
		wantLines(t, s)
		if e := <-m.Events(); e.Kind != device.EventRestarted {
			t.Errorf("event %+v", e)
		}
		if _, err := m.Brew(t.Context(), 3, device.Token{}); err != nil {
			t.Errorf("the next Brew = %v", err)
		}
	})
}

func TestEventsDropTheOldest(t *testing.T) {
	on(t, func(string, int) []said { return nil }, func(t *testing.T, m *coffee1900.Machine, s *script) {
		for range 100 {
			s.interrupt(seal("<", "00,UP,0"))
			if _, err := m.Status(t.Context()); !errors.Is(err, device.ErrRestarted) {
				t.Fatalf("Status = %v", err)
			}
		}
		if n := len(m.Events()); n == 0 || n > 64 {
			t.Errorf("%d events wait", n)
		}
		if _, err := m.Connect(t.Context()); err != nil {
			t.Fatal(err)
		}
		if n := len(m.Events()); n != 0 {
			t.Errorf("a new connection begins with %d events of before", n)
		}
	})
}

func TestConnectBearsARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{t: t, arrived: make(chan struct{}, 1), answers: func(ask string, nth int) []said {
			if tagOf(ask) == "02" {
				return now("00,UP,7")
			}
			return now(tagOf(ask) + ",OK,1900,00184467,2.14,8")
		}}
		m := coffee1900.New(s.dial, coffee1900.Options{})
		if _, err := m.Connect(t.Context()); err != nil || len(m.Events()) != 0 {
			t.Errorf("Connect = %v, %d events", err, len(m.Events()))
		}
		wantLines(t, s, "01,ID", "02,ID", "03,ID", "04,ID", "04,ID")
	})
}

// slots is a machine with one slot that WS changes, if the test lets it.
func slots(held *string, ws func(ask string, nth int) []said) func(ask string, nth int) []said {
	return func(ask string, nth int) []said {
		if strings.HasPrefix(ask[3:], "RS,") {
			return now(tagOf(ask) + ",OK," + *held)
		}
		return ws(ask, nth)
	}
}

func TestAWriteIsProvenByReadingBack(t *testing.T) {
	old := device.Slot{Number: 3, Name: "Café crème", Price: device.Money{Amount: 180}, Enabled: true, Volume: 120}
	price := device.Money{Amount: 190, Currency: "EUR"}
	change := device.SlotChange{Price: &price}
	was, is := "3,Caf\xe9 cr\xe8me,180,1,120", "3,Caf\xe9 cr\xe8me,190,1,120"
	want := old
	want.Price.Amount = 190

	held := was
	on(t, slots(&held, func(ask string, nth int) []said {
		if ask[3:] != "WS,"+is {
			t.Errorf("asked %q", ask)
		}
		held = is
		return now(tagOf(ask) + ",OK")
	}), func(t *testing.T, m *coffee1900.Machine, s *script) {
		if got, err := m.WriteSlot(t.Context(), old, change); err != nil || got != want {
			t.Errorf("WriteSlot = %+v, %v", got, err)
		}
		wantLines(t, s, "03,WS,"+is, "04,RS,3", "04,RS,3")
	})

	// The machine says OK and holds something else: it took another request for ours.
	held = was
	on(t, slots(&held, func(ask string, nth int) []said { return now(tagOf(ask) + ",OK") }), func(t *testing.T, m *coffee1900.Machine, s *script) {
		if got, err := m.WriteSlot(t.Context(), old, change); !errors.Is(err, device.ErrOutcomeUnknown) {
			t.Errorf("WriteSlot = %+v, %v", got, err)
		}
	})

	// All its replies are lost, and it is written.
	held = was
	on(t, slots(&held, func(ask string, nth int) []said { held = is; return nil }), func(t *testing.T, m *coffee1900.Machine, s *script) {
		if got, err := m.WriteSlot(t.Context(), old, change); err != nil || got != want {
			t.Errorf("WriteSlot = %+v, %v", got, err)
		}
	})

	// The memory failed.
	held = was
	on(t, slots(&held, func(ask string, nth int) []said { return now(tagOf(ask) + ",ER,08") }), func(t *testing.T, m *coffee1900.Machine, s *script) {
		if _, err := m.WriteSlot(t.Context(), old, change); !errors.Is(err, device.ErrMemory) || errors.Is(err, device.ErrOutcomeUnknown) {
			t.Errorf("WriteSlot = %v", err)
		}
	})

	// A restart.
	held = was
	on(t, slots(&held, func(ask string, nth int) []said { return now("00,UP,0") }), func(t *testing.T, m *coffee1900.Machine, s *script) {
		if _, err := m.WriteSlot(t.Context(), old, change); !errors.Is(err, device.ErrRestarted) || !errors.Is(err, device.ErrOutcomeUnknown) {
			t.Errorf("WriteSlot = %v", err)
		}
		wantLines(t, s, "03,WS,"+is)
	})

	// Noise in what is read back must be the same twice to be believed.
	held = is
	on(t, func(ask string, nth int) []said {
		switch {
		case strings.HasPrefix(ask[3:], "WS,"):
			return now(tagOf(ask) + ",OK")
		case nth == 1 && tagOf(ask) == "04":
			return now(tagOf(ask) + ",OK," + was)
		}
		return now(tagOf(ask) + ",OK," + is)
	}, func(t *testing.T, m *coffee1900.Machine, s *script) {
		if got, err := m.WriteSlot(t.Context(), old, change); err != nil || got != want {
			t.Errorf("WriteSlot = %+v, %v", got, err)
		}
	})
}

func TestAReplyForAnotherSlotIsNotBelieved(t *testing.T) {
	on(t, func(ask string, nth int) []said {
		if nth < 2 {
			return now(tagOf(ask) + ",OK,0,Espresso,120,1,40")
		}
		return now(tagOf(ask) + ",OK,3,Tea,100,1,200")
	}, func(t *testing.T, m *coffee1900.Machine, s *script) {
		if got, err := m.ReadSlot(t.Context(), 3); err != nil || got.Name != "Tea" || got.Number != 3 {
			t.Errorf("ReadSlot = %+v, %v", got, err)
		}
	})
}

func TestALineThatNeverRestsDoesNotHoldACallForEver(t *testing.T) {
	on(t, func(ask string, nth int) []said { return now(tagOf(ask) + ",OK,80,90,10") }, func(t *testing.T, m *coffee1900.Machine, s *script) {
		ctx, stop := context.WithCancel(t.Context())
		babble := make(chan struct{})
		go func() {
			defer close(babble)
			tick := time.NewTicker(2 * time.Millisecond)
			defer tick.Stop()
			for {
				select {
				case <-ctx.Done():
					return
				case <-tick.C:
					s.interrupt("<EE,OK*2F\r\n")
				}
			}
		}()
		s.restless = true
		began := time.Now()
		_, err := m.Levels(t.Context())
		if took := time.Since(began); took > 10*time.Second {
			t.Errorf("Levels took %v: %v", took, err)
		}
		stop()
		<-babble
	})
}
