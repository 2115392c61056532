package web

import (
	"context"
	"net/http"
	"net/url"
	"slices"
)

// filter chooses the items of a list.
type filter interface {
	// Everything tells whether it chooses all.
	Everything() bool
	// Pairs is names and values by turns, empty values included.
	Pairs() []string
}

// filterQuery is a filter as it would stand in a URL.
func filterQuery(f filter) url.Values {
	q := url.Values{}
	for pair := range slices.Chunk(f.Pairs(), 2) {
		if pair[1] != "" {
			q.Set(pair[0], pair[1])
		}
	}
	return q
}

// meant refuses what would be done to every item by mistake; fix is what a filter of them takes.
func meant(f filter, all bool, item, fix string) error {
	switch {
	case f.Everything() && !all:
		return Invalid("no filter: this would be done to every "+item, fix+" if every "+item+" is meant")
	case !f.Everything() && all:
		return Invalid("a filter, and all of them", `leave out "all" or the filter`)
	}
	return nil
}

// treated answers to how many items something was done.
func treated(w http.ResponseWriter, n int, err error) error {
	if err != nil {
		return err
	}
	return respond(w, http.StatusOK, struct {
		Treated int `json:"treated"`
	}{n})
}

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
		return treated(w, n, err)
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
		q = filterQuery(b)
		if b.All {
			all = "true"
		}
	}
	f, err := s.jobFilterOf(r, q)
	if err != nil {
		return f, err
	}
	return f, meant(f, all == "true", "job", `give state, channel, backend, kind, graph, batch or class; or "all": true`)
}
