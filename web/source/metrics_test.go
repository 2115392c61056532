package source

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"crema/connectors"
	"crema/connectors/coffee"
	"crema/device"
	"crema/device/board"
	"crema/queue"
	"crema/store/storetest"
	"crema/web"
)

const testToken = "correct-horse-battery-staple"

// newParts is a whole board without machines, on a real store, and its page.
func newParts(t *testing.T, config queue.Config) (*Parts, http.Handler) {
	t.Helper()
	return newPartsWith(t, config, nil)
}

// newPartsWith has machines, as open makes them.
func newPartsWith(t *testing.T, config queue.Config, open func(*connectors.Work) (device.Machine, error)) (*Parts, http.Handler) {
	t.Helper()
	db := storetest.Open(t)
	clock, err := board.OpenClock(board.ClockOptions{Build: time.Now().Add(-time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	runs := NewRuns()
	config.Observe = runs.Observe
	jobs, err := queue.New(db, clock, config)
	if err != nil {
		t.Fatal(err)
	}
	checkpoints := connectors.NewCheckpoints()
	host := connectors.NewHost(&connectors.Environment{Store: db, Queue: jobs, Registry: connectors.NewRegistry(), Checkpoints: checkpoints, Now: clock.Now})
	machines, err := coffee.New(host, coffee.Deps{Clock: clock, Open: open})
	if err != nil {
		t.Fatal(err)
	}
	p := &Parts{Config: new(board.Config), Version: "1.0.0", Store: db, Queue: jobs, Host: host, Machines: machines, Checkpoints: checkpoints, Clock: clock,
		CheckToken: func(s string) bool { return s == testToken }, Events: new(web.Hub), Runs: runs,
		Logger: slog.New(slog.DiscardHandler)}
	return p, web.New(web.Config{}, p.Deps()).Handler()
}

// get asks the API and reads its answer.
func get[T any](t *testing.T, h http.Handler, path string) (answer T) {
	t.Helper()
	w := ask(t, h, "GET", path, nil)
	if w.Code != http.StatusOK {
		t.Fatalf("GET %s: %d %s", path, w.Code, w.Body)
	}
	if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
		t.Fatal(err)
	}
	return answer
}

func ask(t *testing.T, h http.Handler, method, path string, body any) *httptest.ResponseRecorder {
	t.Helper()
	text := []byte(nil)
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			t.Fatal(err)
		}
	}
	r := httptest.NewRequestWithContext(t.Context(), method, "http://192.0.2.7:8080"+path, bytes.NewReader(text))
	r.Header.Set("Authorization", "Bearer "+testToken)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

// scrape reads the metrics as Prometheus does.
func scrape(t *testing.T, h http.Handler) map[string]*dto.MetricFamily {
	t.Helper()
	w := ask(t, h, "GET", "/metrics", nil)
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(w.Body)
	if err != nil {
		t.Fatalf("the metrics can't be parsed: %v", err)
	}
	return families
}

// sum adds the values of a family's samples that have these labels, names and values by turns; of histograms, how many they counted.
func sum(f *dto.MetricFamily, labels ...string) (total float64) {
	for _, m := range f.GetMetric() {
		matches := true
		for i := 0; i < len(labels); i += 2 {
			matches = matches && slices.ContainsFunc(m.GetLabel(), func(l *dto.LabelPair) bool { return l.GetName() == labels[i] && l.GetValue() == labels[i+1] })
		}
		if matches {
			total += m.GetGauge().GetValue() + m.GetCounter().GetValue() + float64(m.GetHistogram().GetSampleCount())
		}
	}
	return total
}

// TestMetricsAgreeWithTheAPI runs jobs at random, and holds every number of the queue that both tell against the API's.
func TestMetricsAgreeWithTheAPI(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	random := rand.New(rand.NewPCG(seed, 0))
	p, h := newParts(t, queue.Config{Channels: "root:4,root.a:2,root.b:1"})
	ends := map[string]error{"done": nil, "failed": queue.Permanent(errors.New("no")), "cancelled": queue.Cancel(errors.New("needless")),
		"snoozed": queue.Snooze(errors.New("away"), time.Hour), "retried": queue.RetryLater(errors.New("not yet"), time.Hour)}
	var kinds []queue.Kind[string]
	for i := range 3 {
		k := queue.Kind[string]{Name: fmt.Sprintf("kind %d \"%c\"", i, 'a'+i)}
		queue.Register(p.Queue, k, func(_ context.Context, j *queue.Job[string]) (queue.Done, error) { return nil, ends[j.Args] })
		kinds = append(kinds, k)
	}
	ran := map[string]int{}
	channelsThere := []string{"root", "a", "b", "b.undeclared", "other"}
	for range 300 {
		end := []string{"done", "failed", "cancelled", "snoozed", "retried"}[random.IntN(5)]
		ran[end]++
		enqueue(t, p, kinds[random.IntN(3)], end, queue.Options{Channel: channelsThere[random.IntN(5)]})
	}
	if err := p.Queue.PauseChannel(t.Context(), "a", true); err != nil {
		t.Fatal(err)
	}
	for range 20 { // these wait
		enqueue(t, p, kinds[0], "done", queue.Options{Channel: "a"})
	}
	if err := p.Queue.PauseChannel(t.Context(), "a", false); err != nil {
		t.Fatal(err)
	}
	ran["done"] += 20
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- p.Queue.Run(ctx) }()
	if err := p.Queue.Idle(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 7 {
		if err := p.Queue.PauseChannel(t.Context(), "b", true); err != nil {
			t.Fatal(err)
		}
		enqueue(t, p, kinds[1], "done", queue.Options{Channel: "b"})
	}

	m := scrape(t, h)
	for _, c := range get[web.Page[web.Channel]](t, h, "/api/v1/channels").Items {
		for state, n := range c.Jobs {
			if got := sum(m["crema_queue_jobs"], "channel", c.Name, "state", state); got != float64(n) {
				t.Errorf("%s has %d jobs %s, the metrics say %g", c.Name, n, state, got)
			}
		}
		if got := sum(m["crema_queue_channel_paused"], "channel", c.Name); got != truth(c.Paused) {
			t.Errorf("%s: paused %t, the metrics say %g", c.Name, c.Paused, got)
		}
		if c.Capacity != nil && sum(m["crema_queue_channel_capacity"], "channel", c.Name) != float64(*c.Capacity) {
			t.Errorf("%s: the capacity differs", c.Name)
		}
		if got := sum(m["crema_queue_channel_running"], "channel", c.Name); got != float64(c.Running) {
			t.Errorf("%s: %d run, the metrics say %g", c.Name, c.Running, got)
		}
	}
	status := get[web.Status](t, h, "/api/v1/status")
	for _, state := range web.JobStates {
		if got := sum(m["crema_queue_jobs"], "state", state); got != float64(status.Queue[state]) {
			t.Errorf("the status has %d jobs %s, the metrics %g", status.Queue[state], state, got)
		}
		listed, after := 0, ""
		for {
			page := get[web.Page[web.Job]](t, h, "/api/v1/jobs?limit=1000&state="+state+"&after="+after)
			listed += len(page.Items)
			if after = page.Next; after == "" {
				break
			}
		}
		if listed != status.Queue[state] {
			t.Errorf("%d jobs are listed as %s, the status counts %d", listed, state, status.Queue[state])
		}
	}
	for end, n := range ran {
		if got := sum(m["crema_queue_job_duration_seconds"], "outcome", end); got != float64(n) {
			t.Errorf("%d runs were %s, the metrics say %g", n, end, got)
		}
	}
	for name, want := range map[string]int{"crema_queue_starts_total": 320, "crema_queue_job_wait_seconds": 320, "crema_queue_retries_total": ran["retried"],
		"crema_queue_failures_total": ran["failed"], "crema_queue_interruptions_total": 0, "crema_queue_timeouts_total": 0} {
		if got := sum(m[name]); got != float64(want) {
			t.Errorf("%s = %g, want %d", name, got, want)
		}
	}
	if got := sum(m["crema_queue_oldest_seconds"], "channel", "root.b"); got <= 0 {
		t.Errorf("7 jobs wait in the paused channel, the oldest for %g s", got)
	}
	if got := sum(m["crema_queue_oldest_seconds"], "channel", "root.a"); got != 0 {
		t.Errorf("no job waits in root.a, the oldest for %g s", got)
	}
	for _, name := range []string{"crema_store_size_bytes", "crema_store_commits_total", "crema_build_info", "crema_uptime_seconds", "process_resident_memory_bytes"} {
		if sum(m[name]) <= 0 {
			t.Errorf("%s is missing or 0", name)
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Fatal(err)
	}
}
