package web_test

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"crema/web"
	"crema/web/webtest"
)

// run serves a board on a free port until the test ends or stop is called, which
// returns what Run did.
func run(t *testing.T, d web.Deps, grace time.Duration) (base string, stop func() error) {
	t.Helper()
	srv := web.New(web.Config{Listen: "127.0.0.1:0", Grace: grace}, d)
	addr, err := srv.Listen()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- srv.Run(ctx) }()
	stop = sync.OnceValue(func() error {
		cancel()
		select {
		case err := <-ended:
			return err
		case <-time.After(20 * time.Second):
			t.Error("Run does not end")
			return nil
		}
	})
	t.Cleanup(func() { _ = stop() })
	return "http://" + addr.String(), stop
}

func get(t *testing.T, url string) *http.Response {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), "GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+webtest.Token)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	return res
}

func TestEvents(t *testing.T) {
	board := webtest.Sample()
	base, stop := run(t, board.Deps(), 0)
	res := get(t, base+"/api/v1/events")
	if got := res.Header.Get("Content-Type"); res.StatusCode != http.StatusOK || got != "text/event-stream" {
		t.Fatalf("%s %q", res.Status, got)
	}
	board.Events.Publish(web.Event{Type: "job", ID: "17", Backend: "kitchen", State: "done"})
	board.Events.Publish(web.Event{Type: "checkpoint", ID: "3"})
	want := "retry: 3000\n\nevent: job\ndata: {\"type\":\"job\",\"id\":\"17\",\"backend\":\"kitchen\",\"state\":\"done\"}\n\n" +
		"event: checkpoint\ndata: {\"type\":\"checkpoint\",\"id\":\"3\",\"backend\":\"\",\"state\":\"\"}\n\n"
	got := make([]byte, len(want))
	if _, err := io.ReadFull(res.Body, got); err != nil || string(got) != want {
		t.Fatalf("the stream says %q, %v, want %q", got, err, want)
	}
	// At the end the stream ends by itself, at once and in order, and Run with it.
	if err := stop(); err != nil {
		t.Errorf("Run = %v", err)
	}
	if rest, err := io.ReadAll(res.Body); err != nil || len(rest) > 0 {
		t.Errorf("the stream ends with %q, %v, want nothing and no error", rest, err)
	}
	if n := board.Events.Watchers(); n != 0 {
		t.Errorf("%d watchers are left", n)
	}
	if _, err := net.Dial("tcp", strings.TrimPrefix(base, "http://")); err == nil {
		t.Error("the port is still open")
	}
}

func TestStreamsAreFew(t *testing.T) {
	board := webtest.Sample()
	base, _ := run(t, board.Deps(), 0)
	var streams []*http.Response
	for range 32 {
		res := get(t, base+"/api/v1/events")
		if res.StatusCode != http.StatusOK {
			t.Fatalf("stream %d: %s", len(streams), res.Status)
		}
		streams = append(streams, res)
	}
	if res := get(t, base+"/api/v1/events"); res.StatusCode != http.StatusServiceUnavailable || res.Header.Get("Retry-After") == "" {
		t.Errorf("one too many: %s", res.Status)
	}
	if res := get(t, base+"/api/v1/status"); res.StatusCode != http.StatusOK {
		t.Errorf("the status meanwhile: %s", res.Status)
	}
	for _, s := range streams {
		_ = s.Body.Close()
	}
}

// TestQuietStream holds that a stream on which nothing happens is kept open by beats.
func TestQuietStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		srv := web.New(web.Config{}, webtest.Sample().Deps())
		ctx, cancel := context.WithCancel(t.Context())
		r, err := http.NewRequestWithContext(ctx, "GET", "http://127.0.0.1/api/v1/events", nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+webtest.Token)
		out, in := io.Pipe()
		done := make(chan struct{})
		go func() {
			defer close(done)
			srv.Handler().ServeHTTP(&pipeWriter{head: http.Header{}, w: in}, r)
			_ = in.Close()
		}()
		lines := bufio.NewScanner(out)
		begun, beats := time.Now(), 0
		for beats < 3 && lines.Scan() {
			if strings.HasPrefix(lines.Text(), ":") {
				beats++
			}
		}
		if took := time.Since(begun); took != time.Minute {
			t.Errorf("3 beats took %v, want 1m", took)
		}
		cancel()
		_, _ = io.Copy(io.Discard, out)
		<-done
	})
}

// pipeWriter answers into a pipe.
type pipeWriter struct {
	head http.Header
	w    io.Writer
}

func (p *pipeWriter) Header() http.Header         { return p.head }
func (p *pipeWriter) WriteHeader(int)             {}
func (p *pipeWriter) Write(b []byte) (int, error) { return p.w.Write(b) }
func (p *pipeWriter) Flush()                      {}

// TestEndWaits holds that a request in flight is finished at the end.
func TestEndWaits(t *testing.T) {
	begun, goOn := make(chan struct{}), make(chan struct{})
	d := webtest.Sample().Deps()
	d.Check = func(context.Context) (web.Report, error) {
		close(begun)
		<-goOn
		return web.Report{OK: true}, nil
	}
	base, stop := run(t, d, 10*time.Second)
	answered := make(chan string, 1)
	go func() { answered <- post(t, base+"/api/v1/check") }()
	<-begun
	ended := make(chan error, 1)
	go func() { ended <- stop() }()
	for { // no new connections: the end has begun
		c, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
		if err != nil {
			break
		}
		_ = c.Close()
	}
	close(goOn)
	if got := <-answered; !strings.Contains(got, `"ok":true`) {
		t.Errorf("the request in flight got %q", got)
	}
	if err := <-ended; err != nil {
		t.Errorf("Run = %v", err)
	}
}

// TestEndCutsOff holds that no request can hold the end up, and that none of them runs
// any more when Run returns.
func TestEndCutsOff(t *testing.T) {
	begun := make(chan struct{})
	running := true
	d := webtest.Sample().Deps()
	d.Check = func(ctx context.Context) (web.Report, error) {
		close(begun)
		<-ctx.Done()
		running = false // the race detector sees that Run waits for this
		return web.Report{}, ctx.Err()
	}
	base, stop := run(t, d, time.Millisecond)
	answered := make(chan string, 1)
	go func() { answered <- post(t, base+"/api/v1/check") }()
	<-begun
	if err := stop(); err != nil {
		t.Errorf("Run = %v", err)
	}
	if running {
		t.Error("a handler runs after the end")
	}
	<-answered
}

// TestEndIsQuick holds that connections on which nothing is asked hold nothing up.
func TestEndIsQuick(t *testing.T) {
	base, stop := run(t, webtest.Sample().Deps(), time.Minute)
	if res := get(t, base+"/api/v1/status"); res.StatusCode != http.StatusOK { // leaves one that is idle
		t.Fatal(res.Status)
	}
	c, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	begun := time.Now()
	if err := stop(); err != nil {
		t.Errorf("Run = %v", err)
	}
	if took := time.Since(begun); took > 3*time.Second {
		t.Errorf("the end took %v", took)
	}
}

func post(t *testing.T, url string) string {
	r, err := http.NewRequest("POST", url, nil)
	if err != nil {
		t.Error(err)
		return ""
	}
	r.Header.Set("Authorization", "Bearer "+webtest.Token)
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return err.Error()
	}
	return string(body)
}

func TestListenErrors(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	srv := web.New(web.Config{Listen: taken.Addr().String()}, webtest.Sample().Deps())
	if err := srv.Run(t.Context()); err == nil || !strings.Contains(err.Error(), taken.Addr().String()) {
		t.Errorf("Run on a taken port = %v, want an error naming it", err)
	}
}

func TestHub(t *testing.T) {
	var h web.Hub
	h.Publish(web.Event{Type: "job"}) // nobody watches: nothing happens
	fast, stopFast := h.Watch()
	slow, stopSlow := h.Watch()
	const n = 1000
	for i := range n {
		h.Publish(web.Event{Type: "cup", State: string(rune('a' + i%26))})
		<-fast
	}
	var last web.Event
	for range len(slow) {
		last = <-slow
	}
	if want := string(rune('a' + (n-1)%26)); last.State != want {
		t.Errorf("the slow one's last event is %q, want the newest, %q", last.State, want)
	}
	stopFast()
	stopSlow()
	stopSlow()
	if h.Watchers() != 0 {
		t.Errorf("%d watchers are left", h.Watchers())
	}

	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 200 {
				_, stop := h.Watch()
				h.Publish(web.Event{Type: "job"})
				stop()
			}
		})
	}
	all.Wait()
}

// TestAliveToTheEnd is who watches the page: it is not waited for once it has ended.
func TestAliveToTheEnd(t *testing.T) {
	var words []time.Duration
	srv := web.New(web.Config{Listen: "127.0.0.1:0", Alive: func(within time.Duration) { words = append(words, within) }}, webtest.Sample().Deps())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := srv.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if len(words) != 2 || words[0] <= 0 || words[1] != 0 {
		t.Errorf("it said %v", words)
	}
}
