package source

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"crema/queue"
	"crema/store"
	"crema/web"
)

// testArgs is what a test job does: nothing, for so long, and then it fails with this chance.
type testArgs struct {
	Seconds float64 `json:"seconds"`
	Failure float64 `json:"failure_rate"`
}

// testKind is jobs that do nothing, to try the queue with.
var testKind = queue.Kind[testArgs]{Name: "crema.test", Describe: func(testArgs) string { return "test job" }}

var errTest = errors.New("this test job was to fail")

// RegisterTest lets q run test jobs. It comes before q.Run.
func RegisterTest(q *queue.Queue) {
	queue.Register(q, testKind, func(ctx context.Context, j *queue.Job[testArgs]) (queue.Done, error) {
		select {
		case <-time.After(time.Duration(j.Args.Seconds * float64(time.Second))):
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
		if rand.Float64() < j.Args.Failure {
			return nil, errTest
		}
		j.SetResult(fmt.Sprintf("did nothing for %g s", j.Args.Seconds))
		return nil, nil
	})
}

// testPiece is how many test jobs are enqueued in one commit.
const testPiece = 500

func (s jobs) Test(ctx context.Context, t web.JobTest) (string, error) {
	if t.Channel != "" {
		if err := queue.CheckChannel(t.Channel); err != nil {
			return "", web.Invalid(err.Error(), "GET /api/v1/channels lists them")
		}
	}
	o := queue.Options{Channel: t.Channel, Priority: t.Priority, MaxRetries: t.MaxRetries}
	args := testArgs{Seconds: t.Seconds, Failure: t.FailureRate}
	for left := t.Count; left > 0; left -= testPiece {
		first, last := left == t.Count, left <= testPiece
		var batch queue.BatchID
		err := s.p.Store.Update(ctx, func(tx *store.Tx) (err error) {
			o := o
			if batch = o.Batch; first {
				if batch, err = s.p.Queue.NewBatch(tx, testName(t.Count)); err != nil {
					return err
				}
				o.Batch = batch
			}
			for range min(left, testPiece) {
				if _, err := queue.Enqueue(tx, s.p.Queue, testKind, args, o); err != nil {
					return err
				}
			}
			if last {
				return s.p.Queue.SealBatch(tx, batch)
			}
			return nil
		})
		if err != nil {
			return "", asProblem(err)
		}
		o.Batch = batch
	}
	return o.Batch.String(), nil
}

// testName is what the batch of a test is called.
func testName(count int) string {
	if count == 1 {
		return "1 test job"
	}
	return fmt.Sprintf("%d test jobs", count)
}
