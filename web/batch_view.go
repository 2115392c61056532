package web

import (
	"context"
	"fmt"
	"net/url"
)

// batchesShown is how many batches the page has room for.
const batchesShown = 5

// batchView is a batch and how far it is.
type batchView struct {
	ID, Name, URL, Text string
	Percent             int
	State               plain
	When                moment
	Buttons             []button
}

// batchViews are the batches that go on, and those that nobody has seen the end of; the newest are left out where there are many.
func (s *Server) batchViews(ctx context.Context, c clock) (views []batchView, more bool, err error) {
	p := Paging{Limit: 1000}
	for range 3 { // the page is drawn often: it does not look through thousands that were seen
		page, err := s.deps.Batches.List(ctx, p)
		if err != nil {
			return views, more, err
		}
		for _, b := range page.Items {
			if b.Read {
				continue
			}
			if len(views) == batchesShown {
				return views, true, nil
			}
			views = append(views, batchViewOf(b, c))
		}
		if p.After = page.Next; p.After == "" {
			return views, false, nil
		}
	}
	return views, true, nil
}

func batchViewOf(b Batch, c clock) batchView {
	v := batchView{ID: string(b.ID), Name: sentence(firstOf(b.Name, "batch "+string(b.ID))), URL: jobsURL(JobFilter{Batch: string(b.ID)}),
		Percent: int(100 * b.Completeness), State: plain{Label: "Goes on", Tone: toneBusy}, When: c.ago(b.Created)}
	v.Text = fmt.Sprintf("%d of %d", b.Done+b.Failed+b.Cancelled, b.Total)
	if b.Failed > 0 {
		v.Text += fmt.Sprintf(", %d failed", b.Failed)
	}
	switch {
	case b.State == BatchFinished && b.Failed > 0:
		v.State = plain{Label: "Ended", Tone: toneWarn}
	case b.State == BatchFinished:
		v.State = plain{Label: "Ended", Tone: toneGood}
	case b.State != "progress":
		v.State = plain{Label: "Waiting", Tone: toneQuiet}
	}
	if b.State == BatchFinished {
		v.When = c.ago(b.Finished)
		v.Buttons = []button{{Label: "Seen", Path: "/do/batches/" + url.PathEscape(v.ID) + "/read", About: "Seen: " + v.Name}}
	}
	return v
}
