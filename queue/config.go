package queue

import (
	"log/slog"
	"time"

	"crema/store"
)

// Config is how a queue runs. The zero value is good: one job at a time, an hour each.
type Config struct {
	// Channels gives capacities, "root:4,root.machine:2,root.till:1:sequential,root.slow:1:throttle=5". A channel without a capacity has
	// 1, one with 0 is paused, root has 1 if it is not named; "sales" is short for "root.sales". A job of a channel that is not named
	// here is bounded by those above it. sequential, with the capacity 1 alone, starts the jobs of a channel and of all below it one
	// after the other in the order of their enqueue, whatever their priority: one that waits or has failed holds back those behind it.
	// throttle lets so many seconds of board time pass from one start in the channel, or below it, to the next. Anything else is
	// refused. SetChannels changes it while all goes on.
	Channels string
	// Timeouts gives times in seconds, "root:600,root.sales:120"; a channel without one has its parent's, else Limit.
	Timeouts string
	// Limit bounds every time in Timeouts, and the jobs without one; 0 is an hour.
	Limit time.Duration
	// Runner false: jobs are accepted, none runs, and schedules don't fire. nil is true.
	Runner *bool
	// OnParked is called in the transaction that parks a job, each time. Its error is logged; it can't keep the job from being parked.
	// It may run more than once for one commit.
	OnParked func(tx *store.Tx, job Info) error
	// OnStuck is called once for a handler that goes on ten seconds after its job was ended by hand or its time was over, with how long
	// that is ago; see Queue.Stuck. It may use the queue, and holds up nobody but the end of Run.
	OnStuck func(job Info, since time.Duration)
	// Observe is told of every run: when it begins, and after the commit of its end. Many goroutines call it at once, the store's
	// committer among them: it must be quick, and must not panic or wait for the queue.
	Observe func(RunInfo)
	// Alive is told by the goroutine of Run, which also fires the schedules, that it is alive, and within which time it will say so again;
	// 0: Run has ended. nil: nobody asks.
	Alive func(within time.Duration)
	// Keep says how many finished jobs are kept, and how long; KeepChannels says it for channels and those below them.
	Keep         Retention
	KeepChannels map[string]Retention
	// Grace is how long Run waits at its end for handlers to return; 0 is 10 seconds.
	Grace time.Duration
	// Board names the board, as its serial number does: jobs that a store has from another board don't run until Adopt, and its
	// schedules that are spread have hours of their own. "" is any board.
	Board string
	// Logger may be nil: nothing is logged.
	Logger *slog.Logger
}

const defaultGrace = 10 * time.Second

// How long Run may be silent: while it works, that is waits for commits, which have less; while it goes through all jobs at its start; and
// beyond what it sleeps for.
const workWithin, startWithin, waitWithin = 90 * time.Second, 10 * time.Minute, 30 * time.Second

func (c *Config) fill() {
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	if c.Alive == nil {
		c.Alive = func(time.Duration) {}
	}
	if c.Grace <= 0 {
		c.Grace = defaultGrace
	}
}
