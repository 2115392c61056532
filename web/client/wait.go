package client

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"crema/web"
)

// lookAgain is how often a job that is waited for is looked at, if no event comes: an
// event is a hint, and one may be missed.
const lookAgain = 2 * time.Second

// lookSoon is how often a batch is looked at: that costs little, and hints of many jobs would cost more.
const lookSoon = 250 * time.Millisecond

// maxParts is how many parts of one state are looked at.
const maxParts = 200

// FailedError is a job that ended without success: it failed, or was cancelled.
type FailedError struct{ Job web.Job }

func (e *FailedError) Error() string {
	verb := "failed"
	if e.Job.State == web.JobCancelled {
		verb = "was cancelled"
	}
	return fmt.Sprintf("job %s %s: %s", e.Job.ID, verb, firstLine(e.Job.Error))
}

// WaitingError is a job that does not get on by itself now: a part of it waits for a
// retry, or for a person. It goes on on the board.
type WaitingError struct {
	Job  web.Job // the one that was waited for
	Part web.Job // the one that waits; Job itself or a part of it
}

func (e *WaitingError) Error() string {
	text := fmt.Sprintf("job %s goes on by itself: ", e.Job.ID)
	if e.Part.ID != e.Job.ID {
		text += fmt.Sprintf("its part %s ", e.Part.ID)
	}
	text += "waits for its next try"
	if !e.Part.ETA.IsZero() {
		text += " at " + e.Part.ETA.Format(time.RFC3339)
	}
	if e.Part.Error != "" {
		text += ": " + firstLine(e.Part.Error)
	}
	return text
}

// WaitJob waits until a job is done and returns it; [*FailedError] where it failed or
// was cancelled.
// It ends with ctx.
func (c *Client) WaitJob(ctx context.Context, id string) (web.Job, error) {
	return c.wait(ctx, id, func(context.Context, web.Job) error { return nil })
}

// WaitSync waits like WaitJob, and ends with [*WaitingError] as soon as the job or a
// part of it waits for a retry.
func (c *Client) WaitSync(ctx context.Context, id string) (web.Job, error) {
	return c.wait(ctx, id, c.waiting)
}

func (c *Client) wait(ctx context.Context, id string, look func(context.Context, web.Job) error) (web.Job, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	wake := make(chan struct{}, 1)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		c.wakeOn(ctx, wake)
	}()
	defer func() { cancel(); <-ended }()
	again := time.NewTicker(lookAgain)
	defer again.Stop()
	for {
		detail, err := c.Job(ctx, id)
		job := detail.Job
		switch {
		case err != nil && !passing(err):
			return job, err
		case err != nil:
		case job.State == web.JobDone:
			return job, nil
		case job.Terminal():
			return job, &FailedError{Job: job}
		default:
			if err := look(ctx, job); err != nil && !passing(err) {
				return job, err
			}
		}
		select {
		case <-ctx.Done():
			return job, context.Cause(ctx)
		case <-wake:
		case <-again.C:
		}
	}
}

// wakeOn sends on wake whenever a job changes, for as long as the board's events last.
// The first wake is sent when they began: what changed before is seen by looking.
func (c *Client) wakeOn(ctx context.Context, wake chan<- struct{}) {
	events, err := c.Events(ctx)
	if err != nil {
		return // the ticker does
	}
	for e, err := range events {
		if err != nil {
			return
		}
		if e.Type != "job" {
			continue
		}
		select {
		case wake <- struct{}{}:
		default:
		}
	}
}

// waiting finds what of a job waits for a retry.
func (c *Client) waiting(ctx context.Context, job web.Job) error {
	if retries(job) {
		return &WaitingError{Job: job, Part: job}
	}
	if job.ChildrenOpen == 0 {
		return nil
	}
	page, err := c.Jobs(ctx, web.JobFilter{State: web.JobPending, Backend: job.Backend, Paging: web.Paging{Limit: maxParts}})
	if err != nil {
		return err
	}
	for _, part := range page.Items {
		if part.Parent == job.ID && retries(part) {
			return &WaitingError{Job: job, Part: part}
		}
	}
	return nil
}

// retries tells whether a job was tried and waits for its next try, or snoozes until
// what it needs is there.
func retries(j web.Job) bool { return j.State == web.JobPending && j.Error != "" }

// passing tells whether an error of a look is gone with the next one: the board just
// starts, or is too busy to answer.
func passing(err error) bool { return hasStatus(err, http.StatusServiceUnavailable) }

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	if line == "" {
		return "it does not say why"
	}
	return line
}

// WaitBatch waits until all jobs of a batch have ended and returns it. seen is told of the batch each time it has changed; it may be nil.
// It ends with ctx.
func (c *Client) WaitBatch(ctx context.Context, id string, seen func(web.Batch)) (web.Batch, error) {
	var last web.Batch
	for first := true; ; first = false {
		b, err := c.Batch(ctx, id)
		if err != nil && !passing(err) {
			return last, err
		}
		if err == nil {
			if seen != nil && (first || b != last) {
				seen(b)
			}
			if last = b; b.State == web.BatchFinished {
				return b, nil
			}
		}
		select {
		case <-ctx.Done():
			return last, context.Cause(ctx)
		case <-time.After(lookSoon):
		}
	}
}
