package web

import (
	"context"
	"net/http"
	"strings"
	"time"
)

// testTimeout bounds a test and a check that somebody waits for in a browser.
const testTimeout = 2 * time.Minute

// fragmentHeader is what the page's script sends to get the page without its frame.
const fragmentHeader = "Crema-Fragment"

// do makes a handler of a button: it does what it says, keeps what came of it for
// this browser and goes back to the page.
func (s *Server) do(action func(*http.Request) (*notice, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		takeTime(w, testTimeout+writeTimeout)
		ctx, cancel := context.WithTimeout(r.Context(), testTimeout)
		defer cancel()
		r = r.WithContext(ctx)
		n, err := action(r)
		s.acted(w, r, n, err)
	}
}

// acted keeps what came of a button for this browser, and goes back to the page.
func (s *Server) acted(w http.ResponseWriter, r *http.Request, n *notice, err error) {
	if err != nil {
		p := s.asProblem(r, err)
		n = &notice{Title: p.Title, Text: p.Detail, Fix: p.Fix, Tone: toneBad}
	}
	sessionOf(r).setNotice(n)
	http.Redirect(w, r, backTo(r), http.StatusSeeOther)
}

func (s *Server) doTest(r *http.Request) (*notice, error) {
	name := param(r, "name")
	report, err := s.deps.Backends.Test(r.Context(), name)
	if err != nil {
		return nil, err
	}
	return reportNotice("Test of "+name, report), nil
}

func (s *Server) doCheck(r *http.Request) (*notice, error) {
	report, err := s.deps.Check(r.Context())
	if err != nil {
		return nil, err
	}
	return reportNotice("Check of store and books", report), nil
}

func reportNotice(title string, r Report) *notice {
	n := &notice{Title: title, Text: "Everything is as it should be.", Tone: toneGood, Findings: r.Findings}
	switch {
	case !r.OK:
		n.Text, n.Tone = "Not all is well:", toneWarn
	case r.warns():
		n.Text = "It works, with a warning:"
	}
	return n
}

func (s *Server) doSync(r *http.Request) (*notice, error) {
	name, flow := param(r, "name"), param(r, "flow")
	job, err := s.deps.Backends.Sync(r.Context(), name, flow)
	if err != nil {
		return nil, err
	}
	return &notice{Title: flowTitle(flow) + ", " + name, Text: "Started.", Tone: toneBusy, Job: job}, nil
}

func (s *Server) doLock(locked bool) func(*http.Request) (*notice, error) {
	return func(r *http.Request) (*notice, error) {
		name := param(r, "name")
		if err := s.deps.Backends.Lock(r.Context(), name, locked); err != nil {
			return nil, err
		}
		if locked {
			return &notice{Title: "Lock panel, " + name, Text: "The panel is kept locked, over restarts too, until you unlock it here.", Tone: toneGood}, nil
		}
		return &notice{Title: "Unlock panel, " + name, Text: "The panel is free.", Tone: toneGood}, nil
	}
}

func (s *Server) doJob(done string, change func(context.Context, string) error) func(*http.Request) (*notice, error) {
	return func(r *http.Request) (*notice, error) {
		id := param(r, "id")
		if err := change(r.Context(), id); err != nil {
			return nil, err
		}
		return &notice{Title: "Job " + id, Text: done + ".", Tone: toneGood, Job: id}, nil
	}
}

func (s *Server) doReview(r *http.Request) (*notice, error) {
	by, err := formValue(r, "by")
	if err != nil {
		return nil, err
	}
	c, err := s.deps.Checkpoints.Review(r.Context(), param(r, "id"), firstOf(by, "page"))
	if err != nil {
		return nil, err
	}
	return &notice{Title: reasonTitle(c.Reason), Text: "Reviewed.", Tone: toneGood}, nil
}

func (s *Server) doAnswer(r *http.Request) (*notice, error) {
	value, err := formValue(r, "value")
	if err != nil {
		return nil, err
	}
	c, err := s.deps.Checkpoints.Answer(r.Context(), param(r, "id"), param(r, "answer"), value, "page")
	if err != nil {
		return nil, err
	}
	return &notice{Title: reasonTitle(c.Reason), Text: "Done.", Tone: toneGood}, nil
}

func (s *Server) doAssign(r *http.Request) (*notice, error) {
	to, err := formValue(r, "to")
	if err != nil {
		return nil, err
	}
	c, err := s.deps.Checkpoints.Assign(r.Context(), param(r, "id"), to)
	if err != nil {
		return nil, err
	}
	text := "It is nobody’s now."
	if c.Assignee != "" {
		text = "It is for " + c.Assignee + " now."
	}
	return &notice{Title: reasonTitle(c.Reason), Text: text, Tone: toneGood}, nil
}

// formValue reads a field of a button's form, without the space around it.
func formValue(r *http.Request, name string) (string, error) {
	r.Body = http.MaxBytesReader(nil, r.Body, maxForm)
	if err := r.ParseForm(); err != nil {
		return "", Invalid("the form can't be read: "+err.Error(), "try again")
	}
	return strings.TrimSpace(r.PostForm.Get(name)), nil
}

func (s *Server) doPause(paused bool) func(*http.Request) (*notice, error) {
	return func(r *http.Request) (*notice, error) {
		name := param(r, "name")
		if err := s.deps.Channels.Pause(r.Context(), name, paused); err != nil {
			return nil, err
		}
		if paused {
			return &notice{Title: "Channel " + name, Text: "It starts no jobs until you let it go on, over restarts too. What runs goes on.", Tone: toneGood}, nil
		}
		return &notice{Title: "Channel " + name, Text: "Its jobs go on.", Tone: toneGood}, nil
	}
}

func (s *Server) doDismiss(*http.Request) (*notice, error) { return nil, nil }

func (s *Server) doDismissNotice(r *http.Request) (*notice, error) {
	if err := s.deps.Notices.Dismiss(r.Context(), param(r, "id")); err != nil {
		return nil, err
	}
	return &notice{Title: "Dismissed", Text: "It comes back when the same happens again.", Tone: toneGood}, nil
}

func (s *Server) doReadBatch(r *http.Request) (*notice, error) {
	return nil, s.deps.Batches.Read(r.Context(), param(r, "id"))
}

// showPage is the page, or what is inside of it for its script.
func (s *Server) showPage(w http.ResponseWriter, r *http.Request) {
	s.show(w, r, "page", s.viewOf(r))
}

// errorPage is a problem in the look of the page.
func (s *Server) errorPage(w http.ResponseWriter, r *http.Request, p *Problem) {
	if err := s.page.problem(w, p); err != nil {
		s.log.Error("error page failed", "err", err)
		p.write(w)
	}
}
