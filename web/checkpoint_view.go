package web

import (
	"net/url"
	"strings"
)

// checkpointView is one checkpoint in words.
type checkpointView struct {
	ID, Title, URL string
	State          plain
	Label          string // what When is
	When           moment
	About          []aboutLink
	Assignee       string
	Text, Fix      string
	Buttons        []button
}

func checkpointURL(id ID) string { return "/checkpoints/" + url.PathEscape(string(id)) }

func checkpointViewOf(p Checkpoint, c clock) checkpointView {
	v := checkpointView{ID: string(p.ID), Title: reasonTitle(p.Reason), URL: checkpointURL(p.ID), State: wordsOf(checkpointWords, p.State), When: c.ago(p.Created),
		About: aboutCheckpoint(p), Assignee: p.Assignee}
	v.Text, v.Fix = splitFix(p.Message)
	if p.State != CheckpointOpen {
		if !p.Closed.IsZero() {
			v.When = c.ago(p.Closed)
		}
		return v
	}
	v.Label = "opened"
	v.Buttons = []button{{Label: "Reviewed", Path: "/do" + v.URL + "/review", Main: true, About: "Reviewed: " + v.Title + " " + p.Backend}}
	return v
}

// aboutCheckpoint is what a checkpoint is about, each where it is shown.
func aboutCheckpoint(p Checkpoint) []aboutLink {
	var all []aboutLink
	if p.Backend != "" {
		all = append(all, backendLink(p.Backend))
	}
	if p.Record == "" || p.Model == "backend" || p.Model == "machine" {
		return all // the backend says it
	}
	link := aboutLink{Label: "About", Text: strings.TrimSpace(p.Model + " " + p.Record)}
	switch p.Model {
	case "job":
		link.URL = "/jobs/" + url.PathEscape(p.Record)
	case "import":
		link.URL = "/files#import-" + url.PathEscape(p.Record)
	case "slot", "cup", "product.product":
		link.URL = machineCard(p.Backend)
	}
	return append(all, link)
}

// splitFix sets what to do apart, where a message of several lines has it in the last.
func splitFix(message string) (text, fix string) {
	if i := strings.LastIndex(message, "\n"); i >= 0 {
		return strings.TrimSpace(message[:i]), strings.TrimSpace(message[i+1:])
	}
	return message, ""
}
