package queue_test

import (
	"context"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"crema/queue"
	"crema/queue/queuetest"
	"crema/store/storetest"
)

// A handler that ignores its context is reported once, ten seconds after its time was over or a person ended its job; its place is taken
// until it returns.
func TestStuckHandlerIsReportedAndKeepsItsPlace(t *testing.T) {
	for name, end := range map[string]func(*testing.T, *bench, queue.ID){
		"time is over": func(*testing.T, *bench, queue.ID) { time.Sleep(60 * time.Second) },
		"cancelled": func(t *testing.T, b *bench, id queue.ID) {
			if err := b.Cancel(t.Context(), id); err != nil {
				t.Fatal(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				release := make(chan struct{})
				var mu sync.Mutex
				var told []queue.Info
				b := newBench(t, func(_ context.Context, j *queue.Job[string]) (queue.Done, error) {
					if j.Args == "stuck" && j.Attempt == 1 {
						<-release
					}
					return nil, nil
				}, func(c *queue.Config) {
					c.Channels, c.Timeouts = "root:4,a:1", "root:60"
					c.OnStuck = func(i queue.Info, since time.Duration) {
						mu.Lock()
						defer mu.Unlock()
						told = append(told, i)
						if since < 10*time.Second || since > 11*time.Second {
							t.Errorf("reported after %v", since)
						}
						panic("the hook's own fault")
					}
				})
				b.Start(t)
				id := b.add(t, "stuck", queue.Options{Channel: "a"})
				behind := b.add(t, "behind", queue.Options{Channel: "a"})
				synctest.Wait()
				end(t, b, id)
				time.Sleep(9 * time.Second)
				synctest.Wait()
				if len(told) != 0 || len(b.Stuck()) != 0 || b.Info(t, id).Stuck {
					t.Errorf("reported too early: %v", told)
				}
				time.Sleep(time.Hour)
				synctest.Wait()
				mu.Lock()
				if len(told) != 1 || told[0].ID != id || !told[0].Stuck {
					t.Errorf("told %+v, want job %v once", told, id)
				}
				mu.Unlock()
				if s := b.Stuck(); len(s) != 1 || s[0] != id || !b.Info(t, id).Stuck || b.Info(t, behind).Stuck {
					t.Errorf("Stuck() = %v", s)
				}
				b.want(t, behind, queue.StatePending) // the place is taken still
				if i := b.channels(t)[1]; i.Running != 1 {
					t.Errorf("Channels() = %+v", i)
				}
				close(release)
				synctest.Wait()
				b.want(t, behind, queue.StateDone)
				if len(b.Stuck()) != 0 || b.Info(t, id).Stuck {
					t.Error("it is stuck still")
				}
			})
		})
	}
}

// A handler that obeys, however slowly within ten seconds, is not reported.
func TestSlowHandlerIsNotStuck(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, func(ctx context.Context, _ *queue.Job[string]) (queue.Done, error) {
			<-ctx.Done()
			time.Sleep(9 * time.Second) // leaves the hardware safe
			return nil, ctx.Err()
		}, func(c *queue.Config) {
			c.OnStuck = func(i queue.Info, _ time.Duration) { t.Errorf("job %v was reported", i.ID) }
		})
		b.Start(t)
		id := b.add(t, "x", queue.Options{})
		synctest.Wait()
		if err := b.Cancel(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		b.want(t, id, queue.StateCancelled)
	})
}

func TestChannelsTimeReal(t *testing.T) {
	bubble(t, func(t *testing.T) {
		b := newBench(t, func(ctx context.Context, _ *queue.Job[string]) (queue.Done, error) {
			<-ctx.Done()
			return nil, context.Cause(ctx)
		}, func(c *queue.Config) { c.Channels, c.Timeouts = "root:9", "root:3600, report:1800, report.big.er:60" })
		b.Start(t)
		for _, c := range []struct {
			channel string
			own     time.Duration
			want    time.Duration
		}{
			{"root", 0, 3600 * time.Second},
			{"other", 0, 3600 * time.Second},      // the parent's
			{"report.big", 0, 1800 * time.Second}, // the nearest above
			{"report.big.er", 0, 60 * time.Second},
			{"report.big.er.x", 0, 60 * time.Second},
			{"report", 5 * time.Second, 5 * time.Second},
			{"report.big.er", time.Hour, 60 * time.Second}, // no job's own time goes beyond its channel's
		} {
			id := b.add(t, "x", queue.Options{Channel: c.channel, Timeout: c.own, MaxRetries: ptr(1)})
			synctest.Wait()
			time.Sleep(c.want - time.Second)
			synctest.Wait()
			b.want(t, id, queue.StateStarted)
			time.Sleep(time.Second)
			synctest.Wait()
			b.want(t, id, queue.StateFailed)
		}
	})
}

// A parked job that is to be tried alone waits for the others to end, but not for a handler that never does: nothing would ever start again.
func TestParkedJobDoesNotWaitForAStuckHandler(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := &wrecker{t: t, s: storetest.Open(t), clock: queuetest.NewClock(noon)}
		parked := benchOn(t, w.s, w.clock, nil).add(t, "x", queue.Options{})
		for range 5 {
			w.cut("x")
		}
		release := make(chan struct{})
		b := benchOn(t, w.s, w.clock, func(_ context.Context, j *queue.Job[string]) (queue.Done, error) {
			if j.Args == "stubborn" {
				<-release
			}
			return nil, nil
		}, channels("root:3"))
		stop := b.Start(t)
		stubborn := b.add(t, "stubborn", queue.Options{})
		synctest.Wait()
		w.clock.Advance(time.Minute) // the parking is over: it waits for the other
		synctest.Wait()
		late := b.add(t, "late", queue.Options{})
		synctest.Wait()
		b.want(t, parked, queue.StateEnqueued)
		b.want(t, late, queue.StatePending)
		if err := b.Cancel(t.Context(), stubborn); err != nil {
			t.Fatal(err)
		}
		time.Sleep(11 * time.Second) // false time
		synctest.Wait()
		b.want(t, parked, queue.StateDone)
		b.want(t, late, queue.StateDone)
		close(release)
		synctest.Wait()
		stop()
		queuetest.Check(t, b.Store)
	})
}
