package source

import (
	"cmp"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"crema/queue"
)

// Bounds of the histograms, in seconds: a job takes milliseconds at the board, and minutes where Odoo or a machine is slow.
var (
	durationBounds = []float64{0.005, 0.02, 0.1, 0.5, 1, 5, 15, 60, 300, 1800}
	waitBounds     = []float64{0.001, 0.01, 0.1, 1, 10, 60, 600, 3600}
)

// Runs counts the runs of jobs for the metrics, from the start of the program on. Make it with [NewRuns]. Its labels are kinds and
// outcomes, of which a program has a few dozen. Safe for concurrent use.
type Runs struct {
	mu    sync.RWMutex
	known map[runKey]*runsOf
}

type runKey struct {
	kind    string
	outcome queue.Outcome
}

// runsOf counts the runs of one kind with one outcome.
type runsOf struct {
	n, timeouts atomic.Uint64
	seconds     *histogram // of the wait, for those that begin; else of the run
}

// runCounters are the counters of runs by kind.
var runCounters = []struct {
	outcome    queue.Outcome
	name, help string
}{
	{queue.RunStarted, "crema_queue_starts_total", "Runs of jobs that began."},
	{queue.RunRetried, "crema_queue_retries_total", "Runs that failed and are tried again."},
	{queue.RunFailed, "crema_queue_failures_total", "Runs that failed for good."},
	{queue.RunInterrupted, "crema_queue_interruptions_total", "Runs that a power cut or a crash ended, told at the next start."},
}

// NewRuns makes a Runs that has counted nothing yet.
func NewRuns() *Runs { return &Runs{known: map[runKey]*runsOf{}} }

// Observe counts one run: for queue.Config.Observe. It takes less than a microsecond.
func (r *Runs) Observe(i queue.RunInfo) {
	o := r.of(runKey{i.Kind, i.Outcome})
	o.n.Add(1)
	if i.TimedOut {
		o.timeouts.Add(1)
	}
	switch i.Outcome {
	case queue.RunStarted:
		o.seconds.observe(i.Wait.Seconds())
	case queue.RunInterrupted: // how long it ran is not known
	default:
		o.seconds.observe(i.Exec.Seconds())
	}
}

func (r *Runs) of(k runKey) *runsOf {
	r.mu.RLock()
	o := r.known[k]
	r.mu.RUnlock()
	if o != nil {
		return o
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.known[k] == nil {
		bounds := durationBounds
		if k.outcome == queue.RunStarted {
			bounds = waitBounds
		}
		r.known[k] = &runsOf{seconds: newHistogram(bounds)}
	}
	return r.known[k]
}

// write adds what was counted to a page of metrics.
func (r *Runs) write(e *exposition) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	keys := slices.SortedFunc(maps.Keys(r.known), func(a, b runKey) int {
		return cmp.Or(cmp.Compare(a.kind, b.kind), cmp.Compare(a.outcome, b.outcome))
	})
	e.family("crema_queue_job_duration_seconds", "histogram", "How long runs of jobs took, by what came of them.")
	for _, k := range keys {
		if k.outcome != queue.RunStarted && k.outcome != queue.RunInterrupted {
			r.known[k].seconds.write(e, "crema_queue_job_duration_seconds", "kind", k.kind, "outcome", string(k.outcome))
		}
	}
	e.family("crema_queue_job_wait_seconds", "histogram", "How long jobs that could start waited for a place.")
	for _, k := range keys {
		if k.outcome == queue.RunStarted {
			r.known[k].seconds.write(e, "crema_queue_job_wait_seconds", "kind", k.kind)
		}
	}
	for _, c := range runCounters {
		e.family(c.name, "counter", c.help)
		for _, k := range keys {
			if k.outcome == c.outcome {
				e.sample(c.name, float64(r.known[k].n.Load()), "kind", k.kind)
			}
		}
	}
	timeouts := map[string]float64{}
	for _, k := range keys {
		timeouts[k.kind] += float64(r.known[k].timeouts.Load())
	}
	e.family("crema_queue_timeouts_total", "counter", "Runs that were over their time, whatever came of them.")
	for _, kind := range slices.Sorted(maps.Keys(timeouts)) {
		e.sample("crema_queue_timeouts_total", timeouts[kind], "kind", kind)
	}
}
