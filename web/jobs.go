package web

import (
	"context"
	"net/http"
	"net/url"
)

// jobFilterNames are the parameters that choose jobs.
var jobFilterNames = []string{"state", "channel", "backend", "kind", "graph", "batch", "class"}

func (s *Server) listJobs(w http.ResponseWriter, r *http.Request) error {
	q, err := queryOf(r, append([]string{"limit", "after"}, jobFilterNames...)...)
	if err != nil {
		return err
	}
	f, err := s.jobFilterOf(r, q)
	if err != nil {
		return err
	}
	if f.Paging, err = pagingOf(q); err != nil {
		return err
	}
	page, err := s.deps.Jobs.List(r.Context(), f)
	return list(w, page, err)
}

// jobFilterOf reads which jobs are meant; what can't be is refused.
func (s *Server) jobFilterOf(r *http.Request, q url.Values) (f JobFilter, err error) {
	f = JobFilter{Channel: q.Get("channel"), Kind: q.Get("kind"), Class: q.Get("class")}
	if f.State, err = oneOf(q, "state", JobStates...); err != nil {
		return f, err
	}
	if f.Backend, err = s.backendOf(r, q); err != nil {
		return f, err
	}
	if f.Graph, err = idOf(q, "graph"); err != nil {
		return f, err
	}
	f.Batch, err = idOf(q, "batch")
	return f, err
}

func (s *Server) getJob(w http.ResponseWriter, r *http.Request) error {
	if _, err := queryOf(r); err != nil {
		return err
	}
	return s.answerJob(w, r)
}

// getGraph answers with the graph that a job stands in.
func (s *Server) getGraph(w http.ResponseWriter, r *http.Request) error {
	if _, err := queryOf(r); err != nil {
		return err
	}
	g, err := s.deps.Jobs.Graph(r.Context(), param(r, "id"))
	if err != nil {
		return err
	}
	g.Nodes, g.Edges = some(g.Nodes), some(g.Edges)
	return respond(w, http.StatusOK, g)
}

// changeJob does something to a job and answers with the job as it is then.
func (s *Server) changeJob(change func(ctx context.Context, id string) error) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := noBody(w, r); err != nil {
			return err
		}
		if err := change(r.Context(), param(r, "id")); err != nil {
			return err
		}
		return s.answerJob(w, r)
	}
}

func (s *Server) answerJob(w http.ResponseWriter, r *http.Request) error {
	job, err := s.deps.Jobs.Get(r.Context(), param(r, "id"))
	if err != nil {
		return err
	}
	return respond(w, http.StatusOK, job.whole())
}
