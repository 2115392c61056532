package webhook_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"crema/connectors"
	"crema/queue"
	"crema/store"
)

// TestRefusedWaitsForAPerson: what the receiver refuses holds up what is behind it, and a
// checkpoint says why; a review has it tried at once, to cancel its job goes on without it.
func TestRefusedWaitsForAPerson(t *testing.T) {
	for _, code := range []int{400, 401, 404, 415, 422, 301, 302, 308} {
		b := newBoard(t)
		r := newReceiver(t, b.clock.Now)
		b.production("erp", r.url)
		elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Errorf("%d was followed", code) }))
		r.answers(status(code, "Location", elsewhere.URL+"/moved?token=in-the-url"))
		b.made(1, 2, 3)
		b.drain()
		open := b.jobs("erp")
		if len(open) != 3 || open[0].State != queue.StatePending || open[0].Attempt != 0 || r.tries() != 1 {
			t.Fatalf("%d: %d wait, the first is %s", code, len(open), open[0].State)
		}
		said := b.points("erp")["webhook_refused"]
		for _, word := range []string{"words of the receiver", idOf(1), "job " + open[0].ID.String(), http.StatusText(code), "cancel"} {
			if !strings.Contains(said, word) {
				t.Errorf("%d: %q lacks %q", code, said, word)
			}
		}
		if code < 400 && !strings.Contains(said, elsewhere.URL) || strings.Contains(said, "and more of them") {
			t.Errorf("%d: %q", code, said)
		}
		// By itself it is tried again, and closes when the receiver has changed its mind.
		b.pass(2 * time.Minute)
		if r.tries() != 1 {
			t.Errorf("%d: it was not tried again", code)
		}
		r.answers(nil)
		b.review("webhook_refused")
		b.drain()
		if got := r.ids(); !slices.Equal(got, []string{idOf(1), idOf(2), idOf(3)}) || len(b.points("erp")) != 0 {
			t.Errorf("%d: after the review %v, %v", code, got, b.points("erp"))
		}

		r.answers(func(w http.ResponseWriter, q *http.Request, id string) bool {
			if id == idOf(4) {
				return status(code)(w, q, id)
			}
			return true
		})
		b.made(4, 5)
		b.drain()
		if err := b.queue.Cancel(t.Context(), b.jobs("erp")[0].ID); err != nil {
			t.Fatal(err)
		}
		b.drain()
		if got := r.ids(); !slices.Equal(got, []string{idOf(5)}) || len(b.points("erp")) != 0 {
			t.Errorf("%d: without it %v, %v", code, got, b.points("erp"))
		}
		elsewhere.Close()
	}
}

// TestWaits: a receiver that is busy is left alone longer and longer, and as long as it asks
// for, within bounds; after a success that begins anew. It costs no attempt.
func TestWaits(t *testing.T) {
	b := newBoard(t)
	r := newReceiver(t, b.clock.Now)
	b.production("erp", r.url)
	waits := func() time.Duration {
		t.Helper()
		b.drain()
		i := b.jobs("erp")[0]
		if i.Attempt != 0 || i.State != queue.StatePending {
			t.Errorf("%s, attempt %d", i.State, i.Attempt)
		}
		return i.ETA.Sub(b.clock.Now()).Round(time.Second)
	}
	between := func(what string, got, least, most time.Duration) {
		t.Helper()
		if got < least || got > most {
			t.Errorf("%s: waits %v, want %v to %v", what, got, least, most)
		}
	}
	r.answers(status(503))
	b.made(1)
	for n := range 12 {
		want := min(5*time.Second<<n, 10*time.Minute)
		got := waits()
		between("503", got, want*4/5-time.Second, want*6/5+time.Second)
		b.clock.Advance(got + time.Second)
	}
	in := func(d time.Duration) string { return b.clock.Now().Add(d).Format(http.TimeFormat) }
	for _, c := range []struct {
		after func() string
		want  time.Duration // 0: as if nothing was asked for
	}{
		{func() string { return "90" }, 90 * time.Second}, {func() string { return "86400" }, time.Hour},
		{func() string { return "99999999999999" }, 0}, {func() string { return "-5" }, 0}, {func() string { return "soon" }, 0}, {func() string { return "0" }, 0},
		{func() string { return in(20 * time.Minute) }, 20 * time.Minute}, {func() string { return in(-time.Hour) }, 0}, {func() string { return in(9000 * time.Hour) }, time.Hour},
	} {
		b.clock.Advance(13 * time.Minute)
		after, want := c.after(), c.want
		r.answers(status(429, "Retry-After", after))
		got := waits()
		if want == 0 {
			between("Retry-After: "+after, got, 8*time.Minute, 12*time.Minute+time.Second)
		} else {
			between("Retry-After: "+after, got, want-3*time.Second, want+3*time.Second)
		}
		b.clock.Advance(got)
	}
	r.answers(nil)
	b.pass(time.Hour)
	r.answers(status(500))
	b.made(2)
	between("after a success", waits(), 4*time.Second, 6*time.Second)
}

// TestGoneSwitchesOff: 410 switches the backend off; what waits is kept, and goes on when a
// person has it tested again. Who changed it meanwhile knew better.
func TestGoneSwitchesOff(t *testing.T) {
	b := newBoard(t)
	r := newReceiver(t, b.clock.Now)
	b.production("erp", r.url)
	r.answers(status(410))
	b.made(1, 2)
	b.drain()
	stateOf := func() (s connectors.BackendState) {
		if err := b.store.View(func(tx *store.Tx) error {
			got, err := b.host.Backends().Get(tx, "erp")
			s = got.State
			return err
		}); err != nil {
			t.Fatal(err)
		}
		return s
	}
	if said := b.points("erp")["webhook_gone"]; stateOf() != connectors.Off || len(b.jobs("erp")) != 2 || !strings.Contains(said, "410 Gone") {
		t.Fatalf("it is %s, %d wait, %q", stateOf(), len(b.jobs("erp")), said)
	}
	b.made(3) // off: not kept
	for range 20 {
		b.pass(11 * time.Minute)
	}
	if got := r.tries(); got != 1 {
		t.Errorf("it was called %d times, not once", got)
	}
	r.answers(nil)
	b.state("erp", connectors.Draft)
	b.made(4)
	if findings, err := b.host.Test(t.Context(), "erp"); len(findings) != 0 || err != nil {
		t.Fatalf("%v, %v", findings, err)
	}
	if r.ids(); len(b.jobs("erp")) != 3 {
		t.Errorf("a draft has %d waiting", len(b.jobs("erp")))
	}
	b.drain()
	b.state("erp", connectors.Production)
	b.drain() // without the wait that the jobs had
	if got := r.ids(); !slices.Equal(got, []string{idOf(1), idOf(2), idOf(4)}) || len(b.points("erp")) != 0 {
		t.Errorf("afterwards %v, %v", got, b.points("erp"))
	}

	r.answers(func(w http.ResponseWriter, q *http.Request, id string) bool {
		b.put("erp", r.url+"&new=1", "events", "cup.made")
		return status(410)(w, q, id)
	})
	b.made(5)
	b.drain()
	if stateOf() != connectors.Draft || b.points("erp")["webhook_gone"] != "" {
		t.Errorf("the changed one is %s, %v", stateOf(), b.points("erp"))
	}
}

// TestDraftGetsNothing: until a backend is in production its events wait, through any
// number of restarts, and those that happen while it is off are not kept.
func TestDraftGetsNothing(t *testing.T) {
	b := newBoard(t)
	r := newReceiver(t, b.clock.Now)
	b.made(1) // before there was a backend
	b.put("erp", r.url)
	b.made(2)
	b.pass(time.Hour)
	b.state("erp", connectors.Checked)
	b.made(3)
	b.pass(time.Hour)
	b.state("erp", connectors.Off)
	b.made(4)
	b.close()
	b.open()
	b.pass(time.Hour)
	if n := r.tries(); n != 0 {
		t.Fatalf("it was told %d events", n)
	}
	b.state("erp", connectors.Draft, connectors.Checked, connectors.Production)
	b.made(5)
	b.drain()
	if got := r.ids(); !slices.Equal(got, []string{idOf(2), idOf(3), idOf(5)}) {
		t.Errorf("got %v", got)
	}
	b.state("erp", connectors.Off)
	b.made(6)
	b.state("erp", connectors.Draft, connectors.Checked, connectors.Production)
	b.made(7)
	b.drain()
	if got := r.ids(); !slices.Equal(got, []string{idOf(7)}) {
		t.Errorf("off and on: %v", got)
	}
}

// TestAwayIsTold: that nobody answers is told when it lasts a day, and the checkpoint closes
// by itself; nothing is lost meanwhile, however long it is.
func TestAwayIsTold(t *testing.T) {
	b := newBoard(t)
	r := newReceiver(t, b.clock.Now)
	b.production("erp", "http://127.0.0.1:9/nobody")
	b.made(1, 2)
	b.pass(time.Minute)
	if got := b.points("erp"); len(got) != 0 {
		t.Errorf("after a minute: %v", got)
	}
	for range 90 * 2 {
		b.pass(12 * time.Hour)
	}
	if said := b.points("erp")["webhook_undelivered"]; !strings.Contains(said, "127.0.0.1:9") || strings.Contains(said, "nobody") {
		t.Errorf("after 90 days: %q", said)
	}
	b.production("erp", r.url)
	b.pass(time.Hour)
	if got := r.ids(); !slices.Equal(got, []string{idOf(1), idOf(2)}) || len(b.points("erp")) != 0 {
		t.Errorf("got %v, %v", got, b.points("erp"))
	}
}

// TestNoSecretIsTold: without a secret nothing goes out, and a person is told at once.
func TestNoSecretIsTold(t *testing.T) {
	b := newBoard(t)
	r := newReceiver(t, b.clock.Now)
	b.production("erp", r.url)
	seal := func(value string) {
		b.update(func(tx *store.Tx) error { return b.vault.Seal(tx, "erp", "secret", value) })
	}
	seal("")
	b.made(1)
	b.drain()
	if said := b.points("erp")["webhook_undelivered"]; !strings.Contains(said, "no secret") || r.tries() != 0 {
		t.Errorf("%q", said)
	}
	seal(otherWords + " " + sesame) // it is being changed
	b.review("webhook_undelivered")
	b.drain()
	if got := r.ids(); !slices.Equal(got, []string{idOf(1)}) {
		t.Errorf("got %v", got)
	}
}

// TestTooManyWait: the oldest are kept, and those that are not are counted exactly, over a
// restart; a person reviews that, and what is kept is delivered.
func TestTooManyWait(t *testing.T) {
	b := newBoard(t)
	b.close()
	b.keep = 3
	b.open()
	r := newReceiver(t, b.clock.Now)
	b.production("erp", r.url)
	r.answers(status(503))
	for n := range 7 {
		b.made(n + 1)
		b.drain()
	}
	b.close()
	b.open()
	b.made(8)
	b.drain()
	said := b.points("erp")["webhook_missed"]
	for _, word := range []string{"5 events", cup(4).Time.Format(time.RFC3339), cup(8).Time.Format(time.RFC3339), "3 wait"} {
		if !strings.Contains(said, word) {
			t.Errorf("%q lacks %q", said, word)
		}
	}
	b.review("webhook_missed")
	b.made(9)
	b.drain()
	if said := b.points("erp")["webhook_missed"]; !strings.Contains(said, "1 events") {
		t.Errorf("after the review: %q", said)
	}
	r.answers(nil)
	b.pass(time.Hour)
	b.made(10)
	b.drain()
	if got := r.ids(); !slices.Equal(got, []string{idOf(1), idOf(2), idOf(3), idOf(10)}) {
		t.Errorf("got %v", got)
	}
	// Two share the room: one that is away leaves the other its own.
	b.production("away", "http://127.0.0.1:9/")
	for n := range 3 {
		b.made(n + 11)
	}
	b.drain()
	if said := b.points("away")["webhook_missed"]; !strings.Contains(said, "2 events") || len(b.jobs("away")) != 1 || len(r.ids()) == 0 {
		t.Errorf("%d wait for the one that is away: %q", len(b.jobs("away")), said)
	}
}

// TestDeleteCancelsWhatWaits: nothing of a deleted backend is left in the line, and one of
// the same name begins anew.
func TestDeleteCancelsWhatWaits(t *testing.T) {
	b := newBoard(t)
	r := newReceiver(t, b.clock.Now)
	b.production("erp", r.url)
	b.production("other", r.url)
	b.state("erp", connectors.Off)
	b.state("erp", connectors.Draft)
	b.made(1)
	b.state("erp", connectors.Off)
	b.update(func(tx *store.Tx) error { return b.host.Backends().Delete(tx, "erp") })
	if len(b.jobs("erp")) != 0 || len(b.jobs("other")) != 1 {
		t.Errorf("%d and %d wait", len(b.jobs("erp")), len(b.jobs("other")))
	}
	b.production("erp", r.url, "events", "cup.made")
	b.drain()
	if got := r.ids(); !slices.Equal(got, []string{idOf(1)}) {
		t.Errorf("got %v", got)
	}
	b.state("other", connectors.Draft)
	many := make([]int, 1001)
	for i := range many {
		many[i] = i + 2
	}
	b.made(many...)
	b.state("other", connectors.Off)
	err := b.store.Update(t.Context(), func(tx *store.Tx) error { return b.host.Backends().Delete(tx, "other") })
	if err == nil || !strings.Contains(err.Error(), "1001 events wait") || !strings.Contains(err.Error(), "crema job cancel --backend other") {
		t.Errorf("with too many: %v", err)
	}
}

// TestSecretNowhere: the secret, and a token in the URL, are in no log, error, checkpoint,
// finding or job, whatever goes wrong.
func TestSecretNowhere(t *testing.T) {
	b := newBoard(t)
	r := newReceiver(t, b.clock.Now)
	b.production("erp", r.url)
	b.production("nobody", "http://127.0.0.1:9/hook?token=in-the-url")
	b.production("unknown", "https://nobody..example.com/hook?token=in-the-url")
	var said bytes.Buffer
	n := 0
	for _, answer := range []func(http.ResponseWriter, *http.Request, string) bool{
		status(404), status(500), status(302, "Location", r.url), status(401),
		func(w http.ResponseWriter, _ *http.Request, _ string) bool {
			if c, _, err := w.(http.Hijacker).Hijack(); err == nil {
				c.Close()
			}
			return false
		},
		func(_ http.ResponseWriter, q *http.Request, _ string) bool { <-q.Context().Done(); return false },
		status(410),
	} {
		r.answers(answer)
		n++
		b.made(n)
		b.pass(25 * time.Hour)
		for _, name := range []string{"erp", "nobody", "unknown"} {
			findings, err := b.host.Test(t.Context(), name)
			for _, f := range findings {
				said.WriteString(f.Code + " " + f.Text + " " + f.Fix + "\n")
			}
			if err != nil {
				said.WriteString(err.Error())
			}
			for reason, message := range b.points(name) {
				said.WriteString(reason + " " + message + "\n")
			}
			for _, i := range b.jobs(name) {
				said.WriteString(i.Error + i.Description + i.IdentityKey + i.Related + "\n")
				if err := b.store.View(func(tx *store.Tx) error {
					args, _, err := b.queue.Arguments(tx, i.ID)
					said.Write(args)
					lines, lerr := b.queue.Log(tx, i.ID)
					for _, l := range lines {
						said.WriteString(l.Text)
					}
					if err == nil {
						err = lerr
					}
					return err
				}); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	said.WriteString(b.log.String())
	if !strings.Contains(said.String(), "cup.made") || !strings.Contains(said.String(), "404") {
		t.Fatalf("little was said:\n%s", said.String())
	}
	for _, secret := range []string{sesame, strings.TrimPrefix(sesame, "whsec_"), "whsec_Mf", "in-the-url"} {
		if i := strings.Index(said.String(), secret); i >= 0 {
			t.Errorf("%q is shown: …%s…", secret, said.String()[max(i-200, 0):min(i+100, said.Len())])
		}
	}
}
