package queue_test

import (
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"crema/queue"
	"crema/store"
)

func (b *bench) scheduleSkipping(t testing.TB, spec string) {
	t.Helper()
	err := b.Schedule("skipping", spec, nil, func(tx *store.Tx) (queue.ID, error) {
		return queue.Enqueue(tx, b.Queue.Queue, b.kind, b.Clock.Now().Format(time.DateTime), queue.Options{})
	}, queue.ScheduleOptions{Missed: queue.Skip})
	if err != nil {
		t.Fatal(err)
	}
}

func (b *bench) firedAt(t testing.TB, want ...string) {
	t.Helper()
	if got := b.runs(); !slices.Equal(got, want) {
		t.Errorf("fired at %q, want %q", got, want)
	}
}

// What was missed is left out, the next hour is kept.
func TestMissedRunsAreSkipped(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, nil)
		b.scheduleSkipping(t, "0 3 * * *")
		b.drain(t)
		b.Clock.Advance(5 * 24 * time.Hour) // the board was off
		b.drain(t)
		b.drain(t)
		b.firedAt(t)
		b.Clock.Advance(15 * time.Hour)
		b.drain(t)
		b.firedAt(t, "2026-06-07 03:00:00")
	})
}

// An hour that has just come counts, though others before it were missed.
func TestMissedRunsAreSkippedButForTheFreshOne(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, nil)
		b.scheduleSkipping(t, "*/15 * * * *")
		b.drain(t)
		b.Clock.Advance(60*time.Minute + 20*time.Second)
		b.drain(t)
		b.firedAt(t, "2026-06-01 13:00:20")
		b.drain(t)
		b.Clock.Advance(16 * time.Minute)
		b.drain(t)
		b.firedAt(t, "2026-06-01 13:00:20")
		b.Start(t)
		time.Sleep(30 * time.Minute)
		synctest.Wait()
		b.firedAt(t, "2026-06-01 13:00:20", "2026-06-01 13:30:00", "2026-06-01 13:45:00")
	})
}

// A jump ahead is as a time in which the board was off; hours without trust are missed too.
func TestSkippingScheduleInJumpsAndWithoutTrust(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, nil)
		b.scheduleSkipping(t, "0 * * * *")
		b.Start(t)
		synctest.Wait()
		b.Clock.Jump(4*365*24*time.Hour + 30*time.Minute)
		synctest.Wait()
		b.firedAt(t)
		b.Clock.SetTrusted(false)
		time.Sleep(45 * time.Minute)
		b.Clock.SetTrusted(true)
		synctest.Wait()
		b.firedAt(t)
		time.Sleep(time.Hour)
		synctest.Wait()
		b.firedAt(t, "2030-05-31 14:00:00")
	})
}

// An enqueue that failed at its hour is tried again, and not taken for missed.
func TestSkippingScheduleThatCannotEnqueueTriesAgain(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, nil)
		calls := 0
		if err := b.Schedule("shaky", "0 * * * *", nil, func(tx *store.Tx) (queue.ID, error) {
			if calls++; calls < 4 {
				return 0, errors.New("not now")
			}
			return queue.Enqueue(tx, b.Queue.Queue, b.kind, "x", queue.Options{})
		}, queue.ScheduleOptions{Missed: queue.Skip}); err != nil {
			t.Fatal(err)
		}
		b.Start(t)
		time.Sleep(70 * time.Minute)
		synctest.Wait()
		if calls != 4 || len(b.runs()) != 1 {
			t.Errorf("%d calls, %d runs; want 4 and 1", calls, len(b.runs()))
		}
	})
}
