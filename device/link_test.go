package device_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"crema/device"
)

// scripted is a machine of which only connecting matters. It notes when it is used by
// two goroutines at once.
type scripted struct {
	device.Machine // nil: nothing else may be called
	connect        func(try int) error
	events         chan device.Event

	mu     sync.Mutex
	tries  []time.Duration // when it was connected, since start
	start  time.Time
	closed int
	inUse  bool
}

func newScripted(connect func(try int) error) *scripted {
	if connect == nil {
		connect = func(int) error { return nil }
	}
	return &scripted{connect: connect, events: make(chan device.Event, 4), start: time.Now()}
}

func (m *scripted) Connect(context.Context) (device.Identity, error) {
	m.mu.Lock()
	m.tries = append(m.tries, time.Since(m.start))
	try := len(m.tries)
	m.mu.Unlock()
	return device.Identity{Model: "1900", Serial: "1"}, m.connect(try)
}

func (m *scripted) Close() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed++
	return nil
}

func (m *scripted) Events() <-chan device.Event { return m.events }

// count is how often it was connected.
func (m *scripted) count() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.tries)
}

// use holds the machine for a second.
func (m *scripted) use(t *testing.T) {
	m.mu.Lock()
	if m.inUse {
		t.Error("the machine is used by two at once")
	}
	m.inUse = true
	m.mu.Unlock()
	time.Sleep(time.Second) // of the bubble
	m.mu.Lock()
	m.inUse = false
	m.mu.Unlock()
}

// run runs a link in the background until the test ends.
func run(t *testing.T, l *device.Link) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- l.Run(ctx) }()
	synctest.Wait()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; !errors.Is(err, context.Canceled) {
			t.Errorf("Run = %v, want the context's error", err)
		}
	})
	t.Cleanup(stop)
	return stop
}

func TestLinkPolls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newScripted(nil)
		var polls []time.Duration
		var order []string
		l := device.NewLink(m, device.LinkOptions{
			Poll: 10 * time.Second,
			OnConnect: func(_ context.Context, _ device.Machine, id device.Identity) error {
				order = append(order, "connect "+id.Serial)
				return nil
			},
			OnPoll: func(context.Context, device.Machine) error {
				order = append(order, "poll")
				polls = append(polls, time.Since(m.start))
				return nil
			},
		})
		stop := run(t, l)
		if h := l.Health(); h.State != device.LinkConnected || h.Identity.Serial != "1" || h.Err != nil {
			t.Errorf("Health = %+v", h)
		}
		time.Sleep(25 * time.Second)
		l.Wake()
		l.Wake()
		synctest.Wait()
		stop()
		if !slices.Equal(order[:2], []string{"connect 1", "poll"}) {
			t.Errorf("order %v", order)
		}
		if want := []time.Duration{0, 10 * time.Second, 20 * time.Second, 25 * time.Second}; !slices.Equal(slices.Compact(polls), want) {
			t.Errorf("polls at %v, want %v", polls, want)
		}
		if m.closed == 0 {
			t.Error("the line was not given back")
		}
		if err := l.Do(t.Context(), device.PriorityUrgent, nil); !errors.Is(err, device.ErrAway) {
			t.Errorf("Do after Run = %v", err)
		}
	})
}

// TestLinkPriorities: one at a time, urgent first, and a poll that is due after at
// most one call of normal priority.
func TestLinkPriorities(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newScripted(nil)
		var order []string
		l := device.NewLink(m, device.LinkOptions{Poll: 3 * time.Second, OnPoll: func(context.Context, device.Machine) error {
			order = append(order, "poll")
			m.use(t)
			return nil
		}})
		stop := run(t, l)
		time.Sleep(1500 * time.Millisecond) // after the first poll
		synctest.Wait()
		order = nil
		var wg sync.WaitGroup
		do := func(p device.Priority, name string) {
			wg.Go(func() {
				if err := l.Do(t.Context(), p, func(context.Context, device.Machine) error {
					order = append(order, name)
					m.use(t)
					return nil
				}); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			})
			synctest.Wait()
		}
		do(device.PriorityNormal, "n1") // runs at once
		for i := 2; i <= 4; i++ {
			do(device.PriorityNormal, fmt.Sprint("n", i))
		}
		do(device.PriorityPoll, "p1")
		do(device.PriorityUrgent, "u1")
		do(device.PriorityUrgent, "u2")
		l.Wake()
		wg.Wait()
		stop()
		want := []string{"n1", "u1", "u2", "n2", "n3", "n4", "p1"}
		// When the polls come among them is left to chance.
		got := slices.DeleteFunc(slices.Clone(order), func(s string) bool { return s == "poll" })
		if !slices.Equal(got, want) {
			t.Errorf("order %v, want %v", got, want)
		}
	})
}

func TestLinkPollIsNotStarved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newScripted(nil)
		polls := 0
		l := device.NewLink(m, device.LinkOptions{Poll: time.Second, OnPoll: func(context.Context, device.Machine) error { polls++; return nil }})
		stop := run(t, l)
		var wg sync.WaitGroup
		for range 20 { // always one that waits
			wg.Go(func() {
				for range 3 {
					l.Do(t.Context(), device.PriorityNormal, func(context.Context, device.Machine) error { m.use(t); return nil })
				}
			})
		}
		wg.Wait()
		stop()
		if polls < 15 {
			t.Errorf("%d polls in a minute of calls, want about 30", polls)
		}
	})
}

func TestLinkDo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newScripted(nil)
		l := device.NewLink(m, device.LinkOptions{Poll: time.Hour})
		if err := l.Do(t.Context(), device.PriorityUrgent, nil); !errors.Is(err, device.ErrAway) {
			t.Errorf("Do before Run = %v", err)
		}
		run(t, l)

		refused := errors.New("refused")
		if err := l.Do(t.Context(), device.PriorityNormal, func(context.Context, device.Machine) error { return refused }); err != refused {
			t.Errorf("Do = %v, want the function's error", err)
		}
		if err := l.Do(t.Context(), device.PriorityNormal, func(context.Context, device.Machine) error { panic("oops") }); err == nil {
			t.Error("a panic is no error")
		}
		if l.Health().State != device.LinkConnected || m.count() != 1 {
			t.Errorf("the connection did not outlive an error and a panic: %+v", l.Health())
		}

		// One that is given up before its turn is not run; one that is given up later is awaited.
		hold := make(chan struct{})
		go l.Do(t.Context(), device.PriorityNormal, func(context.Context, device.Machine) error { <-hold; return nil })
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		ran := false
		if err := l.Do(ctx, device.PriorityNormal, func(context.Context, device.Machine) error { ran = true; return nil }); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Do = %v, want its context's error", err)
		}
		close(hold)
		ctx, cancel = context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		err := l.Do(ctx, device.PriorityNormal, func(ctx context.Context, _ device.Machine) error {
			<-ctx.Done()
			time.Sleep(time.Second)
			return errors.New("ended in order")
		})
		if err == nil || err.Error() != "ended in order" || ran {
			t.Errorf("Do = %v, ran %v", err, ran)
		}

		// A line that is lost ends it for all that wait.
		hold = make(chan struct{})
		var wg sync.WaitGroup
		wg.Go(func() {
			l.Do(t.Context(), device.PriorityNormal, func(context.Context, device.Machine) error {
				<-hold
				return fmt.Errorf("pulled: %w", device.ErrLineLost)
			})
		})
		synctest.Wait()
		wg.Go(func() {
			if err := l.Do(t.Context(), device.PriorityUrgent, nil); !errors.Is(err, device.ErrAway) {
				t.Errorf("Do of one that waited = %v, want ErrAway", err)
			}
		})
		synctest.Wait()
		close(hold)
		wg.Wait()
		synctest.Wait()
		if h := l.Health(); h.State != device.LinkAway || !errors.Is(h.Err, device.ErrLineLost) || h.Identity.Serial != "1" {
			t.Errorf("Health = %+v", h)
		}
		time.Sleep(2 * time.Second)
		if h := l.Health(); h.State != device.LinkConnected || m.count() != 2 {
			t.Errorf("not connected again: %+v", h)
		}
	})
}

// TestLinkBackoff: often for a machine that is away, seldom for one that refuses the
// login, since it locks out.
func TestLinkBackoff(t *testing.T) {
	for _, c := range []struct {
		err    error
		state  device.LinkState
		lo, hi int // tries in the first hour
	}{
		{device.ErrLineLost, device.LinkAway, 90, 140},
		{errors.New("no such port"), device.LinkAway, 90, 140},
		{device.ErrRestarted, device.LinkAway, 90, 140},
		{device.ErrLogin, device.LinkLoginRefused, 5, 9},
		{&device.WrongModelError{Want: "1900", Got: "2900"}, device.LinkWrongModel, 5, 9},
		{&device.LockedOutError{Wait: 20 * time.Minute}, device.LinkLockedOut, 3, 3},
	} {
		synctest.Test(t, func(t *testing.T) {
			m := newScripted(func(int) error { return c.err })
			l := device.NewLink(m, device.LinkOptions{})
			run(t, l)
			time.Sleep(time.Hour)
			if h := l.Health(); h.State != c.state || !errors.Is(h.Err, c.err) || time.Since(h.Since) < 50*time.Minute {
				t.Errorf("%v: Health = %+v, want %s", c.err, h, c.state)
			}
			if n := m.count(); n < c.lo || n > c.hi {
				t.Errorf("%v: %d tries in an hour, want %d to %d", c.err, n, c.lo, c.hi)
			}
			n := m.count()
			l.Wake()
			synctest.Wait()
			if woken := m.count() > n; woken != (c.state == device.LinkAway) {
				t.Errorf("%v: woken %v", c.err, woken)
			}
		})
	}
}

// TestLinkRestart: a restart of the machine is told, and connected again at once, but
// not in a busy loop.
func TestLinkRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newScripted(nil)
		told := 0
		l := device.NewLink(m, device.LinkOptions{Poll: time.Second,
			OnPoll:  func(context.Context, device.Machine) error { return nil },
			OnEvent: func(e device.Event) { told++ }})
		run(t, l)
		time.Sleep(5500 * time.Millisecond)
		m.events <- device.Event{Kind: device.EventRestarted}
		synctest.Wait()
		if l.Health().State != device.LinkConnected || m.count() != 2 || told != 1 {
			t.Errorf("not connected again at once: %+v, told %d times", l.Health(), told)
		}
		m.events <- device.Event{Kind: device.EventJournal}
		synctest.Wait()
		if told != 2 {
			t.Error("an event was not told")
		}
	})
	synctest.Test(t, func(t *testing.T) {
		m := newScripted(nil)
		l := device.NewLink(m, device.LinkOptions{OnPoll: func(context.Context, device.Machine) error { return device.ErrRestarted }})
		run(t, l)
		time.Sleep(time.Minute)
		if m.count() > 12 {
			t.Errorf("%d connections in a minute to a machine that always restarts", m.count())
		}
	})
}

// TestLinkPollError: an error that is not the line's is shown and does no harm.
func TestLinkPollError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newScripted(nil)
		err := errors.New("the store is full")
		l := device.NewLink(m, device.LinkOptions{Poll: time.Second, OnPoll: func(context.Context, device.Machine) error { return err }})
		run(t, l)
		time.Sleep(10 * time.Second)
		if h := l.Health(); h.State != device.LinkConnected || h.Err != err || m.count() != 1 {
			t.Errorf("Health = %+v after %d connections", h, m.count())
		}
	})
}
