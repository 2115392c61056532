package web

import (
	"crypto/rand"
	"crypto/sha256"
	"net/http"
	"sync"
	"time"
)

const (
	cookieName  = "crema_session"
	sessionIdle = 14 * 24 * time.Hour // without a request
	sessionLife = 90 * 24 * time.Hour // at most
	maxSessions = 64                  // then the one unused for longest goes
)

// session is one browser that logged in.
type session struct {
	begun, seen time.Time // guarded by sessions.mu

	mu     sync.Mutex
	notice *notice // what the last action of this browser led to
}

// setNotice keeps what to show until the next action, or until it is dismissed (nil).
func (s *session) setNotice(n *notice) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.notice = n
}

func (s *session) lastNotice() *notice {
	if s == nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.notice
}

// sessions is who is logged in. Their age goes by the process's own clock, which a step
// of the board's time does not move. Only hashes of the cookies are kept: what leaks from
// memory logs nobody in.
type sessions struct {
	mu sync.Mutex
	by map[[sha256.Size]byte]*session
}

func newSessions() *sessions {
	return &sessions{by: make(map[[sha256.Size]byte]*session)}
}

// begin logs a browser in.
func (s *sessions) begin(w http.ResponseWriter, r *http.Request) {
	value := rand.Text()
	now := time.Now()
	s.mu.Lock()
	if len(s.by) >= maxSessions {
		s.dropOldest()
	}
	s.by[sha256.Sum256([]byte(value))] = &session{begun: now, seen: now}
	s.mu.Unlock()
	http.SetCookie(w, sessionCookie(r, value, int(sessionLife.Seconds())))
}

// find is the session of the request's cookie, or nil.
func (s *sessions) find(r *http.Request) *session {
	cookie, err := r.Cookie(cookieName)
	if err != nil {
		return nil
	}
	key := sha256.Sum256([]byte(cookie.Value))
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	found := s.by[key]
	if found == nil {
		return nil
	}
	if now.Sub(found.seen) > sessionIdle || now.Sub(found.begun) > sessionLife {
		delete(s.by, key)
		return nil
	}
	found.seen = now
	return found
}

// end logs the browser out.
func (s *sessions) end(w http.ResponseWriter, r *http.Request) {
	if cookie, err := r.Cookie(cookieName); err == nil {
		s.mu.Lock()
		delete(s.by, sha256.Sum256([]byte(cookie.Value)))
		s.mu.Unlock()
	}
	http.SetCookie(w, sessionCookie(r, "", -1))
}

func (s *sessions) dropOldest() {
	var oldest [sha256.Size]byte
	var seen time.Time
	for key, have := range s.by {
		if seen.IsZero() || have.seen.Before(seen) {
			oldest, seen = key, have.seen
		}
	}
	delete(s.by, oldest)
}

func sessionCookie(r *http.Request, value string, maxAge int) *http.Cookie {
	return &http.Cookie{
		Name: cookieName, Value: value, Path: "/", MaxAge: maxAge,
		HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: r.TLS != nil,
	}
}

// onceLinks is the logins that were promised to whoever opens a link first.
type onceLinks struct {
	mu   sync.Mutex
	open map[[sha256.Size]byte]struct{}
}

func (o *onceLinks) make() string {
	code := rand.Text()
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.open == nil {
		o.open = make(map[[sha256.Size]byte]struct{})
	}
	o.open[sha256.Sum256([]byte(code))] = struct{}{}
	return code
}

// take tells whether the code was good; it is not any more.
func (o *onceLinks) take(code string) bool {
	key := sha256.Sum256([]byte(code))
	o.mu.Lock()
	defer o.mu.Unlock()
	_, ok := o.open[key]
	delete(o.open, key)
	return ok
}
