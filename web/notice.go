package web

import (
	"net/http"
	"strings"
)

// notice is what the last action of this browser led to. It stays until the next one,
// or until it is dismissed: the page refreshes itself meanwhile.
type notice struct {
	Title    string
	Text     string
	Fix      string
	Tone     tone
	Findings []Finding
	Job      string // whose state is shown as it goes on
}

// noticeOf is the browser's notice as things are now.
func (s *Server) noticeOf(r *http.Request) *notice {
	kept := sessionOf(r).lastNotice()
	if kept == nil || kept.Job == "" {
		return kept
	}
	n := *kept
	job, err := s.deps.Jobs.Get(r.Context(), n.Job)
	if err != nil {
		return &n // the job may be pruned; what was said when it started still holds
	}
	w := wordsOf(jobWords, job.State)
	n.Tone = w.Tone
	detail, _ := firstPart(firstOf(job.Error, job.Result))
	switch {
	case job.State == JobDone:
		n.Text = strings.TrimSpace("Done. " + sentence(detail))
	case job.State == JobCancelled:
		n.Text = "Cancelled: " + firstOf(detail, "nobody said why") + "."
	case job.State == JobFailed:
		n.Text, n.Fix = "Failed: "+detail, "Mend the cause, then press Requeue in the queue below."
	case job.Error != "":
		n.Tone, n.Text = toneWarn, "Not yet: "+detail
	case job.State == JobStarted:
		n.Text = "Running …"
	default:
		n.Text = "Waiting for its turn …"
	}
	return &n
}
