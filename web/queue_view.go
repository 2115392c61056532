package web

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"time"
)

// queueView is the jobs on the page.
type queueView struct {
	Counts []countView
	Groups []jobGroup
	Idle   bool // nothing waits, runs or failed

	Channels    []channelView
	Batches     []batchView
	MoreBatches bool
	Schedules   []scheduleView
}

type countView struct {
	Label string
	URL   string // the jobs that are counted
	Count int
	Tone  tone
}

type jobGroup struct {
	Title string
	Jobs  []jobView
	More  string
	URL   string // all of them
}

type jobView struct {
	ID, Title, Backend string
	URL                string
	Kind, Channel      string
	State              plain
	Text               string // the result or the error's first line
	Rest               string // the whole error, where that is more
	Tries              string
	When               moment
	Label              string // what When is
	Buttons            []button
}

// queueViewOf is the queue in words, and what of it a person must look at.
func (s *Server) queueViewOf(ctx context.Context, st Status, c clock) (queueView, []concern) {
	var v queueView
	for _, state := range []string{JobFailed, JobStarted, JobEnqueued, JobPending, JobWaitDependencies, JobDone, JobCancelled} {
		n := st.Queue[state]
		w := wordsOf(jobWords, state)
		if n == 0 && state == JobFailed {
			w.Tone = toneQuiet
		}
		v.Counts = append(v.Counts, countView{Label: strings.ToLower(w.Label), URL: jobsURL(JobFilter{State: state}), Count: n, Tone: w.Tone})
	}
	for _, group := range []struct{ state, title string }{{JobFailed, "Failed"}, {JobStarted, "Running"}, {JobPending, "Waiting"}, {JobWaitDependencies, "Waiting for other jobs"}} {
		if st.Queue[group.state] == 0 {
			continue
		}
		page, err := s.deps.Jobs.List(ctx, JobFilter{State: group.state, Paging: Paging{Limit: jobsShown}})
		if err != nil {
			return v, []concern{brokenConcern("the queue", err)}
		}
		g := jobGroup{Title: group.title, URL: jobsURL(JobFilter{State: group.state})}
		for _, j := range page.Items {
			if !c.later(j) {
				g.Jobs = append(g.Jobs, jobViewOf(j, c))
			}
		}
		if page.Next != "" {
			g.More = fmt.Sprintf("The oldest %d are shown.", len(page.Items))
		}
		if len(g.Jobs) > 0 {
			v.Groups = append(v.Groups, g)
		}
	}
	v.Idle = len(v.Groups) == 0
	var err error
	if v.Channels, err = s.channelViews(ctx, c); err == nil {
		v.Batches, v.MoreBatches, err = s.batchViews(ctx, c)
	}
	if err == nil {
		v.Schedules, err = s.scheduleViews(ctx, c)
	}
	if err != nil {
		return v, []concern{brokenConcern("the queue", err)}
	}
	concerns, told := s.failureConcerns(ctx, c)
	if n := st.Queue[JobFailed]; n > 0 && !told {
		concerns = append(concerns, concern{ID: "failed", Tone: toneWarn, Title: counted(n, "job failed", "jobs failed"), Text: "See the queue below for what went wrong.",
			Fix: "Mend the cause, then requeue; or set it to done if it does not matter any more."})
	}
	return v, concerns
}

// later tells whether a job is meant for another day, as the tidying up is: nobody waits for it.
func (c clock) later(j Job) bool {
	return j.State == JobPending && j.Attempt == 0 && j.ETA.Sub(c.now) > 24*time.Hour
}

func jobViewOf(j Job, c clock) jobView {
	v := jobView{ID: string(j.ID), Title: sentence(firstOf(j.Description, j.Kind)), Backend: j.Backend, State: jobState(j),
		URL: "/jobs/" + url.PathEscape(string(j.ID)), Kind: j.Kind, Channel: j.Channel}
	v.Text, v.Rest = firstPart(firstOf(j.Error, j.Result))
	if j.Attempt > 0 && j.State == JobPending || j.Attempt > 1 {
		v.Tries = fmt.Sprintf("try %d", j.Attempt)
		if j.MaxRetries > 0 {
			v.Tries = fmt.Sprintf("try %d of %d", j.Attempt, j.MaxRetries)
		}
	}
	path := "/do/jobs/" + url.PathEscape(v.ID)
	about := " job " + v.ID + ", " + v.Title
	do := func(label, what string, main bool) {
		v.Buttons = append(v.Buttons, button{Label: label, Path: path + "/" + what, Main: main, About: label + about})
	}
	switch j.State {
	case JobFailed:
		v.When = c.ago(j.Finished)
		do("Requeue", "requeue", true)
		do("Set to done", "done", false)
	case JobCancelled:
		v.When = c.ago(j.Finished)
		do("Requeue", "requeue", false)
		do("Set to done", "done", false)
	case JobDone:
		v.When = c.ago(j.Finished)
	case JobPending, JobEnqueued:
		v.When = c.start(j.Created)
		if !j.ETA.IsZero() {
			v.Label, v.When = "next try", c.until(j.ETA)
			if j.Attempt == 0 {
				v.Label = "starts"
			}
		}
		switch {
		case c.later(j):
			do("Start now", "requeue", false)
		case j.Attempt > 0 || !j.ETA.IsZero():
			do("Try now", "requeue", true)
		}
		do("Cancel", "cancel", false)
	case JobWaitDependencies:
		v.When = c.start(j.Created)
		v.Text = firstOf(v.Text, "waits for "+counted(j.Dependencies, "other job", "other jobs"))
		do("Cancel", "cancel", false)
	default:
		v.Label, v.When = "started", c.ago(j.Started)
		if j.Waiting {
			v.Text = firstOf(v.Text, fmt.Sprintf("waits for %s", counted(j.ChildrenOpen, "part", "parts")))
		}
		do("Cancel", "cancel", false)
	}
	return v
}

// firstPart is the beginning of a text that may be long, and the whole where that is
// more.
func firstPart(text string) (first, whole string) {
	text = strings.TrimSpace(text)
	first, _, _ = strings.Cut(text, "\n")
	if runes := []rune(first); len(runes) > firstLine {
		first = string(runes[:firstLine]) + "…"
	}
	if first != text {
		whole = text
	}
	return first, whole
}
