package web

import (
	"context"
	"fmt"
	"net/url"
	"strings"
)

// channelView is one line of the queue on the page.
type channelView struct {
	Name, Places, Text string
	Running, Waiting   int
	URL                string // its jobs
	Blocked            string // the job that it stands still for
	State              plain
	Buttons            []button
}

// channelViews are the channels, those that nothing is special about too.
func (s *Server) channelViews(ctx context.Context, c clock) ([]channelView, error) {
	list, err := s.deps.Channels.List(ctx)
	if err != nil {
		return nil, err
	}
	var views []channelView
	for _, l := range list {
		views = append(views, channelViewOf(l, c))
	}
	return views, nil
}

func channelViewOf(l Channel, c clock) channelView {
	v := channelView{Name: l.Name, Running: l.Running, Waiting: l.Jobs[JobPending] + l.Jobs[JobEnqueued], URL: jobsURL(JobFilter{Channel: l.Name}),
		State: plain{Label: "Open", Tone: toneGood}}
	var how []string
	if l.Capacity != nil {
		v.Places = counted(*l.Capacity, "place", "places")
	}
	if l.Sequential {
		how = append(how, "one after the other")
	}
	if l.Throttle > 0 {
		how = append(how, fmt.Sprintf("a start every %d s at most", l.Throttle))
	}
	path := "/do/channels/" + url.PathEscape(l.Name)
	closed := l.Capacity != nil && *l.Capacity == 0
	switch {
	case closed:
		v.State = plain{Label: "Closed", Tone: toneQuiet}
		how = append(how, "it has no place in the configuration")
	case l.Paused:
		v.State = plain{Label: "Paused", Tone: toneWarn}
		v.Buttons = []button{{Label: "Go on", Path: path + "/resume", Main: true, About: "Go on: channel " + l.Name}}
	case l.PausedBy != "":
		v.State = plain{Label: "Paused", Tone: toneQuiet}
		how = append(how, "with "+l.PausedBy)
	case l.BlockedBy != "":
		v.State, v.Blocked = plain{Label: "Stands still", Tone: toneWarn}, string(l.BlockedBy)
		how = append(how, l.BlockedFor)
	case !l.NextStart.IsZero():
		how = append(how, "the next "+c.until(l.NextStart).Text)
	}
	if !closed && !l.Paused {
		v.Buttons = []button{{Label: "Pause", Path: path + "/pause", About: "Pause: channel " + l.Name}}
	}
	v.Text = strings.Join(how, ", ")
	return v
}
