package queue_test

import (
	"errors"
	"testing"

	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
	"crema/store/storetest"
)

// TestPreparedJobs: what is wrong with a job is told before any transaction, and what
// was prepared is what Enqueue would have made of it then.
func TestPreparedJobs(t *testing.T) {
	q := queuetest.New(t, storetest.Open(t))
	kind := queue.Kind[map[string]int]{Name: "prepared", Version: 3, Channel: "root.a", Describe: func(map[string]int) string { return "described" }}
	if _, err := queue.Prepare(kind, nil, queue.Options{Delay: -1}); !errors.Is(err, queue.ErrInvalid) {
		t.Errorf("Prepare = %v, want ErrInvalid", err)
	}
	args := map[string]int{"n": 1}
	p, err := queue.Prepare(kind, args, queue.Options{Backend: "kitchen", IdentityKey: "one"})
	if err != nil {
		t.Fatal(err)
	}
	args["n"] = 2
	var ids [2]queue.ID
	for i := range ids {
		q.Update(t, func(tx *store.Tx) (err error) {
			ids[i], err = q.Add(tx, p)
			return err
		})
	}
	if ids[0] != ids[1] {
		t.Errorf("one key made two jobs: %v", ids)
	}
	if job := q.Info(t, ids[0]); job.Channel != "root.a" || job.Backend != "kitchen" || job.Description != "described" {
		t.Errorf("the job is %+v", job)
	}
	if err := q.Store.View(func(tx *store.Tx) error {
		raw, version, err := q.Arguments(tx, ids[0])
		if string(raw) != `{"n":1}` || version != 3 {
			t.Errorf("arguments %s of version %d, want those of the preparing", raw, version)
		}
		return err
	}); err != nil {
		t.Fatal(err)
	}
}
