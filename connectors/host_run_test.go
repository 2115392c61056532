package connectors_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"crema/connectors"
	"crema/store"
)

// A backend made, changed, switched or deleted while all goes on is followed at once,
// and nothing else is touched.
func TestHostFollowsTheRecords(t *testing.T) {
	in(t, func(t *testing.T) {
		h := newHosted(t, nil)
		h.put(probeAt("a"))
		stop := h.run()
		h.want("begin a 2s")
		h.put(probeAt("b"))
		h.want("begin b 2s")

		// A new state alone restarts nothing, nor does a new schedule.
		h.setState("a", connectors.Checked, connectors.Production, connectors.Draft)
		a := probeAt("a")
		a.Schedule = map[string]string{"poll": ""}
		h.put(a)
		h.want()

		a.Settings["poll"] = "3s"
		h.put(a)
		h.want("end a", "begin a 3s")
		a.Location = "cellar"
		h.put(a)
		h.want("end a", "begin a 3s")

		// With another secret it logs in anew, and is to be tested.
		h.setState("a", connectors.Checked)
		h.change(func(tx *store.Tx, l connectors.Backends) error {
			return l.Seal(tx, "a", map[string]string{"password": "new"})
		})
		h.want("end a", "begin a 3s")
		if at := state(t, h.store, "a"); at != connectors.Draft {
			t.Errorf("with another secret it is %s", at)
		}
		h.put(a)
		h.want()

		// What is off stays off, whatever it is told.
		h.setState("a", connectors.Off)
		h.want("end a")
		a.Settings["poll"] = "4s"
		h.put(a)
		h.change(func(tx *store.Tx, l connectors.Backends) error {
			return l.Seal(tx, "a", map[string]string{"password": ""})
		})
		h.want()
		h.setState("a", connectors.Draft)
		h.want("begin a 4s")

		h.setState("b", connectors.Off)
		h.want("end b")
		h.change(func(tx *store.Tx, l connectors.Backends) error { return l.Delete(tx, "b") })
		h.put(probeAt("b"))
		h.want("begin b 2s")
		stop()
		synctest.Wait()
		h.mu.Lock()
		defer h.mu.Unlock()
		if slices.Sort(h.events); !slices.Equal(h.events, []string{"end a\n", "end b\n"}) {
			t.Errorf("at the end: %q", h.events)
		}
	})
}

// What is not committed is not followed.
func TestHostFollowsCommitsOnly(t *testing.T) {
	in(t, func(t *testing.T) {
		h := newHosted(t, nil)
		h.run()
		no := errors.New("no")
		if err := h.store.Update(t.Context(), func(tx *store.Tx) error { return errors.Join(h.host.Backends().Put(tx, probeAt("a")), no) }); !errors.Is(err, no) {
			t.Fatal(err)
		}
		h.want()
	})
}

// The line of a backend is given back before it is opened anew.
func TestChangedBackendWaitsForItsOldRun(t *testing.T) {
	in(t, func(t *testing.T) {
		slow := make(chan struct{})
		var h *hosted
		h = newHosted(t, func(c *connectors.Connector) {
			run := c.Run
			c.Run = func(ctx context.Context, w *connectors.Work) error {
				err := run(ctx, w)
				<-slow
				h.tell("given back")
				return err
			}
		})
		h.put(probeAt("a"))
		h.run()
		a := probeAt("a")
		a.Settings["poll"] = "3s"
		h.want("begin a 2s")
		h.put(a)
		h.want("end a")
		a.Settings["poll"] = "4s"
		h.put(a) // changed again meanwhile: the one between never runs
		h.put(probeAt("b"))
		h.want("begin b 2s")
		h.setState("b", connectors.Off)
		if err := h.store.Update(t.Context(), func(tx *store.Tx) error { return h.host.Backends().Delete(tx, "b") }); !errors.Is(err, connectors.ErrInUse) {
			t.Errorf("Delete of one that has not ended = %v", err)
		}
		close(slow)
		synctest.Wait()
		h.mu.Lock()
		defer h.mu.Unlock()
		if got := strings.Join(h.events, ""); strings.Count(got, "begin") != 1 || strings.Index(got, "given back") > strings.Index(got, "begin a 4s") {
			t.Errorf("told %q", h.events)
		}
	})
}

// A Run that fails, or panics, is told, and begun anew after a growing while; the others
// go on, and once it runs all is well again.
func TestRunThatFailsIsBegunAnew(t *testing.T) {
	in(t, func(t *testing.T) {
		var began []time.Duration // and well: below h.mu
		start, well := time.Now(), false
		var h *hosted
		h = newHosted(t, func(c *connectors.Connector) {
			run := c.Run
			c.Run = func(ctx context.Context, w *connectors.Work) error {
				h.mu.Lock()
				good := w.Backend.Name != "bad" || well
				if !good {
					began = append(began, time.Since(start))
				}
				n := len(began)
				h.mu.Unlock()
				switch {
				case good:
					return run(ctx, w)
				case n == 2:
					panic("out of milk")
				default:
					return errors.New("no line")
				}
			}
		})
		h.put(probeAt("bad"))
		h.put(probeAt("good"))
		h.run()
		h.want("begin good 2s")
		if got := h.open("bad")[connectors.ReasonRunFailed]; !strings.Contains(got, "no line") {
			t.Errorf("checkpoint %q", got)
		}
		time.Sleep(1500 * time.Millisecond)
		synctest.Wait()
		if got := h.open("bad")[connectors.ReasonRunFailed]; !strings.Contains(got, "out of milk") || strings.Contains(got, "goroutine") {
			t.Errorf("checkpoint %q", got)
		}
		time.Sleep(time.Hour)
		synctest.Wait()
		var waits []time.Duration
		h.mu.Lock()
		for i := range began[1:] {
			waits = append(waits, (began[i+1] - began[i]).Round(time.Second))
		}
		h.mu.Unlock()
		want := []time.Duration{1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300}
		for i := range want {
			want[i] *= time.Second
		}
		if !slices.Equal(waits[:len(want)], want) {
			t.Errorf("waits %v, want %v", waits, want)
		}
		h.want()
		h.mu.Lock()
		well = true
		h.mu.Unlock()
		for told := 0; told == 0; {
			time.Sleep(time.Second)
			synctest.Wait()
			h.mu.Lock()
			told = len(h.events)
			h.mu.Unlock()
		}
		h.want("begin bad 2s")
		if h.open("bad")[connectors.ReasonRunFailed] == "" {
			t.Error("it counts as well before it has run for a minute")
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if got := h.open("bad"); len(got) != 0 {
			t.Errorf("checkpoints %v of one that runs", got)
		}
	})
}

// A backend that this program does not know is kept, told, and left alone; those that it
// knows run. So is one whose settings are not what it takes.
func TestUnknownKindIsKept(t *testing.T) {
	in(t, func(t *testing.T) {
		h := newHosted(t, nil)
		newer := connectors.Backend{Name: "newer", Kind: connectors.NewKind("toaster").Version("3"), Settings: map[string]string{"crumbs": "9"}}
		odd := probeAt("odd")
		odd.Settings["poll"] = "often"
		old := connectors.Backend{Name: "old", Kind: probe.Version("7")}
		for _, b := range []connectors.Backend{newer, odd, old} {
			update(t, h.store, func(tx *store.Tx) error { return backends.Put(tx, b) }) // by the program before
		}
		h.put(probeAt("a"))
		h.run()
		h.want("begin a 2s")
		if got := h.open("newer")[connectors.ReasonNoConnector]; !strings.Contains(got, "toaster") || !strings.Contains(got, "probe") {
			t.Errorf("checkpoint %q", got)
		}
		if got := h.open("odd")[connectors.ReasonSettings]; !strings.Contains(got, "poll") {
			t.Errorf("checkpoint %q", got)
		}
		if got := h.open("old")[connectors.ReasonSettings]; !strings.Contains(got, `"7"`) || !strings.Contains(got, "1, 2") {
			t.Errorf("checkpoint %q", got)
		}
		view(t, h.store, func(tx *store.Tx) error {
			b, err := backends.Get(tx, "newer")
			if b.Settings["crumbs"] != "9" || b.Kind.String() != "toaster 3" {
				t.Errorf("kept as %+v", b)
			}
			return err
		})
		h.put(probeAt("odd"))
		h.want("begin odd 2s")
		if got := h.open("odd"); len(got) != 0 {
			t.Errorf("checkpoints %v of one that was corrected", got)
		}
	})
}

// A flow has the schedule of its backend, else its own; it is kept in step with the
// record, and fires in production only.
func TestSchedulesFollowTheRecords(t *testing.T) {
	in(t, func(t *testing.T) {
		h := newHosted(t, nil)
		h.production("a")
		h.put(probeAt("draft"))
		own := probeAt("own")
		own.Schedule = map[string]string{"poll": "0 3 * * *"}
		h.put(own)
		hand := probeAt("hand")
		hand.Schedule = map[string]string{"poll": ""}
		h.put(hand)
		h.run()
		wantSchedules := func(want map[string]string) {
			t.Helper()
			synctest.Wait()
			got := map[string]string{}
			view(t, h.store, func(tx *store.Tx) error {
				list, err := h.queue.Schedules(tx)
				for _, s := range list {
					got[s.Name] = s.Spec
				}
				return err
			})
			if !maps.Equal(got, want) {
				t.Errorf("schedules %v, want %v", got, want)
			}
		}
		two := connectors.Backend{Name: "two", Kind: probe.Version("2"), Settings: map[string]string{"port": "/dev/two"}, Schedule: map[string]string{"poll": "", "two": "0 5 * * *"}}
		h.put(two)
		if _, err := h.host.Start(t.Context(), "two", "two"); !errors.Is(err, connectors.ErrNotSet) || !strings.Contains(err.Error(), "two has nothing to do: a setting is missing: two") {
			t.Errorf("a flow without what it needs: %v", err)
		}
		wantSchedules(map[string]string{"poll/a": "*/5 * * * *", "poll/draft": "*/5 * * * *", "poll/own": "0 3 * * *"})
		two.Settings = map[string]string{"port": "/dev/two", "two": "2"}
		h.put(two)
		if _, err := h.host.Start(t.Context(), "two", "two"); err != nil {
			t.Error(err)
		}
		wantSchedules(map[string]string{"poll/a": "*/5 * * * *", "poll/draft": "*/5 * * * *", "poll/own": "0 3 * * *", "two/two": "0 5 * * *"})
		two.Settings = map[string]string{"port": "/dev/two"}
		h.put(two)
		own.Schedule = map[string]string{"poll": "0 4 * * *"}
		h.put(own)
		h.setState("draft", connectors.Off)
		wantSchedules(map[string]string{"poll/a": "*/5 * * * *", "poll/own": "0 4 * * *"})
		h.setState("draft", connectors.Draft)

		connectors.Handle(h.host, pollKind, func(name string) string { return name }, h.poll)
		stop := h.queue.Start(t)
		time.Sleep(16 * time.Minute)
		stop()
		h.mu.Lock()
		defer h.mu.Unlock()
		polls := map[string]int{}
		for _, e := range h.events {
			if name, ok := strings.CutPrefix(e, "poll "); ok {
				polls[strings.TrimSpace(name)]++
			}
		}
		if polls["a"] < 2 || polls["a"] > 4 || len(polls) != 1 {
			t.Errorf("in 16 minutes %v was polled", polls)
		}
		if at := h.started("a")["poll"].At; h.queue.Clock.Now().Sub(at) > 6*time.Minute || len(h.started("hand")) > 0 {
			t.Errorf("the last poll was started at %v, and by hand %v", at, h.started("hand"))
		}
	})
}

// A backend's jobs have a channel to themselves from the moment on at which it is there,
// unless it is configured; a reload of the configuration names it too.
func TestChannelOfABackend(t *testing.T) {
	h := newHosted(t, func(c *connectors.Connector) { c.Channel = func(name string) string { return "root.probe." + name } })
	if err := h.host.Sync(t.Context(), []connectors.Backend{probeAt("file")}); err != nil {
		t.Fatal(err)
	}
	h.put(probeAt("page"))
	h.put(probeAt("off"))
	h.setState("off", connectors.Off)
	if got := h.queue.ChannelConfig(); !strings.Contains(got, "root.probe.file:1") || !strings.Contains(got, "root.probe.page:1") {
		t.Errorf("channels %q", got)
	}
	got, err := h.host.Channels("root:4,probe.page:2")
	if got != "root:4,probe.page:2,root.probe.file:1" || err != nil {
		t.Errorf("Channels = %q, %v", got, err)
	}
}

// Where jobs are done in order, so is what waits for a backend that is off: otherwise each
// of them would be tried again and again.
func TestChannelInOrder(t *testing.T) {
	h := newHosted(t, func(c *connectors.Connector) {
		c.Channel, c.InOrder = func(name string) string { return "root.probe." + name }, true
	})
	h.put(probeAt("off"))
	h.setState("off", connectors.Off)
	if got := h.queue.ChannelConfig(); !strings.Contains(got, "root.probe.off:1:sequential") {
		t.Errorf("channels %q", got)
	}
	got, err := h.host.Channels("root:4")
	if got != "root:4,root.probe.off:1:sequential" || err != nil {
		t.Errorf("Channels = %q, %v", got, err)
	}
}
