package command

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"crema/web"
	"crema/web/webtest"
)

func TestJobListFilters(t *testing.T) {
	dir := boardDir(t, webtest.Troubled())
	for name, c := range map[string]struct {
		f    jobFilter
		want int
	}{
		"state":   {jobFilter{State: web.JobDone}, 2},
		"channel": {jobFilter{Channel: "root.sales"}, 2},
		"backend": {jobFilter{Backend: "lobby"}, 1},
		"kind":    {jobFilter{Kind: "coffee.catalogue"}, 2},
		"graph":   {jobFilter{Graph: "99"}, 0},
		"two":     {jobFilter{Kind: "coffee.catalogue", State: web.JobStarted}, 1},
	} {
		out, err := run(t, dir, true, jobList{Limit: 100, jobFilter: c.f})
		var jobs []web.Job
		if err != nil || json.Unmarshal([]byte(out), &jobs) != nil || len(jobs) != c.want {
			t.Errorf("%s: %d jobs, %v, want %d", name, len(jobs), err, c.want)
		}
	}
	if err := (jobList{Limit: 1, jobFilter: jobFilter{State: "broken"}}).Validate(); err == nil || !strings.Contains(err.Error(), "wait_dependencies") {
		t.Errorf("a state that there is not: %v", err)
	}
	if out, err := run(t, dir, false, jobList{Limit: 2}); err != nil || !strings.Contains(out, "--all lists them") {
		t.Errorf("a list with more: %s, %v", out, err)
	}
	if out, err := run(t, dir, false, jobList{Limit: 2, All: true}); err != nil || strings.Contains(out, "There are more") || strings.Count(out, "\n") != 6 {
		t.Errorf("--all: %s, %v", out, err)
	}
}

// What a technician needs of a job is on one screen: why it failed, its log, and what hangs on it.
func TestJobShow(t *testing.T) {
	b := webtest.Troubled()
	b.Queue = append(b.Queue,
		web.Job{ID: "30", Kind: "a", State: web.JobFailed, Graph: "30", Description: "first"},
		web.Job{ID: "31", Kind: "a", State: web.JobCancelled, Graph: "30", Description: "second"},
		web.Job{ID: "32", Kind: "a", State: web.JobDone, Graph: "30", Description: "mend"},
		web.Job{ID: "33", Kind: "a", State: web.JobCancelled, Graph: "30", Description: "last"})
	b.Edges = []web.Edge{{From: "30", To: "31", When: "done"}, {From: "30", To: "32", When: "failed"}, {From: "31", To: "33", When: "done"}, {From: "32", To: "33", When: "done"}}
	dir := boardDir(t, b)
	out, err := run(t, dir, false, jobShow{ID: "17"})
	for _, want := range []string{"the machine refuses the argument", "slot 3 gets Chai", "WARN", "5 of 5", "root.machine"} {
		if err != nil || !strings.Contains(out, want) {
			t.Errorf("job show 17 does not say %q: %v\n%s", want, err, out)
		}
	}
	out, err = run(t, dir, false, jobShow{ID: "31"})
	want := `graph (a job starts when the one above it has ended)
  30  failed  first
    31  cancelled  second  ←
      33  cancelled  last
    32  done  mend  (if the one above fails)
      33  cancelled  last
`
	if err != nil || !strings.HasSuffix(out, want) {
		t.Errorf("job show 31: %v\n%s\nwant at its end\n%s", err, out, want)
	}
	out, err = run(t, dir, true, jobShow{ID: "31"})
	var all shown
	if err != nil || json.Unmarshal([]byte(out), &all) != nil || all.Web == nil || len(all.Web.Nodes) != 4 || len(all.Dependencies) != 1 {
		t.Errorf("job show 31 --json: %s, %v", out, err)
	}
}

// A chain that is longer than any screen is wide, and than any stack is deep, is printed.
func TestPrintLongGraph(t *testing.T) {
	var g web.Graph
	for i := range 100_000 {
		g.Nodes = append(g.Nodes, web.Job{ID: web.ID(fmt.Sprint(i + 1))})
		if i > 0 {
			g.Edges = append(g.Edges, web.Edge{From: web.ID(fmt.Sprint(i)), To: web.ID(fmt.Sprint(i + 1)), When: "done"})
		}
	}
	var out bytes.Buffer
	printGraph(&out, g, "")
	if n := strings.Count(out.String(), "\n"); n != len(g.Nodes) {
		t.Errorf("%d lines for %d jobs", n, len(g.Nodes))
	}
}

func TestJobChange(t *testing.T) {
	b := webtest.Troubled()
	dir := boardDir(t, b)
	out, err := run(t, dir, false, cancel{jobChange{IDs: []string{"18", "999", "19"}}})
	if err == nil || !strings.Contains(err.Error(), "999") || !strings.Contains(out, "job 18 is cancelled") || !strings.Contains(out, "job 19 is cancelled") {
		t.Errorf("cancel 18 999 19 = %q, %v: one that is not there must not keep the others", out, err)
	}
	out, err = run(t, dir, false, requeue{jobChange{jobFilter: jobFilter{State: web.JobCancelled}, Yes: true}})
	if err != nil || out != "2 jobs requeued\n" {
		t.Errorf("requeue --state=cancelled = %q, %v", out, err)
	}
	out, err = run(t, dir, true, done{jobChange{All: true}})
	if err != nil || !strings.Contains(out, `"treated": 3`) {
		t.Errorf("done --all = %q, %v", out, err)
	}
}

func TestJobChangeUsage(t *testing.T) {
	for name, c := range map[string]struct {
		j    jobChange
		want string
	}{
		"nothing":       {jobChange{}, "--state=failed"},
		"both":          {jobChange{IDs: []string{"1"}, jobFilter: jobFilter{Kind: "a"}}, "not both"},
		"ids and all":   {jobChange{IDs: []string{"1"}, All: true}, "not both"},
		"filter or all": {jobChange{All: true, jobFilter: jobFilter{Kind: "a"}}, "not both"},
		"a wrong state": {jobChange{jobFilter: jobFilter{State: "broken"}}, "the states are"},
	} {
		if err := c.j.Validate(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	for answer, good := range map[string]bool{"y\n": true, "YES\n": true, "n\n": false, "\n": false, "": false, "yesterday\n": false} {
		var out bytes.Buffer
		err := ask(&out, strings.NewReader(answer), "Cancel "+which(web.JobFilter{State: "failed", Channel: "root.sales"}, "job", "jobs"))
		if (err == nil) != good || out.String() != "Cancel all jobs with state failed, channel root.sales? [y/N] " {
			t.Errorf("answered %q: %v after %q", answer, err, out.String())
		}
	}
}

func TestQueueCommands(t *testing.T) {
	for name, c := range map[string]struct {
		do   runner
		want []string
	}{
		"channel list":   {channelList{}, []string{"root.catalogue", "one after the other", "a start every 2 s"}},
		"channel pause":  {channelPause{channelName{"root.sales"}}, []string{"root.sales starts no jobs"}},
		"channel resume": {channelResume{channelName{"root.sales"}}, []string{"root.sales starts jobs again"}},
		"schedule list":  {scheduleList{}, []string{"kitchen catalogue", "*/15 * * * *", "2026-03-12 09:45:00 UTC"}},
		"notice list":    {noticeList{}, []string{"coffee.slot", "lobby", "the machine refuses"}},
		"notice dismiss": {noticeDismiss{"1"}, []string{"dismissed"}},
		"batch list":     {batchList{}, []string{"cups of February", "25 of 40 ended (62 %): 24 done, 1 failed"}},
		"batch show":     {batchShow{"2"}, []string{"not yet", "job list --batch 2"}},
		"job test":       {jobTest{Count: 4}, []string{"4 of 4 ended (100 %)", "4 done, 0 failed"}},
		"adopt":          {queueAdopt{}, []string{"this board's"}},
		"reload":         {queueReload{}, []string{`channels = "root:4"`, "limit    = 3600"}},
	} {
		out, err := run(t, boardDir(t, webtest.Troubled()), false, c.do)
		for _, want := range c.want {
			if err != nil || !strings.Contains(out, want) {
				t.Errorf("%s does not say %q: %v\n%s", name, want, err, out)
			}
		}
	}
	if out, err := run(t, boardDir(t, webtest.Troubled()), false, jobTest{Count: 4, NoWait: true}); err != nil || out != "4 jobs in batch 3; crema batch show 3\n" {
		t.Errorf("job test --no-wait = %q, %v", out, err)
	}
	off := webtest.Sample()
	off.State.Runner = false
	if _, err := run(t, boardDir(t, off), false, jobTest{Count: 4}); err == nil || !strings.Contains(err.Error(), "runner = false") || len(off.Groups) != 1 {
		t.Errorf("job test where none runs: %v, %d batches", err, len(off.Groups))
	}
	if err := (jobTest{Count: 0}).Validate(); err == nil {
		t.Error("no test jobs at all are taken")
	}
}
