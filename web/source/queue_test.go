package source

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"crema/connectors"
	"crema/device/board"
	"crema/queue"
	"crema/store"
	"crema/web"
)

// runQueue runs the queue until it has nothing to do.
func runQueue(t *testing.T, p *Parts) {
	t.Helper()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.Queue.Run(ctx) }()
	err := p.Queue.Idle(t.Context())
	stop()
	if err := errors.Join(err, <-ended); err != nil {
		t.Fatal(err)
	}
}

func answer[T any](t *testing.T, h http.Handler, method, path string, body any, status int) (v T) {
	t.Helper()
	w := ask(t, h, method, path, body)
	if w.Code != status {
		t.Fatalf("%s %s: %d %s, want %d", method, path, w.Code, w.Body, status)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &v); err != nil {
		t.Fatalf("%s %s: %s: %v", method, path, w.Body, err)
	}
	return v
}

// TestCreateTestJob is queue_job's create_test_job: jobs that do nothing, or fail, as one batch.
func TestCreateTestJob(t *testing.T) {
	p, h := newParts(t, queue.Config{Channels: "root:4,root.a:2"})
	RegisterTest(p.Queue)
	one, zero := 1, 0
	good := answer[struct{ Batch string }](t, h, "POST", "/api/v1/jobs/test", web.JobTest{Count: 1200, Channel: "a", Priority: &zero}, http.StatusAccepted)
	bad := answer[struct{ Batch string }](t, h, "POST", "/api/v1/jobs/test", web.JobTest{Count: 7, FailureRate: 1, MaxRetries: &one}, http.StatusAccepted)
	if b := get[web.Batch](t, h, "/api/v1/batches/"+good.Batch); b.State != "enqueued" || b.Total != 1200 || b.Completeness != 0 {
		t.Errorf("before the start: %+v", b)
	}
	runQueue(t, p)
	if b := get[web.Batch](t, h, "/api/v1/batches/"+good.Batch); b.State != web.BatchFinished || b.Done != 1200 || b.Completeness != 1 || b.Read {
		t.Errorf("jobs that succeed: %+v", b)
	}
	if b := get[web.Batch](t, h, "/api/v1/batches/"+bad.Batch); b.State != web.BatchFinished || b.Failed != 7 || b.FailedShare != 1 {
		t.Errorf("jobs that fail: %+v", b)
	}
	if b := answer[web.Batch](t, h, "POST", "/api/v1/batches/"+bad.Batch+"/read", nil, http.StatusOK); !b.Read {
		t.Errorf("read: %+v", b)
	}
	jobs := get[web.Page[web.Job]](t, h, "/api/v1/jobs?state=done&kind=crema.test&channel=root.a&batch="+good.Batch+"&limit=1")
	if len(jobs.Items) != 1 || jobs.Items[0].Priority != 0 || jobs.Next == "" || jobs.Items[0].Batch != web.ID(good.Batch) {
		t.Errorf("a page of them: %+v", jobs)
	}
	if list := get[web.Page[web.Batch]](t, h, "/api/v1/batches?limit=1"); len(list.Items) != 1 || list.Next == "" {
		t.Errorf("a page of batches: %+v", list)
	}
	answer[web.Problem](t, h, "POST", "/api/v1/jobs/test", web.JobTest{Channel: "no such: name"}, http.StatusBadRequest)
	answer[web.Problem](t, h, "GET", "/api/v1/batches/99", nil, http.StatusNotFound)
}

// One notice stands for all failures of a class; what a person dismissed comes back with the next.
func TestNoticesAndLog(t *testing.T) {
	p, h := newParts(t, queue.Config{})
	kind := queue.Kind[int]{Name: "tea"}
	queue.Register(p.Queue, kind, func(_ context.Context, j *queue.Job[int]) (queue.Done, error) {
		j.Log().Info("the water boils", "celsius", 96)
		return nil, queue.Permanent(errors.New("cup 4711 is missing"))
	})
	for i := range 3 {
		enqueue(t, p, kind, i, queue.Options{Backend: "attic", Related: "cup"})
	}
	runQueue(t, p)
	list := get[web.Page[web.Notice]](t, h, "/api/v1/notices").Items
	if len(list) != 1 || list[0].Count != 3 || list[0].Reason != "failed" || list[0].Backend != "attic" || list[0].Error == "" {
		t.Fatalf("notices: %+v", list)
	}
	d := get[web.JobDetail](t, h, "/api/v1/jobs/"+string(list[0].Job))
	if len(d.Log) != 1 || !strings.Contains(d.Log[0].Text, "the water boils celsius=96") || d.Log[0].Level != "INFO" || d.Log[0].Run != 1 || d.Class != list[0].Class {
		t.Errorf("the job of the notice: %+v", d)
	}
	id := string(list[0].ID)
	answer[map[string]any](t, h, "POST", "/api/v1/notices/"+id+"/dismiss", nil, http.StatusOK)
	if again := get[web.Page[web.Notice]](t, h, "/api/v1/notices").Items; len(again) != 0 {
		t.Errorf("after it was dismissed: %+v", again)
	}
	answer[web.Problem](t, h, "POST", "/api/v1/notices/"+id+"/dismiss", nil, http.StatusNotFound)
	enqueue(t, p, kind, 9, queue.Options{Backend: "attic"})
	runQueue(t, p)
	if again := get[web.Page[web.Notice]](t, h, "/api/v1/notices").Items; len(again) != 1 || again[0].Count != 1 {
		t.Errorf("after one more failure: %+v", again)
	}
}

func TestBulk(t *testing.T) {
	p, h := newParts(t, queue.Config{Channels: "root:1"})
	fail := true
	kind := queue.Kind[int]{Name: "tea"}
	queue.Register(p.Queue, kind, func(context.Context, *queue.Job[int]) (queue.Done, error) {
		if fail {
			return nil, queue.Permanent(errors.New("no"))
		}
		return nil, nil
	})
	for i := range 700 { // more than one commit's
		enqueue(t, p, kind, i, queue.Options{Backend: []string{"kitchen", "lobby"}[i%2]})
	}
	runQueue(t, p)
	fail = false
	treated := func(what string, body any) int {
		t.Helper()
		return answer[struct{ Treated int }](t, h, "POST", "/api/v1/jobs/"+what, body, http.StatusOK).Treated
	}
	if n := treated("requeue", map[string]any{"state": "done"}); n != 0 {
		t.Errorf("requeue of the done: %d", n)
	}
	if n := treated("done?state=failed&kind=tea&class=no&channel=root", nil); n != 700 {
		t.Errorf("done of all failed: %d, want 700", n)
	}
	for i := range 10 {
		enqueue(t, p, kind, i, queue.Options{})
	}
	if n := treated("cancel", map[string]any{"all": true}); n != 10 {
		t.Errorf("cancel of all: %d, want the 10 that are open", n)
	}
	if n := treated("requeue", map[string]any{"state": "cancelled"}); n != 10 {
		t.Errorf("requeue of the cancelled: %d, want 10", n)
	}
	runQueue(t, p)
	if got := get[web.Status](t, h, "/api/v1/status").Queue; got["done"] != 710 || got["failed"]+got["cancelled"]+got["pending"] != 0 {
		t.Errorf("at the end: %v", got)
	}
	answer[web.Problem](t, h, "POST", "/api/v1/jobs/cancel", map[string]any{"channel": "no such: name"}, http.StatusBadRequest)
}

// A good file is taken while all goes on, a bad one changes nothing and says where; by hand and by SIGHUP.
func TestReload(t *testing.T) {
	p, h := newParts(t, queue.Config{Channels: "root:4"})
	file := filepath.Join(t.TempDir(), "crema.toml")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	p.Load = func() (*board.Config, error) {
		return board.Load(file, board.Overrides{}, board.Checks{Cron: queue.CheckCron, Channels: queue.CheckChannels})
	}
	coffee := connectors.NewKind("coffee")
	p.Host.Add(connectors.Connector{Kind: coffee, Channel: func(name string) string { return "root.machine." + name }})
	if err := p.Host.Sync(t.Context(), []connectors.Backend{{Name: "kitchen", Kind: coffee}}); err != nil {
		t.Fatal(err)
	}
	write("[queue]\nchannels = \"root:2,root.tea:1:sequential\"\ntimeouts = \"root:5000\"\nlimit = 7200\n")
	now := answer[web.Reloaded](t, h, "POST", "/api/v1/queue/reload", nil, http.StatusOK)
	if now.Limit != 7200 || !strings.Contains(now.Channels, "root.tea:1:sequential") || !strings.Contains(now.Channels, "root.machine.kitchen:1") {
		t.Errorf("reloaded: %+v", now)
	}
	write("[queue]\nchannels = \"root:2,root.tea:1:sequential=false\"\n")
	problem := answer[web.Problem](t, h, "POST", "/api/v1/queue/reload", nil, http.StatusBadRequest)
	if !strings.Contains(problem.Detail, "crema.toml:2") || !strings.Contains(problem.Detail, "sequential") || problem.Fix == "" {
		t.Errorf("a bad file: %+v", problem)
	}
	tea := func() (c web.Channel) {
		for _, c = range get[web.Page[web.Channel]](t, h, "/api/v1/channels").Items {
			if c.Name == "root.tea" {
				return c
			}
		}
		return web.Channel{}
	}
	if c := tea(); !c.Sequential || *c.Capacity != 1 {
		t.Errorf("after the bad file: %+v", c)
	}

	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	events, stopEvents := p.Events.Watch()
	defer stopEvents()
	listening := make(chan struct{})
	p.reloading = func() { close(listening) }
	go func() { ended <- p.Reloads(ctx) }()
	<-listening
	write("[queue]\nchannels = \"root:2,root.tea:2\"\n")
	if err := syscall.Kill(os.Getpid(), syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	select {
	case <-events:
	case <-time.After(30 * time.Second):
		t.Fatal("nothing was reloaded")
	}
	if c := tea(); c.Sequential || *c.Capacity != 2 {
		t.Errorf("after SIGHUP: %+v", c)
	}
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
}

// A graph is shown as it was enqueued: its jobs, its edges, and for each job those beside it.
func TestGraph(t *testing.T) {
	p, h := newParts(t, queue.Config{Channels: "root:4"})
	kind := queue.Kind[string]{Name: "tea", Describe: func(s string) string { return s }}
	queue.Register(p.Queue, kind, func(_ context.Context, j *queue.Job[string]) (queue.Done, error) {
		if j.Args == "boil" {
			return nil, queue.Permanent(errors.New("no water"))
		}
		return nil, nil
	})
	node := func(name string) *queue.Node { return queue.NewNode(kind, name, queue.Options{}) }
	fill, boil, pour, call, mop := node("fill"), node("boil"), node("pour"), node("call"), node("mop")
	fill.OnFailed(mop)
	boil.OnFailed(call)
	err := p.Store.Update(t.Context(), func(tx *store.Tx) error {
		_, err := queue.EnqueueGraph(tx, p.Queue, queue.Chain(fill, boil, pour))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	runQueue(t, p)
	g := get[web.Graph](t, h, "/api/v1/jobs/"+pour.ID().String()+"/graph")
	states := map[string]string{}
	for _, n := range g.Nodes {
		states[n.Description] = n.State
		if n.Skipped != (n.Description == "mop") {
			t.Errorf("%s: skipped is %t", n.Description, n.Skipped)
		}
	}
	if want := map[string]string{"fill": "done", "boil": "failed", "pour": "cancelled", "call": "done", "mop": "cancelled"}; !maps.Equal(states, want) {
		t.Errorf("jobs: %v, want %v", states, want)
	}
	edges := map[string]string{}
	name := map[web.ID]string{}
	for _, n := range g.Nodes {
		name[n.ID] = n.Description
	}
	for _, e := range g.Edges {
		edges[name[e.From]+" "+name[e.To]] = e.When
	}
	if want := map[string]string{"fill boil": "done", "boil pour": "done", "boil call": "failed", "fill mop": "failed"}; !maps.Equal(edges, want) {
		t.Errorf("edges: %v, want %v", edges, want)
	}
	d := get[web.JobDetail](t, h, "/api/v1/jobs/"+boil.ID().String())
	if len(d.Dependencies) != 1 || d.Dependencies[0].Description != "fill" || len(d.Dependents) != 2 || d.Graph == "" || d.Dependencies[0].When != "done" {
		t.Errorf("beside boil: %+v", d)
	}
	list := get[web.Page[web.Job]](t, h, "/api/v1/jobs?graph="+string(d.Graph))
	if len(list.Items) != 5 {
		t.Errorf("the list of the graph has %d jobs", len(list.Items))
	}
	if alone := get[web.Graph](t, h, "/api/v1/jobs/"+enqueue(t, p, kind, "alone", queue.Options{}).String()+"/graph"); len(alone.Nodes) != 1 || len(alone.Edges) != 0 {
		t.Errorf("a job of no graph: %+v", alone)
	}
	answer[web.Problem](t, h, "GET", "/api/v1/jobs/999/graph", nil, http.StatusNotFound)
}

// The API says of a job whatever the queue does, under the same names.
func TestJobHasEveryKey(t *testing.T) {
	keys := func(v any) map[string]any {
		text, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		all := map[string]any{}
		if err := json.Unmarshal(text, &all); err != nil {
			t.Fatal(err)
		}
		return all
	}
	have := keys(job(queue.Info{}))
	for k := range keys(queue.Info{ID: 1, Batch: 1, Skipped: true}) {
		if _, ok := have[k]; !ok {
			t.Errorf("the API's job lacks %q", k)
		}
	}
}

// A board whose runner is off takes jobs, runs none, and says so.
func TestRunnerOff(t *testing.T) {
	off := false
	p, h := newParts(t, queue.Config{Runner: &off})
	RegisterTest(p.Queue)
	answer[struct{ Batch string }](t, h, "POST", "/api/v1/jobs/test", web.JobTest{Count: 3}, http.StatusAccepted)
	runQueue(t, p)
	if st := get[web.Status](t, h, "/api/v1/status"); st.Runner || st.Queue["pending"] != 3 {
		t.Errorf("runner %t, queue %v", st.Runner, st.Queue)
	}
	if got := sum(scrape(t, h)["crema_queue_runner"]); got != 0 {
		t.Errorf("crema_queue_runner = %g", got)
	}
}
