package web

import (
	"fmt"
	"math"
	"net/http"
	"strings"
	"time"
)

const maxForm = 8 << 10

// LoginPath makes a link that logs in whoever opens it first, once, for as long as
// this server lives: "/login?once=…".
func (s *Server) LoginPath() string { return "/login?once=" + s.once.make() }

// loginPage is the form, or the end of a one-time link.
func (s *Server) loginPage(w http.ResponseWriter, r *http.Request) {
	if s.sessions.find(r) != nil {
		http.Redirect(w, r, "/", http.StatusSeeOther)
		return
	}
	code := r.URL.Query().Get("once")
	if code == "" {
		s.page.login(w, http.StatusOK, "")
		return
	}
	if r.Method != http.MethodGet || r.Header.Get("Sec-Purpose") != "" {
		// A browser or a messenger that looks ahead must not use the link up.
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	if !s.once.take(code) {
		s.page.login(w, http.StatusForbidden, "This link was used already, or crema was restarted since. Log in with the token.")
		return
	}
	s.log.Info("logged in by a one-time link", "from", r.RemoteAddr)
	s.sessions.begin(w, r)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

// login takes the token from the form.
func (s *Server) login(w http.ResponseWriter, r *http.Request) {
	if wait := s.throttle.wait(r.RemoteAddr); wait > 0 {
		seconds := int(math.Ceil(wait.Seconds()))
		w.Header().Set("Retry-After", fmt.Sprint(seconds))
		s.page.login(w, http.StatusTooManyRequests, fmt.Sprintf("Too many wrong tokens. Try again in %s.", time.Duration(seconds)*time.Second))
		return
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		s.page.login(w, http.StatusBadRequest, "The form could not be read. Try again.")
		return
	}
	if !s.deps.CheckToken(strings.TrimSpace(r.PostForm.Get("token"))) {
		s.throttle.failed(r.RemoteAddr)
		s.log.Warn("login refused", "from", r.RemoteAddr)
		s.page.login(w, http.StatusForbidden, "That is not this board's token.")
		return
	}
	s.throttle.passed(r.RemoteAddr)
	s.log.Info("logged in", "from", r.RemoteAddr)
	s.sessions.begin(w, r)
	http.Redirect(w, r, "/", http.StatusSeeOther)
}

func (s *Server) logout(w http.ResponseWriter, r *http.Request) {
	s.sessions.end(w, r)
	http.Redirect(w, r, "/login", http.StatusSeeOther)
}
