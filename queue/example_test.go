package queue_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
)

// A kind is declared once; its worker is registered where the queue is wired.
func ExampleEnqueue() {
	dir, err := os.MkdirTemp("", "crema")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(dir)
	s, err := store.Open(filepath.Join(dir, "crema.db"), store.Options{})
	if err != nil {
		panic(err)
	}
	defer s.Close()
	q, err := queue.New(s, queuetest.NewClock(noon), queue.Config{Channels: "root:4,root.machine:2"})
	if err != nil {
		panic(err)
	}

	type order struct{ Drink string }
	pour := queue.Kind[order]{Name: "demo.pour", Channel: "machine"}
	queue.Register(q, pour, func(_ context.Context, j *queue.Job[order]) (queue.Done, error) {
		j.SetResult("poured one " + j.Args.Drink)
		return nil, nil
	})

	var id queue.ID
	err = s.Update(context.Background(), func(tx *store.Tx) (err error) {
		// What else belongs to the fact is written here, in the same commit.
		id, err = queue.Enqueue(tx, q, pour, order{"espresso"}, queue.Options{IdentityKey: "pour/kitchen"})
		return err
	})
	if err != nil {
		panic(err)
	}

	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- q.Run(ctx) }()
	job, err := q.Wait(ctx, id)
	fmt.Println(job.State, job.Result, err)
	stop()
	fmt.Println(<-ended)
	// Output:
	// done poured one espresso <nil>
	// <nil>
}
