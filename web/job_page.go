package web

import (
	"net/http"
	"net/url"
	"strings"
	"time"
)

// oneJobView is the page of one job.
type oneJobView struct {
	frame
	Job      jobView
	Error    string // the whole of it
	Cells    []cell
	About    []aboutLink
	Families []family
	Log      []logView
	Graph    *graphView
}

// aboutLink is a record that a job or a checkpoint is about.
type aboutLink struct{ Label, Text, URL string }

func backendLink(name string) aboutLink {
	return aboutLink{"Backend", name, "/backends/" + url.PathEscape(name)}
}

// machineCard is where a machine's slots, drinks and cups are.
func machineCard(name string) string { return "/#machine-" + url.PathEscape(name) }

// family is the jobs beside one.
type family struct {
	Title string
	Jobs  []linkView
}

type linkView struct {
	ID, Title, URL, When string
	State                plain
}

type logView struct {
	Time, Level, Text string
	Tone              tone
}

func (s *Server) oneJobViewOf(r *http.Request) (v oneJobView, err error) {
	ctx := r.Context()
	status, err := s.deps.Status(ctx)
	if err != nil {
		return v, err
	}
	d, err := s.deps.Jobs.Get(ctx, param(r, "id"))
	if err != nil {
		return v, err
	}
	c := clock{now: status.Time.Time, place: s.config.Location}
	v = oneJobView{frame: s.frameOf(r, status), Job: jobViewOf(d.Job, c), Error: strings.TrimSpace(d.Error), Cells: jobCells(d.Job, c), About: aboutJob(d)}
	for _, f := range []struct {
		title string
		links []Link
	}{{"Starts after", d.Dependencies}, {"Comes before", d.Dependents}, {"Parts that go on", d.Children}} {
		if len(f.links) == 0 {
			continue
		}
		all := family{Title: f.title}
		for _, l := range f.links {
			all.Jobs = append(all.Jobs, linkView{ID: string(l.ID), Title: sentence(firstOf(l.Description, l.Kind)), URL: "/jobs/" + url.PathEscape(string(l.ID)),
				State: wordsOf(jobWords, l.State), When: whenWords[l.When]})
		}
		v.Families = append(v.Families, all)
	}
	for _, l := range d.Log {
		line := logView{Time: l.Time.In(c.place).Format("15:04:05"), Level: strings.ToLower(l.Level), Text: l.Text, Tone: toneQuiet}
		switch {
		case strings.HasPrefix(l.Level, "WARN"):
			line.Tone = toneWarn
		case strings.HasPrefix(l.Level, "ERROR"):
			line.Tone = toneBad
		}
		v.Log = append(v.Log, line)
	}
	if d.Graph != "" {
		g, err := s.deps.Jobs.Graph(ctx, string(d.ID))
		if err != nil {
			return v, err
		}
		v.Graph = graphViewOf(g, d.ID)
	}
	return v, nil
}

// whenWords say of an edge that it is none of the usual ones.
var whenWords = map[string]string{"failed": "if it fails", "done_or_failed": "however it ends"}

// jobCells is what is known of a job.
func jobCells(j Job, c clock) []cell {
	cells := []cell{{Label: "Kind", Value: j.Kind}, {Label: "Channel", Value: j.Channel}}
	add := func(label, value, extra string) {
		if value != "" {
			cells = append(cells, cell{Label: label, Value: value, Extra: extra})
		}
	}
	tries := ""
	if j.MaxRetries > 0 {
		tries = "of " + counted(j.MaxRetries, "run", "runs")
	}
	add("Attempt", counted(j.Attempt, "run", "runs"), tries)
	if j.Interruptions > 0 {
		add("Interrupted", counted(j.Interruptions, "time", "times"), "by a power cut or a restart")
	}
	for _, t := range []struct {
		label string
		at    Time
	}{{"Enqueued", j.Created}, {"Starts", j.ETA}, {"Started", j.Started}, {"Ended", j.Finished}} {
		if !t.at.IsZero() {
			add(t.label, t.at.In(c.place).Format("2 Jan 15:04:05"), "")
		}
	}
	if j.ExecTime > 0 {
		add("Took", time.Duration(j.ExecTime*float64(time.Second)).Round(time.Millisecond).String(), "")
	}
	if first, whole := firstPart(j.Result); j.State == JobDone && whole != "" && first != whole {
		add("Result", j.Result, "") // the text above has the beginning
	}
	add("Identity", j.IdentityKey, "")
	return cells
}

// aboutJob is the records that a job is about, each where it is shown.
func aboutJob(d JobDetail) []aboutLink {
	var all []aboutLink
	j := d.Job
	if j.Backend != "" {
		all = append(all, backendLink(j.Backend))
	}
	if j.Related != "" {
		link := aboutLink{Label: "About", Text: j.Related}
		if id, ok := strings.CutPrefix(j.Related, "checkpoint "); ok {
			link.URL = checkpointURL(ID(id))
		} else if j.Backend != "" { // a slot, a drink, a cup: on the machine's card
			link.URL = machineCard(j.Backend)
		}
		all = append(all, link)
	}
	switch r := d.Record; {
	case r == nil:
	case r.Gone != "":
		all = append(all, aboutLink{Label: "In Odoo", Text: r.Gone})
	default:
		all = append(all, aboutLink{"In Odoo", r.Model + " " + string(r.OdooID), r.URL})
	}
	if j.Parent != "" {
		all = append(all, aboutLink{"Part of", "Job " + string(j.Parent), "/jobs/" + url.PathEscape(string(j.Parent))})
	}
	if j.Batch != "" {
		all = append(all, aboutLink{"Batch", string(j.Batch), jobsURL(JobFilter{Batch: string(j.Batch)})})
	}
	if j.Class != "" {
		all = append(all, aboutLink{"Errors like this", j.Class, jobsURL(JobFilter{Class: j.Class})})
	}
	return all
}
