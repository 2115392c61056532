package web

import (
	"context"
	"net/http"
	"strings"
)

// sessionKey is where a request's session is kept in its context.
type sessionKey struct{}

// sessionOf is the session that the request came with; nil with a bearer token.
func sessionOf(r *http.Request) *session {
	s, _ := r.Context().Value(sessionKey{}).(*session)
	return s
}

// authenticated lets through who has the token or a session. A page goes to the login;
// a program gets a 401.
func (s *Server) authenticated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if header := r.Header.Get("Authorization"); header != "" {
			scheme, token, _ := strings.Cut(header, " ")
			if strings.EqualFold(scheme, "Bearer") && s.deps.CheckToken(strings.TrimSpace(token)) {
				// Whoever has the token is nobody's tricked browser: no check of the origin.
				next.ServeHTTP(w, r)
				return
			}
			s.unauthorized(w, r, "the token is not this board's", "take the one in api.token in the board's data directory")
			return
		}
		session := s.sessions.find(r)
		if session == nil {
			s.unauthorized(w, r, "a token is needed", "send `Authorization: Bearer` with the content of api.token in the board's data directory")
			return
		}
		if p := s.crossOrigin(r); p != nil {
			s.fail(w, r, p)
			return
		}
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), sessionKey{}, session)))
	})
}

func (s *Server) unauthorized(w http.ResponseWriter, r *http.Request, detail, fix string) {
	if !isAPI(r) && r.Header.Get("Authorization") == "" {
		http.Redirect(w, r, "/login", http.StatusSeeOther)
		return
	}
	w.Header().Set("WWW-Authenticate", `Bearer realm="crema"`)
	s.fail(w, r, problem(http.StatusUnauthorized, "unauthorized", "Not logged in", detail, fix))
}
