package web

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// How many items a page of a list has: without ?limit=, and at most.
const (
	defaultLimit = 100
	maxLimit     = 1000
)

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

// idOf reads a parameter that is an id, a number from 1.
func idOf(q url.Values, name string) (string, error) {
	got, given := q[name]
	if !given {
		return "", nil
	}
	if n, err := strconv.ParseUint(got[0], 10, 64); err != nil || n == 0 {
		return "", Invalid(fmt.Sprintf("%s=%s is no id", name, got[0]), "take it from a list")
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
