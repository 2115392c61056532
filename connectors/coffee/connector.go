package coffee

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"crema/connectors"
	"crema/connectors/coffee/ledger"
	"crema/device"
	"crema/queue"
	"crema/store"
)

// Connector keeps the configured machines and Odoo in step. Its methods are safe
// for concurrent use.
type Connector struct {
	d        *Deps
	backends []*Backend // in the order of the configuration
}

// Errors that callers tell apart.
var (
	// ErrNoBackend means that no backend of this name is configured.
	ErrNoBackend = errors.New("no such backend")
	// ErrNoFlow means that there is no flow of this name.
	ErrNoFlow = errors.New("no such flow")
)

// New makes the connector for the configured backends: it opens their machines (no
// I/O yet), and registers the kinds of job and the schedules. Call it before the
// queue runs.
func New(d Deps, backends []Config) (*Connector, error) {
	if d.Logger == nil {
		d.Logger = slog.New(slog.DiscardHandler)
	}
	c := &Connector{d: &d}
	provide(d.Registry)
	if err := drinkMapper.Validate(); err != nil {
		return nil, err
	}
	for _, cfg := range backends {
		if kindOf(cfg.Version) == nil {
			return nil, fmt.Errorf("backend %q: there is no driver for a Coffee %q", cfg.Name, cfg.Version)
		}
		m, err := d.Open(cfg.Version, cfg)
		if err != nil {
			return nil, fmt.Errorf("backend %q: %w", cfg.Name, err)
		}
		c.backends = append(c.backends, newBackend(c.d, cfg, m))
	}
	register(c, CatalogueKind, (*Backend).catalogue, backendOf)
	register(c, SalesKind, (*Backend).sales, backendOf)
	register(c, TestKind, (*Backend).testJob, backendOf)
	register(c, ClockKind, (*Backend).clockJob, backendOf)
	register(c, CupsKind, (*Backend).cupsJob, backendOf)
	register(c, AnchorKind, (*Backend).anchor, func(a AnchorArgs) string { return a.Backend })
	register(c, SlotKind, (*Backend).slotJob, func(a SlotArgs) string { return a.Backend })
	register(c, BrewKind, (*Backend).brewJob, func(a BrewArgs) string { return a.Backend })
	c.listen()
	return c, c.schedules()
}

func backendOf(a FlowArgs) string { return a.Backend }

// register gives a kind of job its handler: a method of the backend that it names.
func register[A any](c *Connector, k queue.Kind[A], work func(*Backend, context.Context, *queue.Job[A]) (queue.Done, error), name func(A) string) {
	queue.Register(c.d.Queue, k, func(ctx context.Context, job *queue.Job[A]) (queue.Done, error) {
		b, err := c.Backend(name(job.Args))
		if err != nil {
			return nil, queue.Permanent(err) // it was taken out of the configuration
		}
		return work(b, ctx, job)
	})
}

// Run owns the machines until ctx ends. One machine never waits for another.
func (c *Connector) Run(ctx context.Context) error {
	if err := c.d.Store.Update(ctx, c.tellLeft); err != nil {
		return err
	}
	g, ctx := errgroup.WithContext(ctx)
	for _, b := range c.backends {
		g.Go(func() error { return b.Run(ctx) })
	}
	return g.Wait()
}

// tellLeft says which backends are configured no longer, or by another name, and have
// cups that are not booked.
func (c *Connector) tellLeft(tx *store.Tx) error {
	open := ledger.Open(tx)
	for _, name := range slices.Sorted(maps.Keys(open)) {
		if _, err := c.Backend(name); err == nil {
			continue
		}
		if _, err := c.d.Checkpoints.OpenCheckpoint(tx, connectors.Checkpoint{
			Backend: name, Model: ModelBackend, Record: name, Reason: reasonLeft, Message: fmt.Sprintf(
				"%d cups of the backend %q are not booked, and it is in the configuration no longer: put it back under this name until they are.", open[name], name)}); err != nil {
			return err
		}
	}
	for _, b := range c.backends {
		if err := c.d.Checkpoints.ResolveCheckpoint(tx, b.cfg.Name, ModelBackend, b.cfg.Name, reasonLeft); err != nil {
			return err
		}
	}
	return nil
}

// reasonLeft is the checkpoint of a backend that was taken away with cups to book.
const reasonLeft = "backend_left"

// Backends are the configured machines, in the order of the configuration.
func (c *Connector) Backends() []*Backend { return slices.Clone(c.backends) }

// Backend is one of them by name; ErrNoBackend, which names those that there are.
func (c *Connector) Backend(name string) (*Backend, error) {
	var names []string
	for _, b := range c.backends {
		if b.cfg.Name == name {
			return b, nil
		}
		names = append(names, b.cfg.Name)
	}
	if names == nil {
		return nil, fmt.Errorf("%w %q: none is configured", ErrNoBackend, name)
	}
	return nil, fmt.Errorf("%w %q: there are %s", ErrNoBackend, name, strings.Join(names, ", "))
}

// Flows are the flows that can be started, by name.
func Flows() []string { return []string{"catalogue", "cups", "sales", "clock"} }

// Flows are those that can be started for this backend.
func (b *Backend) Flows() []string {
	return slices.DeleteFunc(Flows(), func(flow string) bool { return flow == "clock" && !b.hasClock() })
}

// Start starts a flow of a backend by hand, or brings forward the run of it that
// waits, and returns its job. ErrNoFlow.
func (b *Backend) Start(ctx context.Context, flow string) (id queue.ID, err error) {
	err = b.d.Store.Update(ctx, func(tx *store.Tx) (err error) {
		id, err = b.enqueueFlow(tx, flow, true)
		return err
	})
	return id, err
}

func (b *Backend) enqueueFlow(tx *store.Tx, flow string, byHand bool) (queue.ID, error) {
	var kind queue.Kind[FlowArgs]
	channel := "" // the kind's
	switch flow {
	case "catalogue":
		kind = CatalogueKind
	case "cups":
		kind, channel = CupsKind, machineChannel(b.cfg.Name)
	case "sales":
		kind = SalesKind
	case "clock":
		kind, channel = ClockKind, machineChannel(b.cfg.Name)
	default:
		return 0, fmt.Errorf("%w %q: there are %s", ErrNoFlow, flow, strings.Join(Flows(), ", "))
	}
	id, err := queue.Enqueue(tx, b.d.Queue, kind, FlowArgs{b.cfg.Name}, queue.Options{
		IdentityKey: flow + "/" + b.cfg.Name, Backend: b.cfg.Name, PullForward: byHand, Channel: channel})
	if err != nil || flow == "clock" || flow == "cups" {
		return id, err
	}
	// Nothing is booked, and no slot is written, before it is known where the books stand.
	parent := id
	if !byHand {
		parent = 0 // a net must not gather jobs that wait for weeks
	}
	return id, b.anchorNow(tx, parent)
}

// schedules registers the cron schedules. A backend that never passed a test, or
// that was switched off, is left alone.
func (c *Connector) schedules() error {
	for _, b := range c.backends {
		for _, flow := range b.Flows() {
			spec := b.cfg.Schedule[flow]
			if spec == "" {
				continue
			}
			zone := b.cfg.Timezone
			if zone == nil {
				zone = time.UTC
			}
			err := c.d.Queue.Schedule(flow+"/"+b.cfg.Name, spec, zone, func(tx *store.Tx) (queue.ID, error) {
				if on, err := b.inProduction(tx); !on || err != nil {
					return 0, err
				}
				return b.enqueueFlow(tx, flow, false)
			})
			if err != nil {
				return fmt.Errorf("backend %q: schedule of %s: %w", b.cfg.Name, flow, err)
			}
		}
	}
	return nil
}

func (b *Backend) inProduction(tx *store.Tx) (bool, error) {
	r, err := connectors.Backends{}.Get(tx, b.cfg.Name)
	return r.State == connectors.Production, err
}

// Brew asks for one cup of a slot, free of charge, and returns its job. The cup's
// token is made here, once: however often the job is tried, there is one cup.
func (b *Backend) Brew(ctx context.Context, slot int) (id queue.ID, err error) {
	var token device.Token
	_, _ = rand.Read(token[:]) // it never fails (crypto/rand)
	args := BrewArgs{Backend: b.cfg.Name, Slot: slot, Token: hex.EncodeToString(token[:])}
	err = b.d.Store.Update(ctx, func(tx *store.Tx) (err error) {
		id, err = queue.Enqueue(tx, b.d.Queue, BrewKind, args, queue.Options{
			Backend: b.cfg.Name, IdentityKey: "brew/" + args.Token, Channel: machineChannel(b.cfg.Name)})
		return err
	})
	return id, err
}
