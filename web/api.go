package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"github.com/go-chi/chi/v5"
)

// slowTimeout is for what asks machines and Odoo, or reads the whole store.
const slowTimeout = 5 * time.Minute

// api makes a handler of a function that answers or returns an error.
func (s *Server) api(h func(http.ResponseWriter, *http.Request) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := h(w, r); err != nil {
			s.asProblem(r, err).write(w)
		}
	}
}

// asProblem is err for who asked; what nobody foresaw is logged.
func (s *Server) asProblem(r *http.Request, err error) *Problem {
	if p, ok := errors.AsType[*Problem](err); ok {
		return p
	}
	if isTooLarge(err) {
		return problem(http.StatusRequestEntityTooLarge, "too-large", "Too large", err.Error(), fmt.Sprintf("send at most %d bytes", maxBody))
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return problem(http.StatusGatewayTimeout, "timeout", "Timed out", err.Error(), "try again")
	}
	if r.Context().Err() == nil {
		s.log.Error("request failed", "method", r.Method, "path", shownPath(r), "err", err)
	}
	return internal(err)
}

// isTooLarge tells whether a body was longer than it may be.
func isTooLarge(err error) bool {
	_, ok := errors.AsType[*http.MaxBytesError](err)
	return ok
}

func internal(err error) *Problem {
	return problem(http.StatusInternalServerError, "internal", "Internal error", err.Error(), "try again; crema's log has more")
}

func respond(w http.ResponseWriter, status int, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(append(body, '\n')) // the reader may have gone
	return nil
}

// started answers 202 with the job that does it.
func started(w http.ResponseWriter, job string) error {
	return respond(w, http.StatusAccepted, struct {
		Job ID `json:"job"`
	}{ID(job)})
}

// list answers with a page; no items are [], not null.
func list[T any](w http.ResponseWriter, p Page[T], err error) error {
	if err != nil {
		return err
	}
	p.Items = some(p.Items)
	return respond(w, http.StatusOK, p)
}

// some is a list that is not null.
func some[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}

// param is a part of the path; a name in it may be escaped.
func param(r *http.Request, name string) string {
	raw := chi.URLParam(r, name)
	if r.URL.RawPath != "" { // chi matched the escaped path then
		if plain, err := url.PathUnescape(raw); err == nil {
			return plain
		}
	}
	return raw
}

// takeTime lets this request take longer than others.
func takeTime(w http.ResponseWriter, d time.Duration) {
	// An error means a server without deadlines, as in tests: nothing to extend.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(d))
}
