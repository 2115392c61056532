package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
)

// bulk is which jobs are meant all at once, in the body or in the query of a request.
type bulk struct {
	JobFilter
	All bool `json:"all"` // takes every job: an empty filter is refused without it
}

// changeJobs does something to all jobs of a filter, and answers how many it was done to.
func (s *Server) changeJobs(change func(context.Context, JobFilter) (int, error)) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		f, err := s.bulkOf(w, r)
		if err != nil {
			return err
		}
		takeTime(w, slowTimeout)
		n, err := change(r.Context(), f)
		if err != nil {
			return err
		}
		return respond(w, http.StatusOK, struct {
			Treated int `json:"treated"`
		}{n})
	}
}

// bulkOf reads the filter: one place or the other, so that nobody believes that both count.
func (s *Server) bulkOf(w http.ResponseWriter, r *http.Request) (JobFilter, error) {
	q, err := queryOf(r, append([]string{"all"}, jobFilterNames...)...)
	if err != nil {
		return JobFilter{}, err
	}
	all, err := oneOf(q, "all", "true", "false")
	if err != nil {
		return JobFilter{}, err
	}
	if len(q) > 0 {
		if err := noBody(w, r); err != nil {
			return JobFilter{}, Invalid("a filter in the query and one in the body", "give one of them")
		}
	} else if r.ContentLength != 0 {
		var b bulk
		if err := bodyOf(w, r, &b); err != nil {
			return JobFilter{}, err
		}
		q = b.query()
		if b.All {
			all = "true"
		}
	}
	f, err := s.jobFilterOf(r, q)
	switch {
	case err != nil:
		return f, err
	case f.Everything() && all != "true":
		return f, Invalid("no filter: this would be done to every job", `give state, channel, backend, kind, graph, batch or class; or "all": true if every job is meant`)
	case !f.Everything() && all == "true":
		return f, Invalid("a filter, and all of them", `leave out "all" or the filter`)
	}
	return f, nil
}

// query is the filter as it would stand in a URL.
func (f JobFilter) query() url.Values {
	q := url.Values{}
	pairs := f.Pairs()
	for pair := range slices.Chunk(pairs, 2) {
		if pair[1] != "" {
			q.Set(pair[0], pair[1])
		}
	}
	return q
}
