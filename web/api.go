package web

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/go-chi/chi/v5"
)

const (
	maxBody      = 64 << 10
	defaultLimit = 100
	maxLimit     = 1000
	slowTimeout  = 5 * time.Minute // for what asks machines and Odoo, or reads the whole store
)

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
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return problem(http.StatusRequestEntityTooLarge, "too-large", "Too large", err.Error(), fmt.Sprintf("send at most %d bytes", maxBody))
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return problem(http.StatusGatewayTimeout, "timeout", "Timed out", err.Error(), "try again")
	}
	if r.Context().Err() == nil {
		s.log.Error("request failed", "method", r.Method, "path", r.URL.Path, "err", err)
	}
	return internal(err)
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
	if p.Items == nil {
		p.Items = []T{}
	}
	return respond(w, http.StatusOK, p)
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

// queryOf reads the query; a name not in allowed, or given twice, is refused by name.
func queryOf(r *http.Request, allowed ...string) (url.Values, error) {
	q, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, Invalid("the query can't be read: "+err.Error(), "escape it as a URL wants it")
	}
	for name, values := range q {
		switch {
		case !slices.Contains(allowed, name):
			fix := "this path takes no query"
			if len(allowed) > 0 {
				fix = "it takes " + strings.Join(allowed, ", ")
			}
			return nil, Invalid(fmt.Sprintf("unknown query parameter %q", name), fix)
		case len(values) > 1:
			return nil, Invalid(fmt.Sprintf("query parameter %q is given %d times", name, len(values)), "give it once")
		}
	}
	return q, nil
}

// pagingOf reads limit and after.
func pagingOf(q url.Values) (Paging, error) {
	p := Paging{After: q.Get("after"), Limit: defaultLimit}
	if text, given := q["limit"]; given {
		n, err := strconv.Atoi(text[0])
		if err != nil || n < 1 || n > maxLimit {
			return p, Invalid(fmt.Sprintf("limit=%s", text[0]), fmt.Sprintf("give a number from 1 to %d", maxLimit))
		}
		p.Limit = n
	}
	return p, nil
}

// oneOf reads a parameter that has a few values only; empty where it is not given.
func oneOf(q url.Values, name string, values ...string) (string, error) {
	got, given := q[name]
	if !given {
		return "", nil
	}
	if !slices.Contains(values, got[0]) {
		return "", Invalid(fmt.Sprintf("%s=%s", name, got[0]), fmt.Sprintf("%s is one of %s", name, strings.Join(values, ", ")))
	}
	return got[0], nil
}

// backendOf reads the parameter backend, the name of one that there is.
func (s *Server) backendOf(r *http.Request, q url.Values) (string, error) {
	got, given := q["backend"]
	if !given {
		return "", nil
	}
	if _, err := s.deps.Backends.Get(r.Context(), got[0]); err != nil {
		if p, ok := errors.AsType[*Problem](err); ok && p.Status == http.StatusNotFound {
			return "", Invalid("backend="+got[0]+": "+p.Detail, p.Fix)
		}
		return "", err
	}
	return got[0], nil
}

// bodyOf reads the JSON object of a request into v, strictly.
func bodyOf(w http.ResponseWriter, r *http.Request, v any) error {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return problem(http.StatusUnsupportedMediaType, "media-type", "Not JSON",
			"the body is "+strconv.Quote(r.Header.Get("Content-Type")), "send Content-Type: application/json")
	}
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBody))
	d.DisallowUnknownFields()
	err := d.Decode(v)
	if err == nil {
		if _, more := d.Token(); more != io.EOF {
			err = errors.New("there is more after the object")
		}
	}
	return badBody(err)
}

// noBody refuses a body where none is read, so that nobody believes that it counted.
// {} passes: some clients can't send nothing.
func noBody(w http.ResponseWriter, r *http.Request) error {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return badBody(err)
	}
	if text := strings.TrimSpace(string(body)); text != "" && text != "{}" {
		return Invalid("this takes no body", "send none")
	}
	return nil
}

func badBody(err error) error {
	if err == nil {
		return nil
	}
	if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
		return err
	}
	return Invalid("the body can't be read: "+strings.TrimPrefix(err.Error(), "json: "), "send one JSON object as the API describes it")
}

// takeTime lets this request take longer than others.
func takeTime(w http.ResponseWriter, d time.Duration) {
	// An error means a server without deadlines, as in tests: nothing to extend.
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(d))
}
