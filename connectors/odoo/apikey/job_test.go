package apikey

import (
	"strings"
	"testing"
	"time"

	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
)

// The job runs at the first start and at one with another key, and daily; it says what it found. A start with the
// given key, looked at already, asks Odoo nothing.
func TestTheJob(t *testing.T) {
	r := newRig(t, 80*day)
	clock := queuetest.NewClock(r.now)
	start := func() (*queuetest.Queue, []queue.Info) {
		t.Helper()
		q := queuetest.WithClock(t, r.store, clock)
		before := len(q.Jobs(t, queue.Filter{Kind: Kind.Name}))
		r.begin()
		if err := r.k.Watch(t.Context(), q.Queue, time.UTC, r.k.odoo); err != nil {
			t.Fatal(err)
		}
		if err := q.RunUntilIdle(t.Context()); err != nil {
			t.Fatal(err)
		}
		return q, q.Jobs(t, queue.Filter{Kind: Kind.Name})[before:]
	}
	_, done := start()
	if len(done) != 1 || done[0].Result != "The key ends on 10 February 2027." {
		t.Fatalf("at the first start: %+v", done)
	}
	q, done := start()
	if len(done) != 0 {
		t.Errorf("at the second: %+v", done)
	}
	var names []string
	if err := r.store.View(func(tx *store.Tx) error {
		all, err := q.Schedules(tx)
		for _, s := range all {
			names = append(names, s.Name+" "+s.Spec)
		}
		return err
	}); err != nil || len(names) != 1 || !strings.HasPrefix(names[0], "odoo.apikey ") || !strings.HasSuffix(names[0], " * * *") {
		t.Errorf("schedules %q, %v", names, err)
	}
	r.erp.AddKey(bot, "another", "another-key-by-hand", r.now.Add(20*day))
	r.file = "another-key-by-hand"
	if _, done = start(); len(done) != 1 || r.inUse() == r.file {
		t.Errorf("with another file: %+v", done)
	}
	if _, done = start(); len(done) != 1 || !strings.HasPrefix(done[0].Result, "The key ends on ") {
		t.Errorf("with an own key, each start looks: %+v", done)
	}
	// A user who may not read keys, and a key that Odoo doesn't take, are no failures of this job.
	r.erp.Insert("res.users.apikeys", 1, map[string]any{"user_id": 2, "name": "gone", "key": "gone"})
	for _, key := range r.erp.Keys(bot) {
		r.pass(max(0, key.Ends.Add(time.Second).Sub(r.now)))
	}
	if _, done = start(); len(done) != 1 || done[0].Result != "Odoo does not take the key." {
		t.Errorf("with keys that have ended: %+v", done)
	}
}
