package command

import (
	"strings"
	"testing"

	"crema/web"
	"crema/web/webtest"
)

func TestStandstill(t *testing.T) {
	none, one := 0, 1
	channels := []web.Channel{{Name: "root", Capacity: &one}, {Name: "root.shut", Capacity: &none}, {Name: "root.held", Paused: true},
		{Name: "root.row", Sequential: true, BlockedBy: "7"}}
	for name, want := range map[string]string{
		"root": "", "": "", "root.new.below": "", "root.shut": "no places", "shut.below": "crema queue reload", "root.held": "crema channel resume root.held",
		"held.below.it": "root.held is paused", "row": "stands still for job 7", "root.heldfast": ""} {
		if got := standstill(name, channels); !strings.Contains(got, want) || want == "" && got != "" {
			t.Errorf("standstill(%q) = %q, want %q", name, got, want)
		}
	}
}

// Whoever waits for jobs, or looks at one, that nothing starts is told so.
func TestStandstillIsTold(t *testing.T) {
	b := webtest.Troubled()
	b.State.Paused = []string{"root"}
	dir := boardDir(t, b)
	if _, err := run(t, dir, false, jobTest{Count: 2, Channel: "root"}); err == nil || !strings.Contains(err.Error(), "2 jobs wait in batch") || !strings.Contains(err.Error(), "crema channel resume root") {
		t.Errorf("job test in a paused channel: %v", err)
	}
	b.Queue = append(b.Queue, web.Job{ID: "40", Kind: "a", State: web.JobPending, Channel: "root.new"})
	if out, err := run(t, dir, false, jobShow{ID: "40"}); err != nil || !strings.Contains(out, "the channel root is paused") {
		t.Errorf("job show of a job that a pause holds: %v\n%s", err, out)
	}
}

func TestIDs(t *testing.T) {
	for id, ok := range map[string]bool{"1": true, "18446744073709551615": true, "0": false, "-1": false, "abc": false, "": false, "1/graph": false} {
		if err := (jobShow{ID: id}).Validate(); (err == nil) != ok {
			t.Errorf("job show %q: %v", id, err)
		}
		if err := (jobChange{IDs: []string{"1", id}}).Validate(); (err == nil) != ok {
			t.Errorf("job cancel 1 %q: %v", id, err)
		}
	}
}

// 100 % is all of them.
func TestProgress(t *testing.T) {
	for want, b := range map[string]web.Batch{
		"4999 of 5000 ended (99 %)": {Total: 5000, Done: 4990, Failed: 8, Cancelled: 1, Completeness: .9998},
		"5000 of 5000 ended (100 %": {Total: 5000, Done: 5000, Completeness: 1},
		"0 of 0 ended (0 %)":        {},
	} {
		if got := progress(b); !strings.HasPrefix(got, want) {
			t.Errorf("progress = %q, want %q", got, want)
		}
	}
	if jobsText(1) != "1 job" || jobsText(2) != "2 jobs" || jobsWait(1) != "1 job waits" {
		t.Error("jobs are counted in wrong words")
	}
}
