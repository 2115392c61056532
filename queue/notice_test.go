package queue_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
	"crema/store/storetest"
)

func notices(t *testing.T, q *queuetest.Queue) (list []queue.Notice) {
	t.Helper()
	err := q.Store.View(func(tx *store.Tx) (err error) {
		list, err = q.Notices(tx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return list
}

// failing fails for good with its arguments as the error; "ok" doesn't.
func failing(_ context.Context, j *queue.Job[string]) (queue.Done, error) {
	switch j.Args {
	case "ok":
		return nil, nil
	case "cancel":
		return nil, queue.Cancel(errors.New("nothing to do"))
	}
	return nil, queue.Permanent(errors.New(j.Args))
}

// TestFailureNotification is one notice for each class of errors, told once to those who want to hear of it.
func TestFailureNotification(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, failing)
		quiet := queue.Kind[string]{Name: "quiet", Quiet: true}
		queue.Register(b.Queue.Queue, quiet, failing)
		var told []queue.Notice
		mail := queue.Kind[string]{Name: "mail"}
		var mailed []string
		queue.Register(b.Queue.Queue, mail, func(_ context.Context, j *queue.Job[string]) (queue.Done, error) {
			mailed = append(mailed, j.Args)
			return nil, nil
		})
		stopMail := b.OnNotice(queue.NoticeFilter{Backends: []string{"kitchen"}, Reasons: []queue.NoticeReason{queue.NoticeFailed}},
			func(tx *store.Tx, n queue.Notice) error {
				_, err := queue.Enqueue(tx, b.Queue.Queue, mail, n.Error, queue.Options{Related: n.Job.String()})
				return err
			})
		b.OnNotice(queue.NoticeFilter{Kinds: []string{"quiet"}}, func(*store.Tx, queue.Notice) error {
			t.Error("told of a quiet kind")
			return nil
		})
		b.OnNotice(queue.NoticeFilter{}, func(*store.Tx, queue.Notice) error { panic("a hook that is broken") })
		b.OnNotice(queue.NoticeFilter{}, func(*store.Tx, queue.Notice) error { return errors.New("another") })
		changes, stopWatch := b.WatchNotices()
		defer stopWatch()
		b.Start(t)
		queuetest.Enqueue(t, b.Queue, quiet, "no", queue.Options{})
		b.add(t, "ok", queue.Options{})
		b.add(t, "cancel", queue.Options{})
		synctest.Wait()
		if got := notices(t, b.Queue); len(got) != 0 {
			t.Fatalf("Notices() = %+v, want none", got)
		}
		first := b.Clock.Now()
		var last queue.ID
		for n := range 5 {
			last = b.add(t, fmt.Sprintf("cup %d is refused", n), queue.Options{Backend: "kitchen", Related: fmt.Sprint("cup ", n)})
			time.Sleep(time.Minute)
		}
		other := b.add(t, "cup 9 is refused", queue.Options{Backend: "office"})
		another := b.add(t, "Odoo is angry", queue.Options{Backend: "kitchen"})
		synctest.Wait()
		want := []queue.Notice{
			{ID: 1, Reason: "failed", Kind: "test", Class: "cup # is refused", Backend: "kitchen", Channel: "root", Count: 5,
				First: first, Last: first.Add(4 * time.Minute), Job: last, Error: "cup 4 is refused", Related: "cup 4"},
			{ID: 2, Reason: "failed", Kind: "test", Class: "cup # is refused", Backend: "office", Channel: "root", Count: 1,
				First: first.Add(5 * time.Minute), Last: first.Add(5 * time.Minute), Job: other, Error: "cup 9 is refused"},
			{ID: 3, Reason: "failed", Kind: "test", Class: "Odoo is angry", Backend: "kitchen", Channel: "root", Count: 1,
				First: first.Add(5 * time.Minute), Last: first.Add(5 * time.Minute), Job: another, Error: "Odoo is angry"},
		}
		got := notices(t, b.Queue)
		if !slices.Equal(got, want) {
			t.Errorf("Notices() = %+v\nwant %+v", got, want)
		}
		if want := []string{"cup 0 is refused", "Odoo is angry"}; !slices.Equal(mailed, want) {
			t.Errorf("mails of %q, want %q", mailed, want)
		}
		queuetest.AssertEnqueued(t, b.Queue, mail, "Odoo is angry", queuetest.Related(another.String()), queuetest.InState(queue.StateDone))
		queuetest.AssertNotEnqueued(t, b.Queue, mail, "cup 9 is refused")
		for len(changes) > 0 {
			told = append(told, <-changes)
		}
		if len(told) != 7 || told[4] != want[0] {
			t.Errorf("the watcher saw %d: %+v", len(told), told)
		}

		// Dismissed, it is gone until it comes again; then it is told anew.
		if err := b.DismissNotice(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		if err := b.DismissNotice(t.Context(), 1); !errors.Is(err, queue.ErrNoNotice) {
			t.Errorf("DismissNotice() twice = %v, want ErrNoNotice", err)
		}
		if got := notices(t, b.Queue); len(got) != 2 || got[0].ID != 2 {
			t.Errorf("Notices() = %+v, want 2 and 3", got)
		}
		b.add(t, "cup 10 is refused", queue.Options{Backend: "kitchen"})
		synctest.Wait()
		if got := notices(t, b.Queue); len(got) != 3 || got[0].ID != 1 || got[0].Count != 1 || !got[0].First.Equal(got[0].Last) || len(mailed) != 3 {
			t.Errorf("after the next: %+v, mails %q", got, mailed)
		}
		stopMail()

		// What nobody repeats for a month goes.
		time.Sleep(20 * 24 * time.Hour)
		b.add(t, "Odoo is angry", queue.Options{Backend: "kitchen"})
		time.Sleep(20 * 24 * time.Hour)
		synctest.Wait()
		if got := notices(t, b.Queue); len(got) != 1 || got[0].ID != 3 || got[0].Count != 2 {
			t.Errorf("after 40 days: %+v, want the one that was repeated", got)
		}
		if len(mailed) != 3 {
			t.Errorf("mails after the subscription's end: %q", mailed)
		}
	})
}

func TestRetriesAndDirectFailuresAreOfOneClass(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, func(_ context.Context, j *queue.Job[string]) (queue.Done, error) {
			if j.Args == "permanent" {
				return nil, queue.Permanent(errors.New("refused: 17"))
			}
			return nil, errors.New("refused: 18")
		})
		b.Start(t)
		b.add(t, "permanent", queue.Options{})
		retried := b.add(t, "retried", queue.Options{MaxRetries: ptr(3)})
		synctest.Wait()
		if i := b.want(t, retried, queue.StatePending); i.Class != "refused: #" {
			t.Errorf("class = %q", i.Class)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		b.want(t, retried, queue.StateFailed)
		if got := notices(t, b.Queue); len(got) != 1 || got[0].Count != 2 || got[0].Job != retried {
			t.Errorf("Notices() = %+v, want one of two jobs", got)
		}
	})
}

func TestParentThatFailsForItsChildMakesNoNotice(t *testing.T) {
	var b *bench
	b = newBench(t, func(ctx context.Context, j *queue.Job[string]) (queue.Done, error) {
		if j.Args != "parent" {
			return failing(ctx, j)
		}
		return func(tx *store.Tx) error {
			_, err := queue.Enqueue(tx, b.Queue.Queue, b.kind, "child 7", queue.Options{Parent: j.ID})
			return err
		}, nil
	})
	parent := b.add(t, "parent", queue.Options{})
	b.drain(t)
	b.want(t, parent, queue.StateFailed)
	if got := notices(t, b.Queue); len(got) != 1 || got[0].Error != "child 7" || got[0].Job == parent {
		t.Errorf("Notices() = %+v, want the child's", got)
	}
}

func TestNoticesOfWhatIsHeldParkedOrLate(t *testing.T) {
	bubble(t, func(t *testing.T) {
		s, clock := storetest.Open(t), queuetest.NewClock(noon)
		h := func(ctx context.Context, j *queue.Job[string]) (queue.Done, error) {
			<-ctx.Done()
			return nil, context.Cause(ctx)
		}
		b := benchOn(t, s, clock, h, func(c *queue.Config) { c.Timeouts = "root:60" })
		unknown := queuetest.Enqueue(t, b.Queue, queue.Kind[string]{Name: "from the future"}, "", queue.Options{})
		newer := queuetest.Enqueue(t, b.Queue, queue.Kind[string]{Name: "test", Version: 3}, "", queue.Options{})
		late := b.add(t, "late", queue.Options{})
		stop := b.Start(t)
		time.Sleep(61 * time.Second)
		synctest.Wait()
		got := notices(t, b.Queue)
		if len(got) != 3 || got[0].Job != unknown || got[0].Class != "unknown kind" || got[0].Reason != queue.NoticeHeld ||
			got[1].Job != newer || got[1].Reason != queue.NoticeHeld || !strings.Contains(got[1].Class, "arguments of version #") ||
			got[2].Job != late || got[2].Reason != queue.NoticeTimedOut {
			t.Fatalf("Notices() = %+v", got)
		}
		stop()
		for range 5 {
			b = benchOn(t, s, clock, h)
			stop := b.Start(t)
			clock.Advance(20 * time.Minute)
			synctest.Wait()
			s = powerCut(t, s)
			stop()
		}
		b = benchOn(t, s, clock, h)
		b.Start(t)
		synctest.Wait()
		got = notices(t, b.Queue)
		if len(got) != 4 || got[3].Reason != queue.NoticeParked || got[3].Job != late || got[3].Count != 1 {
			t.Errorf("after five power cuts: %+v", got)
		}
	})
}

func TestNoticesAreBounded(t *testing.T) {
	b := newBench(t, failing, channels("root:1"))
	letters := func(n int) string {
		return string([]byte{'a' + byte(n/26/26%26), 'a' + byte(n/26%26), 'a' + byte(n%26)})
	}
	for n := range 1050 {
		b.add(t, letters(n), queue.Options{})
		b.Clock.Advance(time.Second)
	}
	b.drain(t)
	got := notices(t, b.Queue)
	if n := len(got); n > 1000 || n < 950 || got[0].Class != letters(1050-n) || got[n-1].Class != letters(1049) {
		t.Errorf("%d notices, of %q to %q; want the last 1,000 or a few less", n, got[0].Class, got[n-1].Class)
	}
}

func TestJSONOfANotice(t *testing.T) {
	raw, err := json.Marshal(queue.Notice{ID: 7, Job: 1 << 60, Reason: queue.NoticeFailed})
	if err != nil || !strings.Contains(string(raw), `"id":"7"`) || !strings.Contains(string(raw), `"job":"1152921504606846976"`) {
		t.Errorf("Marshal() = %s, %v", raw, err)
	}
	var back queue.Notice
	if err := json.Unmarshal(raw, &back); err != nil || back.ID != 7 || back.Job != 1<<60 {
		t.Errorf("Unmarshal() = %+v, %v", back, err)
	}
}

func TestNoticeOfAHandlerThatDoesNotReturn(t *testing.T) {
	bubble(t, func(t *testing.T) {
		leave := make(chan struct{})
		b := newBench(t, func(context.Context, *queue.Job[string]) (queue.Done, error) {
			<-leave // whatever its context says
			return nil, nil
		}, func(c *queue.Config) { c.Timeouts = "root:60" })
		b.Start(t)
		id := b.add(t, "x", queue.Options{Backend: "kitchen"})
		time.Sleep(69 * time.Second)
		synctest.Wait()
		if got := notices(t, b.Queue); len(got) != 0 {
			t.Errorf("Notices() = %+v before ten seconds are over", got)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		got := notices(t, b.Queue)
		if len(got) != 1 || got[0].Reason != queue.NoticeStuck || got[0].Job != id || got[0].Count != 1 || got[0].Backend != "kitchen" ||
			!strings.Contains(got[0].Error, "10s after its context ended") {
			t.Errorf("Notices() = %+v, want one of the handler", got)
		}
		close(leave)
	})
}
