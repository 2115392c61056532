package queue_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
)

// logOf gives the lines of a job as "run level text".
func logOf(t *testing.T, b *bench, id queue.ID) (lines []string) {
	t.Helper()
	err := b.Store.View(func(tx *store.Tx) error {
		all, err := b.Log(tx, id)
		for _, l := range all {
			lines = append(lines, fmt.Sprint(l.Run, " ", l.Level, " ", l.Text))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines
}

type sealed string

func (sealed) LogValue() slog.Value { return slog.StringValue("(sealed)") }

func TestLogIsKeptWithTheJob(t *testing.T) {
	var program bytes.Buffer
	b := newBench(t, func(_ context.Context, j *queue.Job[string]) (queue.Done, error) {
		if j.Args == "quiet" {
			return nil, nil
		}
		j.Log().Debug("not kept")
		j.Log().Info(`he said "hello"`, "from", 7, "key", sealed("secret"))
		j.Log().With("slot", "3").WithGroup("cup").Warn("cold", "degrees", 61, "note", "two\nlines")
		if j.Attempt == 1 {
			return nil, queue.RetryLater(errors.New("once more"), time.Nanosecond)
		}
		j.Log().Error("")
		return nil, nil
	}, func(c *queue.Config) { c.Logger = slog.New(slog.NewTextHandler(&program, nil)) })
	id, quiet := b.add(t, "x", queue.Options{}), b.add(t, "quiet", queue.Options{})
	b.drain(t)
	b.Clock.Advance(time.Second)
	b.drain(t)
	b.want(t, id, queue.StateDone)
	want := []string{
		`1 INFO he said "hello" from=7 key=(sealed)`, `1 WARN cold slot=3 cup.degrees=61 cup.note="two\nlines"`,
		`2 INFO he said "hello" from=7 key=(sealed)`, `2 WARN cold slot=3 cup.degrees=61 cup.note="two\nlines"`, `2 ERROR `,
	}
	if got := logOf(t, b, id); !slices.Equal(got, want) {
		t.Errorf("Log() = %q\nwant %q", got, want)
	}
	if got := logOf(t, b, quiet); len(got) != 0 {
		t.Errorf("Log() of the quiet job = %q, want none", got)
	}
	if s := program.String(); !strings.Contains(s, "job=1 kind=test from=7 key=(sealed)") || strings.Contains(s, "secret") {
		t.Errorf("the program's log is %s", s)
	}
	err := b.Store.View(func(tx *store.Tx) error {
		_, err := b.Log(tx, 99)
		return err
	})
	if !errors.Is(err, queue.ErrNotFound) {
		t.Errorf("Log(99) = %v, want ErrNotFound", err)
	}
}

func TestLogIsBounded(t *testing.T) {
	b := newBench(t, func(ctx context.Context, j *queue.Job[string]) (queue.Done, error) {
		for i := range 250 {
			if j.Args == "long" {
				j.Log().Info(strings.Repeat("é", 700), "i", i)
			} else {
				j.Log().Info("line", "i", i)
			}
			if i == 70 || i == 75 || i == 190 { // 75 less than a full buffer after 70, 190 more
				if err := j.Step(ctx, func(*store.Tx) error { return nil }); err != nil {
					return nil, err
				}
			}
		}
		j.Log().Info(strings.Repeat("x", 1<<20))
		return nil, nil
	})
	many, long := b.add(t, "many", queue.Options{}), b.add(t, "long", queue.Options{})
	b.drain(t)
	got := logOf(t, b, many)
	if len(got) != 101 || got[0] != "1 INFO 151 earlier lines were not kept" || got[1] != "1 INFO line i=151" || got[99] != "1 INFO line i=249" ||
		len(got[100]) > 3000 {
		t.Errorf("%d lines: %q, %q … %q", len(got), got[0], got[1], got[99])
	}
	got = logOf(t, b, long)
	if n := len(strings.Join(got, "")); n > 17<<10 || n < 14<<10 {
		t.Errorf("%d bytes are kept of the long lines, want about 16 KiB", n)
	}
	if want := fmt.Sprintf("1 INFO %d earlier lines were not kept", 251-(len(got)-1)); got[0] != want {
		t.Errorf("first line = %q, want %q", got[0], want)
	}
}

// TestLogSurvivesWhatTheJobSurvives: after a crash the lines up to the last Step are there, and those of the next run come after them.
func TestLogSurvivesWhatTheJobSurvives(t *testing.T) {
	bubble(t, func(t *testing.T) {
		g := newGate()
		h := func(ctx context.Context, j *queue.Job[string]) (queue.Done, error) {
			j.Log().Info("before the step")
			if err := j.Step(ctx, func(*store.Tx) error { return nil }); err != nil {
				return nil, err
			}
			j.Log().Info("after the step")
			return nil, g.pass(ctx, j.Args)
		}
		b := newBench(t, h)
		b.Start(t)
		id := b.add(t, "x", queue.Options{})
		<-g.entered
		cut := powerCut(t, b.Store)
		again := benchOn(t, cut, b.Clock, h)
		again.Start(t)
		<-g.entered
		if got, want := logOf(t, again, id), []string{"1 INFO before the step", "2 INFO before the step"}; !slices.Equal(got, want) {
			t.Errorf("after the crash: %q, want %q", got, want)
		}
		// One that is ended by hand keeps what its handler said until it returned.
		if err := again.Cancel(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := logOf(t, again, id); len(got) != 3 || got[2] != "2 INFO after the step" {
			t.Errorf("after the cancel: %q", got)
		}
	})
}

func TestLogGoesWithItsJob(t *testing.T) {
	b := newBench(t, func(_ context.Context, j *queue.Job[string]) (queue.Done, error) {
		for range 90 {
			j.Log().Info(strings.Repeat("x", 100))
		}
		return nil, nil
	}, func(c *queue.Config) { c.Keep = queue.Retention{Bytes: 100 << 10} })
	for range 50 {
		b.add(t, "x", queue.Options{})
	}
	b.drain(t)
	jobs, bytes := b.Kept()
	if jobs > 8 || jobs < 5 || bytes < 80<<10 {
		t.Errorf("Kept() = %d jobs, %d bytes; want about 7 of 15 KiB", jobs, bytes)
	}
	queuetest.Check(t, b.Store)
}

// TestStepsThatMeet has one handler step from many goroutines: each line is kept once.
func TestStepsThatMeet(t *testing.T) {
	b := newBench(t, func(ctx context.Context, j *queue.Job[string]) (queue.Done, error) {
		errs := make(chan error)
		for i := range 8 {
			go func() {
				for n := range 5 {
					j.Log().Info("line", "of", fmt.Sprint(i, ".", n))
					if err := j.Step(ctx, func(*store.Tx) error { return nil }); err != nil {
						errs <- err
						return
					}
				}
				errs <- nil
			}()
		}
		var err error
		for range 8 {
			err = errors.Join(err, <-errs)
		}
		return nil, err
	})
	id := b.add(t, "x", queue.Options{})
	b.drain(t)
	b.want(t, id, queue.StateDone)
	got := logOf(t, b, id)
	slices.Sort(got)
	if n := len(got); n != 40 || len(slices.Compact(got)) != 40 {
		t.Errorf("%d lines, %q; want 40, each once", n, got)
	}
}
