package device

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"
)

// Priority is who comes first on a line.
type Priority int

// The priorities. What a person at the machine waits for goes first. A poll that is
// due waits for at most one call of normal priority.
const (
	PriorityPoll   Priority = iota // reading what happened
	PriorityNormal                 // a flow
	PriorityUrgent                 // lock, brew
	priorities
)

// LinkOptions says what a Link does with its machine. The functions run on the
// Link's goroutine, so they own the machine while they run; they must not call Do.
type LinkOptions struct {
	// Poll is the time between the end of a poll and the next; 0: 2 s.
	Poll time.Duration
	// OnConnect runs after each connection, before anybody else gets the machine. Its
	// error ends the connection; it is tried again after a while.
	OnConnect func(ctx context.Context, m Machine, id Identity) error
	// OnPoll reads what happened. An error of the line ends the connection, any other
	// is shown in Health and the next poll comes in its turn.
	OnPoll func(ctx context.Context, m Machine) error
	// OnEvent is told what the machine says unasked, and, as EventRestarted, each restart
	// of the machine that was noticed. It may call Wake.
	OnEvent func(Event)
	// Alive is told that the link's goroutine is alive, and within which time it will say so
	// again; 0: Run has ended. nil: nobody asks.
	Alive  func(within time.Duration)
	Logger *slog.Logger // nil: discard
}

// Link is the one goroutine that owns a machine's line: it connects, polls, lets
// others in between, and begins again after any loss. Everything but Run is safe for
// concurrent use.
type Link struct {
	m     Machine
	o     LinkOptions
	log   *slog.Logger
	calls calls
	wake  chan struct{}
	again chan struct{} // a person wants a try to connect: see Retry
	state linkState
}

// How long the link's goroutine may be silent. Work is one connection, poll or call:
// drivers bound every exchange by seconds, and the longest work, the slots of a machine
// whose line is bad, is some hundred of them. Whoever waits comes back by a timer.
const workWithin, waitWithin = 5 * time.Minute, 30 * time.Second

// NewLink makes the link of a machine; nothing else may use m from then on.
func NewLink(m Machine, o LinkOptions) *Link {
	if o.Poll <= 0 {
		o.Poll = 2 * time.Second
	}
	if o.Alive == nil {
		o.Alive = func(time.Duration) {}
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	l := &Link{m: m, o: o, log: o.Logger, wake: make(chan struct{}, 1), again: make(chan struct{}, 1)}
	l.calls.changed = make(chan struct{}, 1)
	l.state.health, l.state.tried = LinkHealth{State: LinkConnecting, Since: time.Now()}, make(chan struct{})
	return l
}

// Wake polls as soon as the machine is free, and tries at once to connect to one
// that is away. A refused login is never hurried: the machine locks out.
func (l *Link) Wake() {
	select {
	case l.wake <- struct{}{}:
	default: // one is waiting already
	}
}

// Do runs fn on the machine, after those of higher priority and those of the same
// that came before. It returns fn's error. ErrAway: fn was not run, and will not be,
// since the machine is not connected or was lost before its turn. When ctx ends before
// fn's turn it is not run; when it ends later, fn's own context does, and fn is
// awaited. An error of fn that is ErrLineLost, ErrNoReply or ErrRestarted ends the
// connection; the next one begins with OnConnect.
func (l *Link) Do(ctx context.Context, p Priority, fn func(context.Context, Machine) error) error {
	c := &call{ctx: ctx, fn: fn, done: make(chan error, 1)}
	if !l.calls.add(min(max(p, 0), priorities-1), c) {
		return ErrAway
	}
	select {
	case err := <-c.done:
		return err
	case <-ctx.Done():
		if l.calls.withdraw(c) {
			return ctx.Err()
		}
		return <-c.done
	}
}

// Run owns the machine until ctx ends, and returns ctx's error. The line is closed
// then. It may be run again, one Run after the other.
func (l *Link) Run(ctx context.Context) error {
	defer l.o.Alive(0)
	l.begin()
	defer l.state.end()
	var wait backoff
	for ctx.Err() == nil {
		id, err := l.connect(ctx)
		if err == nil {
			l.state.set(LinkHealth{State: LinkConnected, Identity: id})
			l.state.triedNow()
			l.log.Info("machine connected", "model", id.Model, "serial", id.Serial, "firmware", id.Firmware, "boot", id.Boot)
			var polled bool
			if polled, err = l.serve(ctx); polled {
				wait = backoff{}
			}
		}
		if errors.Is(err, ErrRestarted) {
			l.tell(Event{Kind: EventRestarted})
		}
		l.calls.close()
		closeErr := l.m.Close()
		if ctx.Err() != nil {
			break
		}
		state := stateOf(err)
		if l.state.set(LinkHealth{State: state, Err: err, Identity: id}) {
			lost := []any{"state", state, "error", err}
			if closeErr != nil {
				lost = append(lost, "close", closeErr)
			}
			l.log.Warn("machine lost", lost...)
		}
		l.state.triedNow()
		if errors.Is(err, ErrRestarted) && wait.tries == 0 {
			wait.tries++ // it is there: begin again at once, but not for ever
			continue
		}
		if l.pause(ctx, state, wait.next(state, err)) {
			wait.tries-- // a person's tries don't make the next wait of the board's own longer
		}
	}
	return ctx.Err()
}

// connect finds the machine and lets OnConnect put everything in order.
func (l *Link) connect(ctx context.Context) (Identity, error) {
	l.o.Alive(workWithin)
	var id Identity
	err := guard(func() (err error) {
		id, err = l.m.Connect(ctx)
		if err == nil && l.o.OnConnect != nil {
			err = l.o.OnConnect(ctx, l.m, id)
		}
		return err
	})
	return id, err
}

// pause waits before the next try. Wake and Retry cut it short where trying costs
// nothing; it tells whether Retry did.
func (l *Link) pause(ctx context.Context, s LinkState, d time.Duration) (retried bool) {
	l.o.Alive(d + waitWithin)
	timer := time.NewTimer(d)
	defer timer.Stop()
	wake, again := l.wake, l.again
	if s != LinkAway {
		wake = nil
	}
	if s == LinkLoginRefused || s == LinkLockedOut {
		again = nil
	}
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-wake:
	case <-again:
		return true
	}
	return false
}

// serve uses the connected machine until its line is lost or ctx ends, and tells
// whether a poll went well meanwhile.
func (l *Link) serve(ctx context.Context) (polled bool, err error) {
	l.calls.open()
	poll := time.NewTimer(0) // what happened while nobody looked
	defer poll.Stop()
	due, ranNormal := false, false
	for ctx.Err() == nil {
		l.o.Alive(workWithin)
		c, p := l.calls.take(due, ranNormal)
		did := c != nil || due
		switch {
		case c != nil:
			ranNormal = ranNormal || p == PriorityNormal
			if err := l.call(ctx, c); lost(err) {
				return polled, err
			}
		case due:
			due, ranNormal = false, false
			err := l.poll(ctx)
			if lost(err) {
				return polled, err
			}
			polled = polled || err == nil
			poll.Reset(l.o.Poll)
		}
		woken, err := l.listen(ctx, poll.C, did)
		if err != nil {
			return polled, err
		}
		due = due || woken
	}
	return polled, ctx.Err()
}

// listen waits until there is something to do, and tells whether a poll is due. After a
// call or a poll it only looks: more may be waiting, and calls that follow each other
// must not keep it from hearing.
func (l *Link) listen(ctx context.Context, poll <-chan time.Time, look bool) (due bool, err error) {
	hurry := make(chan struct{})
	if look {
		close(hurry)
	}
	l.o.Alive(l.o.Poll + waitWithin)
	select { // of several that are ready one at random: none is starved
	case <-hurry:
	case <-ctx.Done():
	case <-l.calls.changed:
	case <-l.wake:
		return true, nil
	case <-poll:
		return true, nil
	case e := <-l.m.Events():
		if e.Kind == EventRestarted {
			return false, ErrRestarted // told by Run
		}
		l.tell(e)
	}
	return false, nil
}

func (l *Link) tell(e Event) {
	if l.o.OnEvent != nil {
		l.o.OnEvent(e)
	}
}

// poll runs OnPoll and shows its error, once.
func (l *Link) poll(ctx context.Context) error {
	if l.o.OnPoll == nil {
		return nil
	}
	err := guard(func() error { return l.o.OnPoll(ctx, l.m) })
	if ctx.Err() == nil && !lost(err) && l.state.note(err) && err != nil {
		l.log.Warn("poll", "error", err)
	}
	return err
}

// call runs one call and hands over its error.
func (l *Link) call(run context.Context, c *call) error {
	ctx, cancel := context.WithCancel(c.ctx)
	defer cancel()
	defer context.AfterFunc(run, cancel)()
	err := guard(func() error { return c.fn(ctx, l.m) })
	c.done <- err
	return err
}

// guard makes an error of a panic: the caller's mistake must not stop the line.
func guard(fn func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	return fn()
}

// lost tells whether an error means that the connection must begin anew.
func lost(err error) bool {
	return errors.Is(err, ErrLineLost) || errors.Is(err, ErrNoReply) || errors.Is(err, ErrRestarted)
}
