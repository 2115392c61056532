package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"

	"crema/connectors"
	"crema/connectors/coffee"
	"crema/connectors/coffee/ledger"
	"crema/connectors/odoo"
	"crema/connectors/odoo/apikey"
	"crema/connectors/table"
	"crema/device/board"
	"crema/queue"
	"crema/store"
	"crema/web"
)

// Parts is the real parts of a running board.
type Parts struct {
	Config      *board.Config
	Version     string // of this program
	Store       *store.Store
	Queue       *queue.Queue
	Host        *connectors.Host
	Machines    *coffee.Machines // the connector of those backends that are coffee machines
	Checkpoints *connectors.Checkpoints
	Listeners   *connectors.Events // nil: nobody listens
	Odoo        *odoo.Client
	Key         *apikey.Keeper // nil: nobody looks after Odoo's key
	Files       *table.Exchange
	Clock       *board.Clock
	Dog         *board.Watchdog // nil: nobody watches the loops
	CheckToken  func(string) bool
	Events      *web.Hub
	Runs        *Runs // what Queue's runs are counted by; nil: they are not
	Logger      *slog.Logger
	// Load reads the configuration again, for the queue's part of it.
	Load func() (*board.Config, error)

	reloading func() // for tests: Reloads has begun
}

// Deps is what web asks for, answered by p.
func (p *Parts) Deps() web.Deps {
	return web.Deps{
		Status: p.status, Health: p.health, CheckToken: p.CheckToken, Check: p.check,
		Backup:   func(ctx context.Context, w io.Writer) (int64, error) { return p.Store.Snapshot(ctx, w) },
		Bindings: p.bindings, Schedules: p.schedules, Reload: p.reload, Adopt: p.adopt, Metrics: p.metrics,
		Backends: backends{p}, Hooks: hooks{p}, Jobs: jobs{p}, Channels: channels{p}, Notices: notices{p}, Batches: batches{p}, Cups: cups{p}, Checkpoints: checkpoints{p}, Files: files{p},
		Events: p.Events,
	}
}

// check proves the store whole, its pages and what they hold, and compares the books of each
// machine at work with its counters and with Odoo.
func (p *Parts) check(ctx context.Context) (web.Report, error) {
	r := web.Report{OK: true}
	bad := func(code string, err error, fix string) {
		r.OK = false
		r.Findings = append(r.Findings, web.Finding{Code: code, Text: err.Error(), Fix: fix})
	}
	if err := p.Store.Check(ctx); err != nil {
		bad("store", err, "Keep a copy of the data directory, and start crema again: it puts the newest good snapshot in its place.")
		return r, ctx.Err() // what damaged pages hold says no more than that
	}
	err := p.Store.View(func(tx *store.Tx) error {
		r.Findings = append(r.Findings, Examine(tx)...)
		return nil
	})
	if r.OK = len(r.Findings) == 0; err != nil {
		bad("store", err, "Keep a copy of the data directory, and restore the last good backup.")
	}
	if r.OK {
		found, differ := p.compareBooks(ctx)
		r.Findings, r.OK = found, !differ
	}
	return r, ctx.Err()
}

// Examine proves that what the store holds agrees with itself: the queue's indexes with
// its jobs, the ledger's with its cups.
func Examine(tx *store.Tx) (found []web.Finding) {
	if err := queue.Check(tx); err != nil {
		found = append(found, web.Finding{Code: "queue", Text: err.Error(), Fix: "Report this; the jobs concerned can be requeued by hand."})
	}
	if err := ledger.Check(tx); err != nil {
		found = append(found, web.Finding{Code: "ledger", Text: err.Error(), Fix: "Report this with a backup; the cups concerned may be booked late, and never twice."})
	}
	return found
}

// asProblem gives errors that a person caused their status and their advice.
func asProblem(err error) error {
	var state *queue.StateError
	var refused *connectors.ReviewError
	var step *connectors.StateError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &refused):
		return web.Conflict(err.Error(), "review those that are still open one by one: each says what keeps it")
	case errors.Is(err, connectors.ErrNoBackend), errors.Is(err, connectors.ErrNoFlow),
		errors.Is(err, coffee.ErrNoMachine), errors.Is(err, queue.ErrNotFound),
		errors.Is(err, queue.ErrUnknownChannel), errors.Is(err, queue.ErrNoNotice), errors.Is(err, queue.ErrNoBatch), errors.Is(err, connectors.ErrNoCheckpoint):
		problem := web.NotFound("", "", "")
		problem.Detail = err.Error()
		return problem
	case errors.As(err, &state):
		short := *state // its advice has a place of its own
		short.Why = ""
		return web.Conflict(short.Error(), state.Why)
	case errors.As(err, &step):
		return web.Conflict(strings.TrimSuffix(step.Error(), ": "+step.Fix), step.Fix)
	case errors.Is(err, connectors.ErrFromFile):
		return web.Conflict(strings.TrimSuffix(err.Error(), ": change it there"), "change it there, and restart crema")
	case errors.Is(err, connectors.ErrNotSet):
		return web.Conflict(err.Error(), "set it, and start it then")
	case errors.Is(err, connectors.ErrHasBindings):
		return web.Conflict(err.Error(), "keep it switched off, or remove its bindings first")
	case errors.Is(err, connectors.ErrInUse):
		return web.Conflict(err.Error(), "try again in a moment")
	case errors.Is(err, connectors.ErrInactive):
		return web.Conflict(err.Error(), "switch it on with crema backend draft NAME, or on its page, and test it")
	case errors.Is(err, connectors.ErrNoHints):
		return web.Conflict(err.Error(), "a webhook of Odoo's is for a coffee machine")
	case errors.Is(err, connectors.ErrNoConnector):
		return web.Conflict(err.Error(), "use a version of crema that has it")
	case errors.Is(err, queue.ErrCapacityZero):
		return web.Conflict(err.Error(), "change `channels` of the configuration, then: crema queue reload")
	case errors.Is(err, queue.ErrInvalid):
		return web.Invalid(err.Error(), "correct it and ask again")
	case errors.Is(err, queue.ErrFull), errors.Is(err, store.ErrFull):
		return web.Unavailable(err.Error(), "wait until finished jobs are pruned, or give the store more room")
	case errors.Is(err, connectors.ErrReviewed):
		return web.Conflict(err.Error(), "look at it to see by whom")
	case errors.Is(err, connectors.ErrAnswer):
		return web.Invalid(err.Error(), "see what can be answered to it")
	case errors.Is(err, connectors.ErrPerson):
		return web.Invalid(err.Error(), "give a name or a mail address")
	default:
		return err
	}
}

// number reads an id or the end of a page; an empty one is 0.
func number(what, s string) (uint64, error) {
	if s == "" {
		return 0, nil
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		return 0, web.Invalid(fmt.Sprintf("%s %q is no number", what, s), "take it from a list")
	}
	return n, nil
}

// id is a number on the wire; 0 is none.
func id(n uint64) web.ID {
	if n == 0 {
		return ""
	}
	return web.ID(strconv.FormatUint(n, 10))
}

// next is where a list goes on, "" at its end.
func next(n uint64) string { return string(id(n)) }
