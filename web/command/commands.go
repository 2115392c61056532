package command

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"crema/device/board"
	"crema/web"
	"crema/web/client"
)

// Commands are those that talk to a running board, or look after its store.
type Commands struct {
	Backend struct {
		List       backendList       `cmd:"" help:"List the backends: machines, and whatever else is kept in step with Odoo."`
		Show       backendShow       `cmd:"" help:"Show one backend: its state, what it is told, what its last test said."`
		Test       backendTest       `cmd:"" help:"Say in plain words what is missing, at the backend or in Odoo."`
		Production backendProduction `cmd:"" help:"Put a backend to work whose test was good."`
		Off        backendOff        `cmd:"" help:"Switch a backend off, over restarts too. What is known of it is kept."`
		Draft      backendDraft      `cmd:"" help:"Make a draft of a backend: nothing is done with it until a test was good. One that is off is switched on by it."`
		Hook       backendHook       `cmd:"" help:"Make the address that Odoo tells of changes: prices are at the machine in seconds then."`
		Restart    backendRestart    `cmd:"" help:"Restart a machine by its wire; never while a cup is made."`
		Calibrate  backendCalibrate  `cmd:"" help:"Say how much water ran last, in ml: what its flow meter's pulses are worth."`
		Delete     backendDelete     `cmd:"" help:"Delete a backend that is off, with its settings and its secrets."`
		Kinds      backendKinds      `cmd:"" help:"List the kinds of backend there are, and who does what for each. No board need run."`
	} `cmd:"" help:"The backends: machines, and whatever else is kept in step with Odoo. They are made in the configuration file or on the page."`
	Sync sync `cmd:"" help:"Run a flow of a backend now, and wait for it."`
	Job  struct {
		List    jobList `cmd:"" help:"List jobs, oldest first."`
		Show    jobShow `cmd:"" help:"Show one job: what it did, why it failed, its log, and the jobs before and after it."`
		Requeue requeue `cmd:"" help:"Try jobs again, now: those named, or all of a filter."`
		Cancel  cancel  `cmd:"" help:"Give jobs up: those named, or all of a filter. What runs is told to stop."`
		Done    done    `cmd:"" help:"Call jobs done without running them, so that what comes after them goes on."`
		Test    jobTest `cmd:"" help:"Run jobs that do nothing, to see that the queue works. Nothing is brewed or booked."`
	} `cmd:"" help:"The jobs of the queue."`
	Channel struct {
		List   channelList   `cmd:"" help:"List the channels: how many jobs each may run at once, and how many run and wait."`
		Pause  channelPause  `cmd:"" help:"Hold the jobs of a channel and those below it back, over restarts too. What runs goes on."`
		Resume channelResume `cmd:"" help:"Let a channel that was paused go on."`
	} `cmd:"" help:"The channels, the lines that jobs wait in."`
	Checkpoint struct {
		List   checkpointList   `cmd:"" help:"List checkpoints, oldest first."`
		Show   checkpointShow   `cmd:"" help:"Show one checkpoint: what is wrong and what to do, and who looks at it."`
		Review checkpointReview `cmd:"" help:"Say that a person has looked at checkpoints: those named, or the open ones of a filter. What waits for them goes on."`
		Answer checkpointAnswer `cmd:"" help:"Have something done about a checkpoint: what can be is listed by show."`
		Assign checkpointAssign `cmd:"" help:"Say who shall look at a checkpoint."`
	} `cmd:"" help:"What a person must look at."`
	Schedule struct {
		List scheduleList `cmd:"" help:"List what starts by the clock, and when next."`
	} `cmd:"" help:"What starts by the clock."`
	Notice struct {
		List    noticeList    `cmd:"" help:"List what went wrong, each kind of failure once."`
		Dismiss noticeDismiss `cmd:"" help:"Take a notice away that was seen to."`
	} `cmd:"" help:"What went wrong in the queue."`
	Batch struct {
		List batchList `cmd:"" help:"List batches and how far they are."`
		Show batchShow `cmd:"" help:"Show one batch."`
	} `cmd:"" help:"Jobs that belong together."`
	Queue struct {
		Adopt  queueAdopt  `cmd:"" help:"Let the jobs of a card that comes from another board run on this one. Only when the other board does not run any more."`
		Reload queueReload `cmd:"" help:"Read the configuration file again and apply its [queue] channels, timeouts and limit. A bad file changes nothing."`
	} `cmd:"" help:"The queue itself."`
	Secret struct {
		List   secretList   `cmd:"" help:"List what is sealed, and whether it opens; never what it is. The board must not run."`
		Rotate secretRotate `cmd:"" help:"Make a new sealing key, seal all secrets with it, and remove the old one. The board must not run."`
	} `cmd:"" help:"The sealed secrets: keys and passwords."`
	Import  importFile  `cmd:"" help:"Import a file of drinks, slots or bindings, and wait for it. What is refused is told by line, and the rest is kept."`
	Export  exportTable `cmd:"" help:"Export drinks, slots, cups or bindings into a file."`
	Check   check       `cmd:"" help:"Examine the store: its pages, the queue, and the ledger of the cups."`
	Backup  backup      `cmd:"" help:"Write a backup of the store, of a running board too."`
	Restore restore     `cmd:"" help:"Put a backup in the place of the store. The board must not run; its present store is kept."`
	Setup   setup       `cmd:"" help:"Put a configuration in force that was written elsewhere, on a card's boot partition, say: all of it or nothing. Its secrets are sealed and removed there. The board must not run."`
	Version version     `cmd:"" help:"Print the version."`
}

// connect finds the running board of the configuration.
func (g *Globals) connect(ctx context.Context) (*client.Client, error) {
	cfg, err := g.inDemo().Load("")
	if err != nil {
		return nil, err
	}
	c, err := client.Find(ctx, cfg.Data)
	if errors.Is(err, client.ErrNoBoard) {
		return nil, fmt.Errorf("%w: start it with `crema serve`, or name its data directory with --data", err)
	}
	return c, err
}

// table prints rows with a heading, in columns.
func table(out io.Writer, heading string, rows func(row func(format string, cells ...any))) {
	w := tabwriter.NewWriter(out, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, heading)
	rows(func(format string, cells ...any) { fmt.Fprintf(w, format+"\n", cells...) })
	w.Flush()
}

func printReport(out io.Writer, r web.Report) {
	for _, f := range r.Findings {
		text := f.Text
		if f.Warning {
			text = "warning: " + text
		}
		fmt.Fprintf(out, "%s\n  → %s\n", text, f.Fix)
	}
	switch {
	case r.OK && slices.ContainsFunc(r.Findings, func(f web.Finding) bool { return f.Code == web.CodeNotCompared }):
		fmt.Fprintln(out, "what could be looked at is well")
	case r.OK:
		fmt.Fprintln(out, "all is well")
	}
}

type sync struct {
	Name    string        `arg:"" help:"The backend's name."`
	Flow    string        `arg:"" help:"catalogue, cups, sales, reconcile, alarms, stock, clock; crema backend kinds lists those of other types."`
	NoWait  bool          `help:"Print the job's id and do not wait for it."`
	Timeout time.Duration `help:"Wait no longer than this." default:"10m"`
}

func (s sync) Run(ctx context.Context, g *Globals, out io.Writer) error {
	c, err := g.connect(ctx)
	if err != nil {
		return err
	}
	id, err := c.Sync(ctx, s.Name, s.Flow)
	if err != nil {
		return err
	}
	if s.NoWait {
		return g.Print(out, map[string]string{"job": id}, func() { fmt.Fprintln(out, "job", id) })
	}
	limited, cancel := context.WithTimeoutCause(ctx, s.Timeout, fmt.Errorf("job %s still runs after %s; it goes on: crema job show %s", id, s.Timeout, id))
	defer cancel()
	job, err := c.WaitSync(limited, id)
	if err != nil {
		if limited.Err() != nil && ctx.Err() == nil {
			return context.Cause(limited)
		}
		return err
	}
	return g.Print(out, job, func() { fmt.Fprintln(out, job.Result) })
}

type version struct{}

func (version) Run(g *Globals, out io.Writer) error {
	v := map[string]string{"version": board.Version(), "built": board.BuildTime().UTC().Format(time.RFC3339)}
	return g.Print(out, v, func() { fmt.Fprintln(out, "crema", v["version"]) })
}
