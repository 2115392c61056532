package device

import "context"

// Retry is for a person who has just put something right: it tries at once to connect to
// a machine that is away, or that was another than the one configured, and returns when
// that try has ended, or with ctx. It does nothing where the machine is connected, where
// the link's Run has ended, nor where the machine refused the login: those tries are
// counted by the machine, which locks out.
func (l *Link) Retry(ctx context.Context) {
	tried := l.state.nextTry()
	switch l.Health().State {
	case LinkConnected, LinkLoginRefused, LinkLockedOut:
		return
	}
	select {
	case l.again <- struct{}{}:
	default: // somebody else asked as well
	}
	select {
	case <-tried:
	case <-ctx.Done():
	}
}

// nextTry is closed when the next try to connect has ended, and Health tells how; closed
// already where there will be none.
func (s *linkState) nextTry() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.tried
}

// triedNow tells those who wait that a try has ended.
func (s *linkState) triedNow() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.tried)
	s.tried = make(chan struct{})
}

// begin: from now on there are tries. Who asked for one while there were none has gone.
func (l *Link) begin() {
	s := &l.state
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ended {
		return
	}
	s.ended, s.tried = false, make(chan struct{})
	select {
	case <-l.again:
	default:
	}
}

// end tells those who wait, and all who come, that there are no tries any more.
func (s *linkState) end() {
	s.set(LinkHealth{State: LinkAway, Err: ErrAway})
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
	close(s.tried)
}
