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

// Jobs that come after others: two counters are read side by side, their sum is sent when both are done, and somebody is told if the
// sending fails for good. All of them count in one batch.
func ExampleEnqueueGraph() {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "crema")
	check(err)
	defer os.RemoveAll(dir)
	s, err := store.Open(filepath.Join(dir, "crema.db"), store.Options{})
	check(err)
	defer s.Close()
	q, err := queue.New(s, queuetest.NewClock(noon), queue.Config{Channels: "root:4,root.machine:2,root.sales:1:sequential"})
	check(err)

	read := queue.Kind[string]{Name: "demo.read", Channel: "machine"}
	queue.Register(q, read, func(_ context.Context, j *queue.Job[string]) (queue.Done, error) {
		j.SetResult("12 cups of the " + j.Args)
		return nil, nil
	})
	send := queue.Kind[struct{}]{Name: "demo.send", Channel: "sales", MaxRetries: 8}
	queue.Register(q, send, func(_ context.Context, j *queue.Job[struct{}]) (queue.Done, error) {
		before, err := j.Dependencies()
		if err != nil {
			return nil, err
		}
		for _, d := range before {
			j.Log().Info("sent", "what", d.Result) // is kept with the job
		}
		j.SetResult(fmt.Sprintf("sent %d readings", len(before)))
		return nil, nil
	})
	tell := queue.Kind[string]{Name: "demo.tell"}
	queue.Register(q, tell, func(context.Context, *queue.Job[string]) (queue.Done, error) { return nil, nil })

	var sent, told *queue.Node
	var batch queue.BatchID
	check(s.Update(ctx, func(tx *store.Tx) (err error) { // may run more than once: nodes are made in it
		if batch, err = q.NewBatch(tx, "the evening's counters"); err != nil {
			return err
		}
		in := queue.Options{Batch: batch}
		told = queue.NewNode(tell, "nothing was sent", in)
		sent = queue.NewNode(send, struct{}{}, in).OnFailed(told)
		_, err = queue.EnqueueGraph(tx, q, queue.Chain(
			queue.Group(queue.NewNode(read, "lobby", in), queue.NewNode(read, "kitchen", in)),
			sent))
		if err != nil {
			return err
		}
		return q.SealBatch(tx, batch)
	}))

	check(q.Drain(ctx)) // as Run does, until nothing is left to be done
	for _, node := range []*queue.Node{sent, told} {
		job, err := q.Wait(ctx, node.ID())
		check(err)
		fmt.Println(job.Kind, job.State, job.Result, job.Skipped)
	}
	check(s.View(func(tx *store.Tx) error {
		b, err := q.Batch(tx, batch)
		fmt.Println(b.Name, b.State, b.Done, "of", b.Total)
		return err
	}))
	// Output:
	// demo.send done sent 2 readings false
	// demo.tell cancelled  true
	// the evening's counters finished 3 of 4
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
