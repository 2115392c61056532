package queue_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
)

// nightly schedules a job of b's kind and gives the hours at which its runs began.
func (b *bench) schedule(t testing.TB, spec string, tz *time.Location) {
	t.Helper()
	err := b.Schedule("nightly", spec, tz, func(tx *store.Tx) (queue.ID, error) {
		return queue.Enqueue(tx, b.Queue.Queue, b.kind, b.Clock.Now().Format(time.DateTime), queue.Options{})
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestScheduleFires(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, nil)
		b.schedule(t, "*/15 * * * *", nil)
		b.Start(t)
		time.Sleep(46 * time.Minute)
		synctest.Wait()
		want := []string{"2026-06-01 12:15:00", "2026-06-01 12:30:00", "2026-06-01 12:45:00"}
		got := b.runs()
		if len(got) != 3 || got[0] != want[0] || got[1] != want[1] || got[2] != want[2] {
			t.Errorf("fired at %q, want %q", got, want)
		}
		err := b.Store.View(func(tx *store.Tx) error {
			list, err := b.Schedules(tx)
			if len(list) != 1 || list[0].Next != noon.Add(time.Hour) || list[0].Last != noon.Add(45*time.Minute) || list[0].Job != 3 {
				t.Errorf("Schedules() = %+v", list)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		b.Unschedule("nightly")
		time.Sleep(time.Hour)
		synctest.Wait()
		if len(b.runs()) != 3 {
			t.Errorf("fired after its end: %q", b.runs())
		}
	})
}

func TestScheduleWaitsForTrust(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, nil)
		b.Clock.SetTrusted(false)
		b.schedule(t, "*/15 * * * *", nil)
		b.Start(t)
		time.Sleep(10 * time.Hour)
		synctest.Wait()
		if got := b.runs(); len(got) != 0 {
			t.Errorf("fired at %q without trust", got)
		}
		b.Clock.SetTrusted(true)
		time.Sleep(15 * time.Minute)
		synctest.Wait()
		if got := b.runs(); len(got) != 1 {
			t.Errorf("fired at %q, want one", got)
		}
	})
}

func TestMissedRunsAreMadeUpForOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, nil)
		b.schedule(t, "0 3 * * *", nil)
		b.drain(t)
		b.Clock.Advance(5 * 24 * time.Hour) // the board was off
		b.drain(t)
		b.drain(t)
		if got := b.runs(); len(got) != 1 || got[0] != "2026-06-06 12:00:00" {
			t.Errorf("fired at %q, want once at noon", got)
		}
		b.Clock.Advance(15 * time.Hour)
		b.drain(t)
		if got := b.runs(); len(got) != 2 || got[1] != "2026-06-07 03:00:00" {
			t.Errorf("fired at %q", got)
		}
	})
}

func TestRestartNeitherLosesNorDoublesAnHour(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, nil)
		b.schedule(t, "0 * * * *", nil)
		b.drain(t)
		b.Clock.Advance(time.Hour)
		b.drain(t)
		again := benchOn(t, powerCut(t, b.Store), b.Clock, nil)
		again.schedule(t, "0 * * * *", nil)
		again.drain(t)
		if got := again.runs(); len(got) != 0 {
			t.Errorf("the hour was doubled: %q", got)
		}
		again.Clock.Advance(time.Hour)
		again.drain(t)
		if got := again.runs(); len(got) != 1 {
			t.Errorf("fired at %q, want once", got)
		}
	})
}

func TestNewSpecFiresNothingAtFirstSight(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, nil)
		b.schedule(t, "0 3 * * *", nil)
		b.drain(t)
		b.Clock.Advance(48 * time.Hour)
		again := benchOn(t, powerCut(t, b.Store), b.Clock, nil)
		again.schedule(t, "30 3 * * *", nil)
		again.drain(t)
		if got := again.runs(); len(got) != 0 {
			t.Errorf("fired at %q", got)
		}
	})
}

func TestJumpsMakeNoBurst(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, nil)
		b.schedule(t, "*/15 * * * *", nil)
		b.Start(t)
		synctest.Wait()
		b.Clock.Jump(4 * 365 * 24 * time.Hour) // someone set the clock to 2030
		synctest.Wait()
		if got := b.runs(); len(got) != 1 {
			t.Fatalf("fired at %q after a jump ahead, want once", got)
		}
		b.Clock.Jump(-4 * 365 * 24 * time.Hour) // and back
		synctest.Wait()
		if got := b.runs(); len(got) != 1 {
			t.Errorf("fired at %q after a jump back", got)
		}
		time.Sleep(31 * time.Minute)
		synctest.Wait()
		if got := b.runs(); len(got) != 3 {
			t.Errorf("fired at %q, want it to go on every quarter of an hour", got)
		}
	})
}

func TestSmallCorrectionDoublesNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, nil)
		b.schedule(t, "*/15 * * * *", nil)
		b.Start(t)
		time.Sleep(15 * time.Minute)
		synctest.Wait()
		b.Clock.Jump(-3 * time.Second)
		time.Sleep(10 * time.Second)
		synctest.Wait()
		if got := b.runs(); len(got) != 1 {
			t.Errorf("fired at %q, want once", got)
		}
		time.Sleep(15 * time.Minute)
		synctest.Wait()
		if got := b.runs(); len(got) != 2 || got[1] != "2026-06-01 12:30:00" {
			t.Errorf("fired at %q", got)
		}
	})
}

func TestScheduleDoesNotOverlap(t *testing.T) {
	bubble(t, func(t *testing.T) {
		release := make(chan struct{})
		b := newBench(t, func(ctx context.Context, j *queue.Job[string]) (queue.Done, error) {
			<-release
			return nil, nil
		})
		b.schedule(t, "*/15 * * * *", nil)
		b.Start(t)
		time.Sleep(50 * time.Minute)
		synctest.Wait()
		if got := b.runs(); len(got) != 1 {
			t.Errorf("fired at %q while the first goes on", got)
		}
		close(release)
		synctest.Wait()
		if got := b.runs(); len(got) != 1 {
			t.Errorf("fired at %q at the end of the first, off its hour", got)
		}
		time.Sleep(15 * time.Minute)
		synctest.Wait()
		if got := b.runs(); len(got) != 2 {
			t.Errorf("fired at %q", got)
		}
	})
}

func TestScheduleThatCannotEnqueueTriesAgain(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, nil)
		calls := 0
		err := b.Schedule("shaky", "0 * * * *", nil, func(tx *store.Tx) (queue.ID, error) {
			if calls++; calls < 3 {
				return 0, errors.New("not now")
			}
			return queue.Enqueue(tx, b.Queue.Queue, b.kind, "x", queue.Options{})
		})
		if err != nil {
			t.Fatal(err)
		}
		b.Start(t)
		time.Sleep(63 * time.Minute)
		synctest.Wait()
		if calls != 3 || len(b.runs()) != 1 {
			t.Errorf("%d calls, %d runs; want 3 and 1", calls, len(b.runs()))
		}
	})
}

func TestScheduleInItsZoneOverDaylightSaving(t *testing.T) {
	zurich, err := time.LoadLocation("Europe/Zurich")
	if err != nil {
		t.Skip("no time zones on this machine:", err)
	}
	bubble(t, func(t *testing.T) {
		for _, c := range []struct {
			day  time.Time
			want string
		}{
			{time.Date(2026, 3, 29, 0, 0, 0, 0, zurich), "2026-03-29 01:00:00"},  // 02:30 is skipped: 03:00 CEST
			{time.Date(2026, 10, 25, 0, 0, 0, 0, zurich), "2026-10-25 00:30:00"}, // 02:30 comes twice: CEST
		} {
			b := newBench(t, nil)
			b.Clock.Jump(c.day.Sub(b.Clock.Now()))
			b.schedule(t, "30 2 * * *", zurich)
			stop := b.Start(t)
			time.Sleep(20 * time.Hour)
			synctest.Wait()
			stop()
			if got := b.runs(); len(got) != 1 || got[0] != c.want {
				t.Errorf("fired at %q, want %q", got, c.want)
			}
		}
	})
}

func TestScheduleOfAStoppedRunnerIsQuiet(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, nil, func(c *queue.Config) { c.Runner = ptr(false) })
		b.schedule(t, "* * * * *", nil)
		b.Start(t)
		time.Sleep(time.Hour)
		synctest.Wait()
		if got := b.Jobs(t, queue.Filter{}); len(got) != 0 {
			t.Errorf("jobs %v", got)
		}
	})
}

func TestBadScheduleIsRefused(t *testing.T) {
	b := newBench(t, nil)
	none := func(*store.Tx) (queue.ID, error) { return 0, nil }
	for _, err := range []error{
		b.Schedule("", "@daily", nil, none), b.Schedule("x", "@daily", nil, nil), b.Schedule("x", "@every 1h", nil, none),
		b.Schedule("x", "@daily", nil, none, queue.ScheduleOptions{Missed: 7}),
	} {
		if err == nil {
			t.Error("a bad schedule was taken")
		}
	}
}

func TestIdleBoardWritesNothing(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, nil)
		b.schedule(t, "0 3 * * *", nil)
		b.add(t, "later", queue.Options{Delay: 100 * time.Hour})
		b.Start(t)
		synctest.Wait()
		before := b.Store.Stats().Commits
		time.Sleep(12 * time.Hour)
		synctest.Wait()
		if got := b.Store.Stats().Commits - before; got != 0 {
			t.Errorf("%d commits in twelve idle hours", got)
		}
		queuetest.Check(t, b.Store)
	})
}

// TestScheduleSpread fires late by what the board and the name say, at the same time after a restart.
func TestScheduleSpread(t *testing.T) {
	bubble(t, func(t *testing.T) {
		named := func(c *queue.Config) { c.Board = "00000000a1b2c3d4" }
		b := newBench(t, nil, named)
		var late []time.Duration
		for range 2 {
			if err := b.Schedule("nightly", "*/15 * * * *", nil, func(*store.Tx) (queue.ID, error) {
				late = append(late, b.Clock.Now().Sub(b.Clock.Now().Truncate(15*time.Minute)))
				return 0, nil
			}, queue.ScheduleOptions{Spread: true}); err != nil {
				t.Fatal(err)
			}
			stop := b.Start(t)
			time.Sleep(32 * time.Minute)
			stop()
			b = benchOn(t, b.Store, b.Clock, nil, named)
		}
		if len(late) != 5 || // from 12:00, whose own hour is yet to come, to 13:00
			late[0] < time.Second || late[0] > 5*time.Minute || slices.Max(late)-slices.Min(late) > time.Second {
			t.Errorf("fired this late: %v", late)
		}
	})
}
