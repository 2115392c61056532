package web

import (
	"context"
	"fmt"
	"net/url"
	"strings"
)

// checkpointsShown is how many checkpoints the page has room for.
const checkpointsShown = 20

// concern is something that stands at the top of the page: what is wrong, and what to
// do about it.
type concern struct {
	ID      string
	Tone    tone
	Where   string // the machine; empty for the board
	Title   string
	Text    string
	Fix     string
	When    moment
	Buttons []button
	// Link leads to what it is about; empty for none.
	Link, LinkText string
}

// concernsOf is what is wrong, what stops the most first.
func (s *Server) concernsOf(ctx context.Context, st Status, c clock) []concern {
	var all []concern
	if st.Store.Error != "" {
		all = append(all, concern{ID: "store", Tone: toneBad, Title: "The board can’t keep what happens", Text: sentence(st.Store.Error) + ".",
			Fix: "Nothing is lost as long as the machines remember it; mend this soon."})
	}
	for _, b := range st.Backends {
		if b.isMachine() {
			all = append(all, machineConcerns(b, c)...)
		} else {
			all = append(all, setupConcern(b)...)
		}
	}
	all = append(all, odooConcerns(st, c)...)
	if w := wordsOf(trustWords, st.TimeTrust); w.Fix != "" && st.TimeTrust != "" {
		all = append(all, concern{ID: "time", Tone: toneQuiet, Title: "The board does not know the time yet", Fix: w.Fix})
	}
	if diskTone(st.Store) == toneWarn {
		all = append(all, concern{ID: "disk", Tone: toneWarn, Title: "The disk is almost full",
			Text: byteSize(st.Store.DiskFree) + " are left.", Fix: "Remove what is not crema’s from it, or move the card’s content to a bigger one."})
	}
	for _, name := range st.Paused {
		all = append(all, concern{ID: "paused-" + url.PathEscape(name), Tone: toneWarn, Title: "Jobs are held back",
			Text: "The channel " + name + " is paused: its jobs wait.", Fix: "Let them go on when you are ready.",
			Buttons: []button{{Label: "Go on", Path: "/do/channels/" + url.PathEscape(name) + "/resume", Main: true, About: "Go on: channel " + name}}})
	}
	return append(all, s.checkpointConcerns(ctx, st.CheckpointsOpen, c)...)
}

func machineConcerns(b Backend, c clock) []concern {
	if b.State == "off" {
		return nil
	}
	var all []concern
	id := url.PathEscape(b.Name)
	w := machineWords(b)
	switch {
	case b.Machine.State == "connected" && w.Tone == toneBad && len(b.Alarms) == 0:
		all = append(all, concern{ID: "fault-" + id, Tone: w.Tone, Where: b.Name, Title: "The machine reports a fault", Fix: "It makes no coffee until the fault is mended: its display says more."})
	case b.Machine.State == "connected":
		// Its alarms say what is wrong.
	case w.Tone == toneWarn || w.Tone == toneBad:
		said := concern{ID: "link-" + id, Tone: w.Tone, Where: b.Name, Title: w.Label, Text: b.Machine.Message, Fix: w.Fix, When: c.start(b.Machine.Since)}
		if b.Machine.State == "away" {
			said.Title = "The machine does not answer"
		}
		all = append(all, said)
	}
	if b.Machine.Unbooked != "" {
		all = append(all, concern{ID: "unbooked-" + id, Tone: toneWarn, Where: b.Name, Title: "Cups are not booked", Text: b.Machine.Unbooked,
			Fix: "Enter them in Odoo by hand: the machine’s checkpoints say which they are."})
	}
	for _, a := range b.Alarms {
		all = append(all, alarmConcern(b, a))
	}
	if b.Locked {
		all = append(all, concern{ID: "lock-" + id, Tone: toneQuiet, Where: b.Name, Title: "The panel is locked", Text: "Somebody locked it here: the machine sells nothing.",
			Buttons: []button{{Label: "Unlock panel", Path: "/do/backends/" + id + "/unlock", About: "Unlock panel, " + b.Name}}})
	}
	if b.Machine.State == "connected" {
		all = append(all, setupConcern(b)...)
	}
	return all
}

func odooConcerns(st Status, c clock) []concern {
	if st.Odoo.URL == "" && st.Odoo.State != "up" {
		if len(st.Backends) == 0 {
			return nil // the page shows how to configure both, or the status could not be read
		}
		return []concern{{ID: "odoo", Tone: toneWarn, Title: "Odoo is not configured", Text: "Cups are counted and kept; nothing is booked.",
			Fix: "Add `[odoo]` with `url`, `database` and `api_key_file` to the configuration and restart crema."}}
	}
	if st.Odoo.State == "up" || st.Odoo.State == "unknown" {
		return nil
	}
	w := wordsOf(odooWords, st.Odoo.State)
	title := "Odoo does not answer"
	if st.Odoo.State == "refused" {
		title = "Odoo refuses the login"
	}
	return []concern{{ID: "odoo", Tone: w.Tone, Title: title, Text: st.Odoo.Message, Fix: w.Fix, When: c.start(st.Odoo.Since)}}
}

func (s *Server) checkpointConcerns(ctx context.Context, count int, c clock) []concern {
	open := CheckpointFilter{State: CheckpointOpen, Paging: Paging{Limit: checkpointsShown}}
	page, err := s.deps.Checkpoints.List(ctx, open)
	if err != nil {
		return []concern{brokenConcern("the checkpoints", err)}
	}
	var all []concern
	for _, p := range page.Items {
		v := checkpointViewOf(p, c)
		said := concern{ID: "checkpoint-" + v.ID, Tone: toneWarn, Where: p.Backend, Title: v.Title, Text: v.Text, Fix: v.Fix, When: v.When, Link: v.URL, LinkText: "More about it", Buttons: v.Buttons}
		if p.Assignee != "" {
			said.LinkText = "For " + p.Assignee
		}
		all = append(all, said)
	}
	if more := count - len(page.Items); page.Next != "" && more > 0 {
		all = append(all, concern{ID: "checkpoints-more", Tone: toneQuiet, Title: fmt.Sprintf("%d more to review", more), Text: "They follow when these are reviewed.",
			Link: listURL("/checkpoints", open, ""), LinkText: "All of them"})
	}
	return all
}

func brokenConcern(what string, err error) concern {
	return concern{ID: "broken-" + strings.ReplaceAll(what, " ", "-"), Tone: toneBad, Title: "crema can’t read " + what, Text: err.Error(),
		Fix: "Look at crema’s log; if this stays, restart the board, and restore a backup if that does not help."}
}
