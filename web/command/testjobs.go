package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"crema/connectors"
	"crema/web"
)

type jobTest struct {
	Count       int     `help:"How many jobs, 1 to 10000." default:"1"`
	FailureRate float64 `help:"How often a run fails, from 0 (never) to 1 (always). A job is tried again as any other." default:"0"`
	Channel     string  `help:"Channel to run them in." default:"root" placeholder:"NAME"`
	Priority    *int    `help:"0 (the most urgent) to 1000; 10 if none is given." placeholder:"N"`
	MaxRetries  *int    `help:"Runs before a job has failed, 0 without end; 5 if none is given." placeholder:"N"`
	Seconds     float64 `help:"How long each run takes." default:"0"`
	NoWait      bool    `help:"Print the batch's id and do not wait for the jobs."`
}

// Validate is called when the flags are read: what it refuses is wrong usage.
func (t jobTest) Validate() error {
	switch {
	case t.Count < 1 || t.Count > 10_000:
		return fmt.Errorf("--count=%d: give 1 to 10000", t.Count)
	case t.FailureRate < 0 || t.FailureRate > 1:
		return fmt.Errorf("--failure-rate=%g: give a number from 0 to 1", t.FailureRate)
	case t.Seconds < 0 || t.Seconds > 3600:
		return fmt.Errorf("--seconds=%g: give a number from 0 to 3600", t.Seconds)
	case t.Priority != nil && (*t.Priority < 0 || *t.Priority > 1000):
		return fmt.Errorf("--priority=%d: give 0 to 1000", *t.Priority)
	case t.MaxRetries != nil && *t.MaxRetries < 0:
		return fmt.Errorf("--max-retries=%d: give 1 or more, or 0 for no end", *t.MaxRetries)
	}
	return nil
}

// Run starts the jobs and shows how they get on. Jobs that failed, as they were to, are no failure of the command.
func (t jobTest) Run(ctx context.Context, g *Globals, out io.Writer) error {
	c, err := g.connect(ctx)
	if err != nil {
		return err
	}
	id, err := c.TestJobs(ctx, web.JobTest{Count: t.Count, FailureRate: t.FailureRate, Channel: t.Channel, Priority: t.Priority,
		MaxRetries: t.MaxRetries, Seconds: t.Seconds})
	if err != nil {
		return err
	}
	if t.NoWait {
		return g.Print(out, map[string]string{"batch": id}, func() { fmt.Fprintf(out, "%s in batch %s; crema batch show %s\n", jobsText(t.Count), id, id) })
	}
	status, err := c.Status(ctx)
	switch {
	case err != nil:
		return err
	case status.Foreign:
		return fmt.Errorf("%s in batch %s: no job runs here, as the card comes from another board: crema queue adopt", jobsWait(t.Count), id)
	case !status.Runner:
		return fmt.Errorf("%s in batch %s: no job runs here, as the configuration says runner = false", jobsWait(t.Count), id)
	}
	channels, err := c.Channels(ctx)
	if err != nil {
		return err
	}
	if why := standstill(t.Channel, channels); why != "" {
		return fmt.Errorf("%s in batch %s: %s", jobsWait(t.Count), id, why)
	}
	began := time.Now()
	b, err := c.WaitBatch(ctx, id, func(b web.Batch) {
		if !g.JSON {
			fmt.Fprintf(out, "\r%s   ", progress(b))
		}
	})
	if !g.JSON {
		fmt.Fprintln(out)
	}
	if err != nil {
		if ctx.Err() != nil {
			return errors.Join(err, fmt.Errorf("the jobs go on: crema batch show %s", id))
		}
		return err
	}
	return g.Print(out, b, func() {
		fmt.Fprintf(out, "%s ended within %s of their start: %d done, %d failed, %d cancelled\n", jobsText(b.Total), time.Since(began).Round(time.Millisecond), b.Done, b.Failed, b.Cancelled)
	})
}

// progress is a batch in one line.
func progress(b web.Batch) string {
	ended := b.Done + b.Failed + b.Cancelled
	share := 100 * ended / max(b.Total, 1) // rounded down: 100 % is all of them
	return fmt.Sprintf("%d of %d ended (%d %%): %d done, %d failed, %d cancelled", ended, b.Total, share, b.Done, b.Failed, b.Cancelled)
}

// jobsText counts jobs.
func jobsText(n int) string { return connectors.Counted(n, "job", "jobs") }

func jobsWait(n int) string {
	if n == 1 {
		return "1 job waits"
	}
	return jobsText(n) + " wait"
}
