package queue

import (
	"context"
	"errors"
	"log/slog"

	"crema/store"
)

// A Job is what a worker gets: the arguments, and what is known of the job at its start. It is the worker's own.
type Job[A any] struct {
	Info
	Args A
	run  *run
}

// Step commits fn while the job goes on. When it returns nil, fn's changes are on the disk and a row of interruptions is ended. It
// returns ErrLeaseLost, and commits nothing, when the job is no longer this run's; else fn's error, or the store's. ctx bounds the wait
// for the commit's turn. fn may run more than once and touches nothing but its transaction.
func (j *Job[A]) Step(ctx context.Context, fn func(*store.Tx) error) error {
	if j.run == nil {
		return errors.New("queue: Step of a job that no queue runs")
	}
	return j.run.step(ctx, fn)
}

// SetResult sets the sentence that is kept with the job when it is done; the last one counts.
func (j *Job[A]) SetResult(s string) {
	if j.run != nil {
		j.run.setResult(s)
	}
}

// Log gives a logger that names the job. What is written with it goes to the program's log and, from the level info on, is kept with the
// job (Queue.Log): committed by the next Step, or with the end of the run. Lines after the last Step of a run that a crash ended are lost.
// Secrets are the caller's business; values that implement slog.LogValuer are asked.
func (j *Job[A]) Log() *slog.Logger {
	if j.run == nil {
		return slog.New(slog.DiscardHandler)
	}
	return j.run.logger()
}

// Env gives what Options.Env had under the key when the job was enqueued, "" if nothing.
func (j *Job[A]) Env(key string) string {
	if j.run == nil {
		return ""
	}
	return j.run.stored.Env[key]
}

// ArgsVersion is the version of the arguments as they were enqueued; it is never above the registered Kind's.
func (j *Job[A]) ArgsVersion() int {
	if j.run == nil {
		return 0
	}
	return j.run.stored.Version
}
