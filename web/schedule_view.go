package web

import (
	"context"
	"net/url"
)

// scheduleView is what starts by the clock, on the page.
type scheduleView struct {
	Name, Spec, Zone, URL string // URL is its last job's; empty for none
	Last, Next            moment
}

func (s *Server) scheduleViews(ctx context.Context, c clock) ([]scheduleView, error) {
	list, err := s.deps.Schedules(ctx)
	var views []scheduleView
	for _, i := range list {
		v := scheduleView{Name: i.Name, Spec: i.Spec, Zone: i.Zone, Last: c.ago(i.Last)}
		if !i.Next.IsZero() {
			v.Next = c.until(i.Next)
		}
		if i.Job != "" {
			v.URL = "/jobs/" + url.PathEscape(string(i.Job))
		}
		views = append(views, v)
	}
	return views, err
}
