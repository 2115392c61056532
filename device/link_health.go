package device

import (
	"errors"
	"math/rand/v2"
	"sync"
	"time"
)

// LinkState is how a link stands with its machine, in the API's word.
type LinkState string

// The states of a link. After wrong_model, login_refused and locked_out somebody must
// act, and the link tries seldom.
const (
	LinkConnecting   LinkState = "connecting" // never connected yet
	LinkConnected    LinkState = "connected"
	LinkAway         LinkState = "away"
	LinkWrongModel   LinkState = "wrong_model"
	LinkLoginRefused LinkState = "login_refused"
	LinkLockedOut    LinkState = "locked_out"
)

// LinkHealth is how a link stands, and since when.
type LinkHealth struct {
	State LinkState
	Since time.Time
	// Err is why it is not connected, or, where it is, what went wrong in the last poll.
	Err error
	// Identity is who answered last; zero before the first time.
	Identity Identity
}

// Health tells how the link stands.
func (l *Link) Health() LinkHealth {
	l.state.mu.Lock()
	defer l.state.mu.Unlock()
	return l.state.health
}

type linkState struct {
	mu     sync.Mutex
	health LinkHealth
	tried  chan struct{} // closed when the next try to connect has ended, or there will be none
	ended  bool          // Run has, so there will be none
}

// set changes the health and reports whether it is another state, or another reason,
// than before: what is worth a line in the log.
func (s *linkState) set(h LinkHealth) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	was := s.health
	if h.Identity.Model == "" {
		h.Identity = was.Identity
	}
	if h.Since = was.Since; h.State != was.State {
		h.Since = time.Now()
	}
	s.health = h
	return h.State != was.State || text(h.Err) != text(was.Err)
}

// note keeps the error of a poll, nil for a good one, and reports whether it is news.
func (s *linkState) note(err error) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	news := text(err) != text(s.health.Err)
	s.health.Err = err
	return news
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// stateOf is the state that an error of connecting or serving leads to.
func stateOf(err error) LinkState {
	var model *WrongModelError
	var out *LockedOutError
	switch {
	case errors.As(err, &model):
		return LinkWrongModel
	case errors.As(err, &out):
		return LinkLockedOut
	case errors.Is(err, ErrLogin):
		return LinkLoginRefused
	default:
		return LinkAway
	}
}

// The waits between two tries. A machine that is away is looked for often. One that
// refuses the password locks out after five wrong ones (Coffee 2900, section 2), so it
// is asked once a minute at first and every quarter of an hour in the end: a password
// changed at the machine must not leave the technician locked out.
const (
	firstAway, lastAway       = time.Second, 30 * time.Second
	firstRefused, lastRefused = time.Minute, 15 * time.Minute
)

// backoff counts the tries in a row that came to nothing.
type backoff struct{ tries int }

// next is how long to wait before the next try, with up to a quarter more at random,
// so that boards that lost their power together don't act together.
func (b *backoff) next(s LinkState, err error) time.Duration {
	first, last := firstAway, lastAway
	if s != LinkAway {
		first, last = firstRefused, lastRefused
	}
	d := min(first<<min(b.tries, 16), last)
	b.tries++
	var out *LockedOutError
	if errors.As(err, &out) {
		d = max(d, out.Wait)
	}
	return d + rand.N(d/4+1)
}
