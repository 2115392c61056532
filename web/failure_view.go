package web

import (
	"context"
	"fmt"
	"net/url"
	"slices"
)

// failuresShown is how many notices the page has room for.
const failuresShown = 10

// noticeWords are what is wrong and what to do, by the reason of a notice.
var noticeWords = map[string]struct{ title, fix string }{
	"failed":    {"Jobs failed", "Mend the cause, then requeue what failed; dismiss this if it does not matter."},
	"timed_out": {"Jobs take too long", "They are tried again. Is what they talk to slow? Else give their channel more time in `timeouts`."},
	"held":      {"Jobs that this program does not know", "A newer version of crema left them. They wait until that version is back; cancel them if it won’t be."},
	"stuck":     {"Jobs don’t end", "Their time is over, or somebody cancelled them, and they go on. A restart of crema ends them."},
}

// failureConcerns are the notices of the queue.
func (s *Server) failureConcerns(ctx context.Context, c clock) (all []concern, failed bool) {
	list, err := s.deps.Notices.List(ctx)
	if err != nil {
		return []concern{brokenConcern("the queue’s notices", err)}, false
	}
	// A parked job has a checkpoint, which says the same.
	list = slices.DeleteFunc(list, func(n Notice) bool { return n.Reason == "parked" })
	for i, n := range list {
		failed = failed || n.Reason == "failed"
		if i == failuresShown {
			all = append(all, concern{ID: "notices-more", Tone: toneQuiet, Title: fmt.Sprintf("%d more kinds of failure", len(list)-i), Text: "They follow when these are dismissed."})
			break
		}
		words, known := noticeWords[n.Reason]
		if !known {
			words.title = wordy(n.Reason)
		}
		text, _ := firstPart(n.Error)
		said := concern{ID: "notice-" + string(n.ID), Tone: toneWarn, Where: firstOf(n.Backend, n.Kind), Title: words.title, Text: text, Fix: words.fix, When: c.ago(n.Last),
			Link: "/jobs/" + url.PathEscape(string(n.Job)), LinkText: "Job " + string(n.Job),
			Buttons: []button{{Label: "Dismiss", Path: "/do/notices/" + url.PathEscape(string(n.ID)) + "/dismiss", About: "Dismiss: " + words.title + ", " + n.Kind}}}
		if n.Count > 1 {
			said.Title = fmt.Sprintf("%s, %d times", words.title, n.Count)
			said.Link, said.LinkText = jobsURL(JobFilter{Kind: n.Kind, Class: n.Class}), "These jobs"
		}
		all = append(all, said)
	}
	return all, failed
}

// queueConcerns are what keeps the queue as a whole from working.
func queueConcerns(st Status) []concern {
	var all []concern
	if st.Foreign {
		all = append(all, concern{ID: "foreign", Tone: toneBad, Title: "These jobs are another board’s",
			Text:    "The card was moved or copied from another board. No job runs here, so that nothing is done twice. Cups are read and kept all the same.",
			Fix:     "If the other board does not run any more, let the jobs run here.",
			Buttons: []button{{Label: "Run them here", Path: "/do/queue/adopt", Main: true, About: "Run the other board’s jobs here"}}})
	}
	if !st.Runner && st.Version != "" {
		all = append(all, concern{ID: "runner", Tone: toneWarn, Title: "Jobs don’t run", Text: "The configuration says `runner = false`: jobs are accepted and wait.",
			Fix: "Set `runner = true` in `[queue]` and restart crema."})
	}
	return all
}
