package web

import (
	"context"
	"net/http"
)

// Job is one job of the queue.
type Job struct {
	ID            ID     `json:"id"`
	Kind          string `json:"kind"`
	State         string `json:"state"` // "pending", "enqueued", "started", "done", "failed"
	Channel       string `json:"channel"`
	Priority      int    `json:"priority"` // lower runs first
	Attempt       int    `json:"attempt"`
	MaxRetries    int    `json:"max_retries"`
	Interruptions int    `json:"interruptions"`
	ETA           Time   `json:"eta"` // null: as soon as there is room
	Created       Time   `json:"created"`
	Started       Time   `json:"started"`
	Finished      Time   `json:"finished"`
	Result        string `json:"result"`
	Error         string `json:"error"`
	IdentityKey   string `json:"identity_key"`
	Backend       string `json:"backend"`
	Related       string `json:"related"`

	Parent       ID     `json:"parent"` // the job whose part it is
	ChildrenOpen int    `json:"children_open"`
	Description  string `json:"description"`
	// Waiting tells that its own work is done, and that of its children is not.
	Waiting bool `json:"waiting"`
}

// JobFilter is which jobs are wanted; empty fields take all.
type JobFilter struct {
	State, Channel, Backend string
	Paging
}

// The states of a job.
const (
	JobPending  = "pending"
	JobEnqueued = "enqueued"
	JobStarted  = "started"
	JobDone     = "done"
	JobFailed   = "failed"
)

// Terminal tells whether the job has ended, well or not.
func (j Job) Terminal() bool { return j.State == JobDone || j.State == JobFailed }

func (s *Server) listJobs(w http.ResponseWriter, r *http.Request) error {
	q, err := queryOf(r, "state", "channel", "backend", "limit", "after")
	if err != nil {
		return err
	}
	f := JobFilter{Channel: q.Get("channel")}
	if f.Paging, err = pagingOf(q); err != nil {
		return err
	}
	if f.State, err = oneOf(q, "state", JobPending, JobEnqueued, JobStarted, JobDone, JobFailed); err != nil {
		return err
	}
	if f.Backend, err = s.backendOf(r, q); err != nil {
		return err
	}
	page, err := s.deps.Jobs.List(r.Context(), f)
	return list(w, page, err)
}

func (s *Server) getJob(w http.ResponseWriter, r *http.Request) error {
	if _, err := queryOf(r); err != nil {
		return err
	}
	return s.answerJob(w, r)
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
	return respond(w, http.StatusOK, job)
}

// pauseChannel holds the jobs of a channel, or lets them go on.
func (s *Server) pauseChannel(paused bool) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		if err := noBody(w, r); err != nil {
			return err
		}
		name := param(r, "name")
		if err := s.deps.PauseChannel(r.Context(), name, paused); err != nil {
			return err
		}
		return respond(w, http.StatusOK, struct {
			Channel string `json:"channel"`
			Paused  bool   `json:"paused"`
		}{name, paused})
	}
}
