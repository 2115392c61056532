package stock

import (
	"context"
	"fmt"

	"crema/connectors"
	"crema/connectors/odoo"
	"crema/queue"
	"crema/store"
)

// model is the machine that tells amounts.
const model = "2900"

// Deps is whose stock is kept, and what the flow stands on.
type Deps struct {
	Backend     string            // its name
	Location    string            // stock.location, name or id; "": no stock is kept
	Ingredients map[string]string // number in the machine → default_code

	*connectors.Environment
	Odoo *odoo.Client

	// Follow asks for a job that goes on with what is left to send; whoever waits for the job
	// that it is given waits for it too.
	Follow func(*store.Tx, queue.ID) error
	// Done keeps that all was sent.
	Done func(*store.Tx) error
	// Failed says what becomes of a job that Odoo failed, where that has nothing to do with stock.
	Failed func(context.Context, Job, error) error
	// Finding turns an error of Odoo's into what a set-up check finds.
	Finding func(err error, code, fix string) ([]connectors.Finding, error)
}

// Job is what a job lends to the flow while it runs: a [queue.Job], of whatever kind.
type Job interface {
	// Step commits on the way, and SetResult says what came of it.
	Step(context.Context, func(*store.Tx) error) error
	SetResult(string)
}

// Flow keeps the stock of one backend's machine.
type Flow struct{ deps Deps }

// New makes the flow of a backend. It does no I/O.
func New(d Deps) *Flow { return &Flow{deps: d} }

// modelLocation is what the checkpoints about the stock are about, modelMachine those about what
// a machine used.
const (
	modelLocation = "stock.location"
	modelMachine  = "machine"
)

func (f *Flow) tellPerson(tx *store.Tx, model, record, reason, format string, args ...any) error {
	_, err := f.deps.Checkpoints.OpenCheckpoint(tx, connectors.Checkpoint{
		Backend: f.deps.Backend, Model: model, Record: record, Reason: reason, Message: fmt.Sprintf(format, args...)})
	return err
}
