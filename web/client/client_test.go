package client_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"crema/web"
	"crema/web/client"
	"crema/web/webtest"
)

// serve is a board and a client of it, over a real connection.
func serve(t *testing.T, b *webtest.Board) (*client.Client, *httptest.Server) {
	t.Helper()
	site := httptest.NewServer(web.New(web.Config{}, b.Deps()).Handler())
	t.Cleanup(site.Close)
	c := client.New(site.URL, webtest.Token)
	t.Cleanup(c.Close)
	return c, site
}

func TestEveryCall(t *testing.T) {
	board := webtest.Troubled()
	c, _ := serve(t, board)
	ctx := t.Context()

	status, err := c.Status(ctx)
	if err != nil || status.Version != "1.0.0" || len(status.Backends) != 2 || status.CheckpointsOpen != 2 || status.Queue[web.JobFailed] != 1 {
		t.Errorf("Status = %+v, %v", status, err)
	}
	if !status.Time.Equal(webtest.Now()) {
		t.Errorf("Status.Time = %v, want %v", status.Time, webtest.Now())
	}
	if h, err := c.Health(ctx); err != nil || h.Status != web.HealthDegraded || h.FirstError == "" {
		t.Errorf("Health = %+v, %v", h, err)
	}
	backend, err := c.Backend(ctx, "lobby")
	if err != nil || backend.Machine.State != "away" || backend.Slots[3].Name != "TEA WATER" || backend.Slots[0].OdooID != "31" {
		t.Errorf("Backend = %+v, %v", backend, err)
	}
	if report, err := c.Test(ctx, "kitchen"); err != nil || !report.OK {
		t.Errorf("Test = %+v, %v", report, err)
	}
	if report, err := c.Check(ctx); err != nil || !report.OK {
		t.Errorf("Check = %+v, %v", report, err)
	}
	job, err := c.Sync(ctx, "kitchen", "catalogue")
	if err != nil || job == "" {
		t.Fatalf("Sync = %q, %v", job, err)
	}
	if j, err := c.Job(ctx, job); err != nil || j.State != web.JobPending || j.Backend != "kitchen" {
		t.Errorf("Job = %+v, %v", j, err)
	}
	if j, err := c.Cancel(ctx, job); err != nil || j.State != web.JobCancelled {
		t.Errorf("Cancel = %+v, %v", j, err)
	}
	if j, err := c.Requeue(ctx, job); err != nil || j.State != web.JobPending {
		t.Errorf("Requeue = %+v, %v", j, err)
	}
	if j, err := c.Done(ctx, job); err != nil || j.State != web.JobDone {
		t.Errorf("Done = %+v, %v", j, err)
	}
	if g, err := c.Graph(ctx, "17"); err != nil || len(g.Nodes) != 1 || g.Nodes[0].ID != "17" {
		t.Errorf("Graph = %+v, %v", g, err)
	}
	if n, err := c.RequeueAll(ctx, web.JobFilter{State: web.JobFailed}, false); err != nil || n != 1 {
		t.Errorf("RequeueAll(failed) = %d, %v", n, err)
	}
	if n, err := c.CancelAll(ctx, web.JobFilter{Backend: "attic"}, false); err == nil {
		t.Errorf("CancelAll of an unknown machine = %d", n)
	}
	if n, err := c.DoneAll(ctx, web.JobFilter{}, false); err == nil || !strings.Contains(err.Error(), "every job") {
		t.Errorf("DoneAll of everything, not meant = %d, %v", n, err)
	}
	if id, err := c.TestJobs(ctx, web.JobTest{Count: 3}); err != nil || id != "3" {
		t.Errorf("TestJobs = %q, %v", id, err)
	}
	if b, err := c.WaitBatch(ctx, "3", nil); err != nil || b.Done != 3 {
		t.Errorf("WaitBatch = %+v, %v", b, err)
	}
	if list, err := c.Batches(ctx, web.Paging{}); err != nil || len(list.Items) != 3 {
		t.Errorf("Batches = %+v, %v", list, err)
	}
	if b, err := c.ReadBatch(ctx, "2"); err != nil || !b.Read {
		t.Errorf("ReadBatch = %+v, %v", b, err)
	}
	if list, err := c.Channels(ctx); err != nil || len(list) != 4 || *list[0].Capacity != 4 {
		t.Errorf("Channels = %+v, %v", list, err)
	}
	if list, err := c.Schedules(ctx); err != nil || len(list) != 1 || list[0].Spec == "" {
		t.Errorf("Schedules = %+v, %v", list, err)
	}
	if list, err := c.Notices(ctx); err != nil || len(list) != 1 || list[0].Count != 3 {
		t.Errorf("Notices = %+v, %v", list, err)
	}
	if err := c.DismissNotice(ctx, "1"); err != nil {
		t.Errorf("DismissNotice: %v", err)
	}
	if now, err := c.ReloadQueue(ctx); err != nil || now.Limit != 3600 {
		t.Errorf("ReloadQueue = %+v, %v", now, err)
	}
	if err := c.Adopt(ctx); err != nil {
		t.Errorf("Adopt: %v", err)
	}
	if err := c.Lock(ctx, "kitchen", true); err != nil {
		t.Errorf("Lock: %v", err)
	}
	if job, err := c.Brew(ctx, "kitchen", 2); err != nil || job == "" {
		t.Errorf("Brew = %q, %v", job, err)
	}
	if err := c.PauseChannel(ctx, "root.sales", true); err != nil {
		t.Errorf("PauseChannel(true): %v", err)
	}
	if err := c.PauseChannel(ctx, "root.sales", false); err != nil {
		t.Errorf("PauseChannel(false): %v", err)
	}
	if p, err := c.Review(ctx, "3", ""); err != nil || p.State != "reviewed" {
		t.Errorf("Review = %+v, %v", p, err)
	}
	if p, err := c.Assign(ctx, "2", "Ann"); err != nil || p.Assignee != "Ann" {
		t.Errorf("Assign = %+v, %v", p, err)
	}
	if p, err := c.Checkpoint(ctx, "2"); err != nil || p.Assignee != "Ann" || p.State != "open" {
		t.Errorf("Checkpoint = %+v, %v", p, err)
	}
	if page, err := c.Checkpoints(ctx, web.CheckpointFilter{State: web.CheckpointOpen, Assignee: "Ann", Text: "HOT water"}); err != nil || len(page.Items) != 1 || page.Items[0].ID != "2" {
		t.Errorf("Checkpoints(open) = %+v, %v", page, err)
	}
	if n, err := c.ReviewAll(ctx, web.CheckpointFilter{Backend: "kitchen"}, "Bob", false); err != nil || n != 1 {
		t.Errorf("ReviewAll = %d, %v", n, err)
	}
	if _, err := c.ReviewAll(ctx, web.CheckpointFilter{}, "Bob", false); err == nil {
		t.Error("a review of everything was not refused")
	}
	if page, err := c.Bindings(ctx, web.BindingFilter{Backend: "kitchen", Model: "product.product"}); err != nil || len(page.Items) != 2 || page.Items[0].ExternalID != "0" {
		t.Errorf("Bindings = %+v, %v", page, err)
	}
	if page, err := c.Cups(ctx, web.CupFilter{Backend: "kitchen", State: web.CupParked}); err != nil || len(page.Items) != 1 || page.Items[0].Reason != "unbound" {
		t.Errorf("Cups = %+v, %v", page, err)
	}
	var backup bytes.Buffer
	if n, err := c.Backup(ctx, &backup); err != nil || n != int64(len(board.Snapshot)) || backup.String() != board.Snapshot {
		t.Errorf("Backup = %d, %v, %q", n, err, backup.String())
	}
	want := []string{"test kitchen", "check", "sync kitchen catalogue", "cancel " + job, "requeue " + job, "done " + job,
		"requeue all [state failed channel  backend  kind  graph  batch  class ]", "test 3 0", "read 2", "dismiss 1", "reload", "adopt", "lock kitchen true",
		"brew kitchen 2", "pause root.sales true", "pause root.sales false", "review 3 by api", "assign 2 to Ann",
		"review all [state  backend kitchen model  record  reason  assignee  text ] by Bob"}
	if diff := cmp.Diff(want, board.Done()); diff != "" {
		t.Errorf("the board was asked for (-want +got):\n%s", diff)
	}
}

func TestWhatIsSentIsWhatIsRead(t *testing.T) {
	board := webtest.Troubled()
	c, _ := serve(t, board)
	page, err := c.Jobs(t.Context(), web.JobFilter{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(board.Queue, page.Items); diff != "" {
		t.Errorf("jobs differ (-sent +read):\n%s", diff)
	}
	cups, err := c.Cups(t.Context(), web.CupFilter{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(board.Ledger, cups.Items); diff != "" {
		t.Errorf("cups differ (-sent +read):\n%s", diff)
	}
}

func TestAllGoesThroughThePages(t *testing.T) {
	board := webtest.Sample()
	for len(board.Bound) < 1203 {
		board.Bound = append(board.Bound, web.Binding{Backend: "kitchen", Model: "m", OdooID: web.ID(rune('a' + len(board.Bound)%26)), ExternalID: "0"})
	}
	c, _ := serve(t, board)
	var got []web.Binding
	for b, err := range client.All(t.Context(), func(ctx context.Context, p web.Paging) (web.Page[web.Binding], error) {
		return c.Bindings(ctx, web.BindingFilter{Paging: p})
	}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, b)
	}
	if diff := cmp.Diff(board.Bound, got); diff != "" {
		t.Errorf("bindings differ (-want +got):\n%s", diff)
	}
}

func TestRefusals(t *testing.T) {
	board := webtest.Troubled()
	c, site := serve(t, board)
	ctx := t.Context()
	_, err := c.Sync(ctx, "kitchen", "laundry")
	if !client.IsNotFound(err) || !strings.Contains(err.Error(), "catalogue, sales") {
		t.Errorf("unknown flow: %v", err)
	}
	if _, err := c.Backend(ctx, "a/b c"); !client.IsNotFound(err) || !strings.Contains(err.Error(), `"a/b c"`) {
		t.Errorf("a name to be escaped: %v", err)
	}
	if _, err := c.Done(ctx, "15"); !client.IsConflict(err) {
		t.Errorf("done twice: %v", err)
	}
	stranger := client.New(site.URL, "wrong")
	defer stranger.Close()
	if _, err := stranger.Status(ctx); !client.IsUnauthorized(err) || !strings.Contains(err.Error(), "api.token") {
		t.Errorf("wrong token: %v", err)
	}
	other := httptest.NewServer(http.NotFoundHandler())
	defer other.Close()
	if _, err := client.New(other.URL, "x").Status(ctx); err == nil || !strings.Contains(err.Error(), "is that a crema board?") {
		t.Errorf("another server: %v", err)
	}
}

func TestBackupCutOff(t *testing.T) {
	board := webtest.Sample()
	board.Snapshot = strings.Repeat("page", 100_000)
	board.BackupErr = errors.New("the disk broke")
	c, _ := serve(t, board)
	var out bytes.Buffer
	if n, err := c.Backup(t.Context(), &out); err == nil {
		t.Fatalf("Backup = %d of %d bytes and no error", n, len(board.Snapshot))
	}
}

func TestFind(t *testing.T) {
	board := webtest.Sample()
	_, site := serve(t, board)
	addr := site.Listener.Addr()
	write := func(t *testing.T, dir, name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}

	t.Run("announced", func(t *testing.T) {
		dir := t.TempDir()
		remove, err := client.Announce(dir, addr)
		if err != nil {
			t.Fatal(err)
		}
		write(t, dir, client.TokenFile, webtest.Token+"\n")
		c, err := client.Find(t.Context(), dir)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := c.Status(t.Context()); err != nil {
			t.Error(err)
		}
		if err := remove(); err != nil {
			t.Error(err)
		}
		if err := remove(); err != nil {
			t.Errorf("removed twice: %v", err)
		}
		if _, err := client.Find(t.Context(), dir); !errors.Is(err, client.ErrNoBoard) {
			t.Errorf("after its end: %v, want ErrNoBoard", err)
		}
	})
	t.Run("listens everywhere", func(t *testing.T) {
		dir := t.TempDir()
		_, port, _ := net.SplitHostPort(addr.String())
		write(t, dir, client.AddrFile, "0.0.0.0:"+port)
		write(t, dir, client.TokenFile, webtest.Token)
		if _, err := client.Find(t.Context(), dir); err != nil {
			t.Error(err)
		}
	})
	t.Run("left behind", func(t *testing.T) {
		dir := t.TempDir()
		gone, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		write(t, dir, client.AddrFile, gone.Addr().String())
		_ = gone.Close()
		if _, err := client.Find(t.Context(), dir); !errors.Is(err, client.ErrNoBoard) {
			t.Errorf("%v, want ErrNoBoard", err)
		}
	})
	t.Run("somebody else's port", func(t *testing.T) {
		other := httptest.NewServer(http.NotFoundHandler())
		defer other.Close()
		dir := t.TempDir()
		write(t, dir, client.AddrFile, other.Listener.Addr().String())
		if _, err := client.Find(t.Context(), dir); !errors.Is(err, client.ErrNoBoard) {
			t.Errorf("%v, want ErrNoBoard", err)
		}
	})
	t.Run("no token", func(t *testing.T) {
		dir := t.TempDir()
		write(t, dir, client.AddrFile, addr.String())
		if _, err := client.Find(t.Context(), dir); err == nil || errors.Is(err, client.ErrNoBoard) || !strings.Contains(err.Error(), "token") {
			t.Errorf("%v, want an error about the token", err)
		}
	})
}

// change gives a job another state and tells it, once somebody listens.
func change(b *webtest.Board, id string, f func(*web.Job)) {
	b.Change(func(b *webtest.Board) {
		i := slices.IndexFunc(b.Queue, func(j web.Job) bool { return string(j.ID) == id })
		f(&b.Queue[i])
	})
	b.Events.Publish(web.Event{Type: "job", ID: web.ID(id)})
}

func TestWait(t *testing.T) {
	tests := map[string]struct {
		change func(*web.Job)
		sync   bool
		want   error
		text   string
	}{
		"done":           {change: func(j *web.Job) { j.State, j.Result = web.JobDone, "7 drinks" }},
		"failed":         {change: func(j *web.Job) { j.State, j.Error = web.JobFailed, "no category\nstack" }, want: new(client.FailedError), text: "no category"},
		"cancelled":      {change: func(j *web.Job) { j.State, j.Error = web.JobCancelled, "cancelled by hand" }, want: new(client.FailedError), text: "was cancelled: cancelled by hand"},
		"sync cancelled": {change: func(j *web.Job) { j.State, j.Error = web.JobCancelled, "job 3 failed" }, sync: true, want: new(client.FailedError), text: "was cancelled: job 3 failed"},
		"sync is done":   {change: func(j *web.Job) { j.State = web.JobDone }, sync: true},
		"sync must wait": {change: func(j *web.Job) { j.State, j.Error = web.JobPending, "the machine is away" }, sync: true, want: new(client.WaitingError), text: "the machine is away"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			board := webtest.Sample()
			board.Queue = append(board.Queue, web.Job{ID: "50", State: web.JobStarted, Backend: "kitchen"})
			c, _ := serve(t, board)
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			wait := c.WaitJob
			if test.sync {
				wait = c.WaitSync
			}
			done := make(chan error, 1)
			go func() {
				_, err := wait(ctx, "50")
				done <- err
			}()
			change(board, "50", test.change)
			err := <-done
			if reflect.TypeOf(err) != reflect.TypeOf(test.want) {
				t.Fatalf("%v (%T), want %T", err, err, test.want)
			}
			if err != nil && (!strings.Contains(err.Error(), test.text) || strings.Contains(err.Error(), "stack")) {
				t.Errorf("error %q, want one with %q and without the stack", err, test.text)
			}
		})
	}
}

// WaitSync must tell of a part that waits, though the job itself runs; WaitJob must not.
func TestWaitForParts(t *testing.T) {
	board := webtest.Sample()
	board.Queue = append(board.Queue,
		web.Job{ID: "50", State: web.JobStarted, Backend: "kitchen", Waiting: true, ChildrenOpen: 1},
		web.Job{ID: "51", State: web.JobPending, Backend: "kitchen", Parent: "50", Error: "the machine is away", Attempt: 1},
		web.Job{ID: "52", State: web.JobPending, Backend: "kitchen", Parent: "49", Error: "not ours"})
	c, _ := serve(t, board)
	_, err := c.WaitSync(t.Context(), "50")
	waiting, ok := errors.AsType[*client.WaitingError](err)
	if !ok || waiting.Part.ID != "51" || !strings.Contains(err.Error(), "the machine is away") {
		t.Fatalf("WaitSync = %v, want the part 51", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := c.WaitJob(ctx, "50"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("WaitJob = %v, want it to go on waiting", err)
	}
}

func TestEvents(t *testing.T) {
	board := webtest.Sample()
	site := httptest.NewUnstartedServer(nil)
	c := client.New("http://"+site.Listener.Addr().String(), webtest.Token)
	srv := web.New(web.Config{}, board.Deps())
	site.Config.Handler = srv.Handler()
	site.Start()
	t.Cleanup(site.Close)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	events, err := c.Events(ctx)
	if err != nil {
		t.Fatal(err)
	}
	want := []web.Event{{Type: "job", ID: "17", Backend: "kitchen", State: "done"}, {Type: "cup", ID: "9", Backend: "lobby"}}
	for _, e := range want {
		board.Events.Publish(e)
	}
	var got []web.Event
	for e, err := range events {
		if err != nil {
			if !errors.Is(err, context.Canceled) {
				t.Errorf("the end: %v, want context.Canceled", err)
			}
			break
		}
		if got = append(got, e); len(got) == len(want) {
			cancel()
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("events differ (-want +got):\n%s", diff)
	}
}
