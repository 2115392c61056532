package web

import (
	"net/url"
	"slices"
)

// backendView is a backend that is no machine, on the page.
type backendView struct {
	ID, Name, Location, What string
	State                    plain
	Tested                   *testedView
	Flows                    []flowView
	Buttons                  []button
	Links                    []link
}

// flowView is a flow that can be started, and its last run.
type flowView struct {
	Text  string
	When  moment
	State plain
	Job   string // its page; empty where the job is pruned
	Start *button
}

// testedView is what the last test said.
type testedView struct {
	Text     string
	When     moment
	Findings []Finding
}

func testedViewOf(t *Tested, c clock) *testedView {
	if t == nil {
		return nil
	}
	v := &testedView{Text: "The last test found nothing wrong.", When: c.ago(t.Time), Findings: t.Findings}
	switch {
	case !t.OK:
		v.Text = "The last test says what is to be mended:"
	case t.warns():
		v.Text = "The last test was good, with a warning:"
	}
	return v
}

// backendViewOf is such a backend in words.
func (s *Server) backendViewOf(b Backend, c clock) backendView {
	k, _ := s.kind(b.Type)
	v := backendView{ID: "backend-" + url.PathEscape(b.Name), Name: b.Name, Location: b.Location, What: kindText(k, b.Version), State: stateWords(b),
		Tested: testedViewOf(b.Tested, c), Buttons: stateButtons(b), Links: []link{pageLink(b), {"Jobs", "/jobs?" + url.Values{"backend": {b.Name}}.Encode(), "Jobs of " + b.Name}}}
	if k.Name == "" {
		v.What = modelName(b)
	}
	for _, name := range b.Flows {
		run := b.Runs[name]
		f := flowView{Text: flowText(k.flow(name)), When: c.ago(run.Started)}
		if run.State != "" {
			f.State, f.Job = wordsOf(jobWords, run.State), "/jobs/"+url.PathEscape(string(run.Job))
		}
		if b.State == "production" {
			start := flowButton(b, name)
			start.Label = "Start"
			f.Start = &start
		}
		v.Flows = append(v.Flows, f)
	}
	return v
}

// pageLink leads to the page of one backend.
func pageLink(b Backend) link {
	if b.Editable {
		return link{"Edit", backendURL(b.Name), "Edit " + b.Name}
	}
	return link{"Settings", backendURL(b.Name), "Settings of " + b.Name}
}

// stateWords is how far a backend has come, and what is to be done next.
func stateWords(b Backend) plain {
	switch b.State {
	case "draft":
		p := plain{Label: "Not tested yet", Tone: toneWarn, Fix: setupWords(b)}
		if b.testFailed() {
			p.Label = "The test failed"
		}
		return p
	case "checked":
		return plain{Label: "Tested", Tone: toneWarn, Fix: setupWords(b)}
	case "production":
		return plain{Label: "In production", Tone: toneGood}
	case "off":
		p := plain{Label: "Switched off", Tone: toneQuiet, Fix: "Nothing is done for it; what is known of it is kept. Switch it on, and test it, to use it again."}
		if b.FromFile {
			p.Fix = "It was switched off here, or the configuration file does not have it any more; what is known of it is kept."
		}
		return p
	}
	return plain{Label: b.State, Tone: toneQuiet}
}

// setupWords is what a backend that is not in production yet still needs.
func setupWords(b Backend) string {
	switch {
	case b.State == "draft" && b.testFailed():
		return "Mend what its test found, then press Test again."
	case b.State == "draft" && b.FromFile:
		return "Not tested yet. Press Test: after the first good one it goes to work."
	case b.State == "draft":
		return "Not tested yet. Press Test."
	case b.State == "checked" && b.FromFile:
		return "Tested, and not in production yet. Press Test once more to see what is missing."
	case b.State == "checked":
		return "Its test was good. Press To production, and it goes to work."
	}
	return ""
}

// stateButtons are what brings a backend on from where it is.
func stateButtons(b Backend) []button {
	path := "/do" + backendURL(b.Name)
	test := button{Label: "Test", Path: path + "/test", About: "Test, " + b.Name, Main: b.State == "draft" || b.State == "checked" && b.FromFile}
	switch {
	case b.State == "off":
		return []button{stateButton(b, "Switch on", "draft")}
	case b.State == "checked" && !b.FromFile:
		production := stateButton(b, "To production", "production")
		production.Main = true
		return []button{production, test}
	}
	return []button{test}
}

func stateButton(b Backend, label, state string) button {
	return button{Label: label, Path: "/do" + backendURL(b.Name) + "/state/" + state, About: label + ", " + b.Name}
}

// flowTitle is what a flow does, where its kind is not at hand.
func flowTitle(flow string) string { return firstOf(flowWords[flow], "Sync "+flow) }

// flowButton starts a flow.
func flowButton(b Backend, flow string) button {
	label := flowTitle(flow)
	return button{Label: label, Path: "/do" + backendURL(b.Name) + "/sync/" + url.PathEscape(flow), About: label + ", " + b.Name}
}

// setupConcern is a backend that does not work yet.
func setupConcern(b Backend) []concern {
	fix := setupWords(b)
	if fix == "" {
		return nil
	}
	return []concern{{ID: "setup-" + url.PathEscape(b.Name), Tone: toneWarn, Where: b.Name, Title: "Not in production yet", Fix: fix,
		Buttons: slices.DeleteFunc(stateButtons(b), func(b button) bool { return !b.Main })}}
}
