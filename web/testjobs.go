package web

import (
	"net/http"
	"strings"
)

// JobTest is jobs that do nothing, to try the queue with.
type JobTest struct {
	Count       int     `json:"count"`        // 1 to 10,000; 0 is 1
	FailureRate float64 `json:"failure_rate"` // 0 to 1: how often a run fails, on the average
	Channel     string  `json:"channel"`      // empty is root
	Priority    *int    `json:"priority"`     // 0 to 1000; null is 10
	MaxRetries  *int    `json:"max_retries"`  // runs before an error fails the job, 0 without end; null is 5
	Seconds     float64 `json:"seconds"`      // that each run takes, 0 to 3600
}

// maxTests is how many jobs one test may be.
const maxTests = 10_000

// whole is the test with its defaults; what is out of range is refused.
func (t JobTest) whole() (JobTest, error) {
	if t.Count == 0 {
		t.Count = 1
	}
	switch {
	case t.Count < 1 || t.Count > maxTests:
		return t, Invalid("count is out of range", "give a number from 1 to 10000")
	case t.FailureRate < 0 || t.FailureRate > 1:
		return t, Invalid("failure_rate is out of range", "give a number from 0 (none fails) to 1 (each does)")
	case t.Seconds < 0 || t.Seconds > 3600:
		return t, Invalid("seconds is out of range", "give a number from 0 to 3600")
	case t.Priority != nil && (*t.Priority < 0 || *t.Priority > 1000):
		return t, Invalid("priority is out of range", "give a number from 0 (the most urgent) to 1000")
	case t.MaxRetries != nil && *t.MaxRetries < 0:
		return t, Invalid("max_retries is out of range", "give 1 or more, or 0 for no end")
	}
	return t, nil
}

// testJobs starts jobs that do nothing. It takes the token, which whoever looks after the board has, and no session of the page.
func (s *Server) testJobs(w http.ResponseWriter, r *http.Request) error {
	if sessionOf(r) != nil {
		return problem(http.StatusForbidden, "forbidden", "Not from the page", "test jobs are for whoever has the board's token",
			"use `crema job test` on the board, or the API with a bearer token")
	}
	var t JobTest
	if r.ContentLength != 0 {
		if err := bodyOf(w, r, &t); err != nil {
			return err
		}
	}
	t, err := t.whole()
	if err != nil {
		return err
	}
	t.Channel = strings.TrimSpace(t.Channel)
	batch, err := s.deps.Jobs.Test(r.Context(), t)
	if err != nil {
		return err
	}
	return respond(w, http.StatusAccepted, struct {
		Batch ID  `json:"batch"`
		Count int `json:"count"`
	}{ID(batch), t.Count})
}
