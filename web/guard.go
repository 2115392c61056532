package web

import (
	"errors"
	"fmt"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/go-chi/chi/v5/middleware"
)

// contentPolicy allows what the page has: its own style, script, pictures and calls.
// No inline style or script, no frame around it.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// secured sets the headers that browsers protect the page by.
func secured(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", contentPolicy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		// Not no-referrer: that turns the Origin of a form's POST into "null", and on plain
		// HTTP, where browsers send no Sec-Fetch-Site, Origin is all there is to tell the
		// page's own forms from somebody else's.
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		next.ServeHTTP(w, r)
	})
}

// recovered turns a panic into a 500 and keeps the board running.
func (s *Server) recovered(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ww := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		defer func() {
			v := recover()
			if v == nil {
				return
			}
			if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
				panic(v)
			}
			s.log.Error("panic while answering", "method", r.Method, "path", shownPath(r), "panic", v, "stack", string(debug.Stack()))
			if ww.Status() != 0 {
				panic(http.ErrAbortHandler) // too late for an answer: end it visibly
			}
			s.fail(w, r, internal(fmt.Errorf("%s %s failed inside crema", r.Method, shownPath(r))))
		}()
		next.ServeHTTP(ww, r)
	})
}

// logged tells what was asked and answered; never the query, which may hold a
// one-time login, nor the secret of a hook.
func (s *Server) logged(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		ww := middleware.NewWrapResponseWriter(w, r.ProtoMajor)
		next.ServeHTTP(ww, r)
		s.log.Debug("request", "method", r.Method, "path", shownPath(r), "status", ww.Status(), "bytes", ww.BytesWritten(),
			"took", time.Since(start), "from", r.RemoteAddr)
	})
}

// sameOrigin refuses what another site makes a browser send here.
func (s *Server) sameOrigin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if p := s.crossOrigin(r); p != nil {
			s.fail(w, r, p)
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (s *Server) crossOrigin(r *http.Request) *Problem {
	if s.origins.Check(r) == nil {
		return nil
	}
	return problem(http.StatusForbidden, "cross-origin", "Refused",
		"the request came from another site than this page", "use the buttons of the page itself, or the API with a bearer token")
}
