package connectors

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"crema/queue"
	"crema/store"
)

// Host runs the backends of all connectors. Make it with [NewHost], [Host.Add] each
// connector, [Host.Check] once, [Host.Sync] with the file's backends, then [Host.Run]
// beside the queue. From Check on it is safe for concurrent use.
type Host struct {
	*Environment
	connectors []Connector
	changed    chan struct{}     // the list of backends may be another one
	scheduled  map[string]string // name of the schedule → expression; Run's own

	mu      sync.Mutex
	running map[string]*tenant
	tasks   map[string]int // how many work for a backend now
}

// NewHost makes a host without connectors. One whose environment has no store or queue
// says what its connectors declare, and can do nothing else.
func NewHost(e *Environment) *Host {
	h := &Host{Environment: NewWork(e, Backend{}).Environment, changed: make(chan struct{}, 1), running: map[string]*tenant{}, tasks: map[string]int{}}
	if h.Zone == nil {
		h.Zone = time.UTC
	}
	if h.Locks == nil {
		h.Locks = new(Locks)
	}
	if h.Tally == nil {
		h.Tally = new(Tally)
	}
	if h.Queue != nil {
		queue.Register(h.Queue, TestKind, h.testJob)
	}
	return h
}

// Add adds a connector, before Check.
func (h *Host) Add(c Connector) { h.connectors = append(h.connectors, c) }

// Connectors lists them in the order in which they were added.
func (h *Host) Connectors() []Connector { return slices.Clone(h.connectors) }

// Check reports everything that is wrong with what was added, all of it joined: what
// [Registry.Validate] and [Events.Validate] find; kinds, settings and flows that are there twice; versions
// that are none of the kind; defaults, bounds and schedules that can't be; and holes, the
// roles of a kind that nobody fills. Call it once, after the last Add.
func (h *Host) Check() error {
	errs := []error{h.Registry.Validate()}
	if h.Events != nil {
		errs = append(errs, h.Events.Validate())
	}
	seen := map[string]bool{}
	for _, c := range h.connectors {
		if c.Kind == nil {
			errs = append(errs, errors.New("a connector has no kind"))
			continue
		}
		if seen[c.Kind.Name()] {
			errs = append(errs, fmt.Errorf("two connectors have the kind %q", c.Kind.Name()))
		}
		seen[c.Kind.Name()] = true
		if err := errors.Join(c.check(h.Registry)...); err != nil {
			errs = append(errs, fmt.Errorf("connector %q: %w", c.Kind.Name(), err))
		}
	}
	return errors.Join(errs...)
}

// Sync brings the stored list of backends in line with the configuration file, as
// [Backends.Sync] does, and has the connectors settle what an older state of the store
// left open ([Connector.Prepare]), in one commit. Call it once, before the queue and Run.
func (h *Host) Sync(ctx context.Context, file []Backend) error {
	return h.Store.Update(ctx, func(tx *store.Tx) error {
		if err := h.Backends().Sync(tx, file); err != nil {
			return err
		}
		all := listBackends(tx)
		for _, s := range all {
			if err := h.ownChannel(tx, s.Backend); err != nil {
				return err
			}
		}
		for _, c := range h.connectors {
			if c.Prepare == nil {
				continue
			}
			var own []Backend
			for _, s := range all {
				if s.Backend.Kind.Is(c.Kind) {
					own = append(own, c.complete(s.Backend))
				}
			}
			if err := c.Prepare(tx, own); err != nil {
				return fmt.Errorf("prepare the backends of kind %q: %w", c.Kind.Name(), err)
			}
		}
		return nil
	})
}

// Backends is the list of backends that the host runs, and follows when it changes.
func (h *Host) Backends() Backends { return Backends{host: h} }

// Backend is a stored backend with its connector: with the default of each setting that
// nobody wrote. ErrNoBackend; an error that names the kinds there are.
func (h *Host) Backend(tx *store.Tx, name string) (Backend, Connector, error) {
	b, err := Backends{}.Get(tx, name)
	if err != nil {
		return b, Connector{}, err
	}
	c, err := h.connector(b)
	if err != nil {
		return b, c, err
	}
	return c.complete(b), c, nil
}

// ErrNoConnector means that this program has no connector for a kind of backend.
var ErrNoConnector = errors.New("there is no connector for this type")

func (h *Host) connector(b Backend) (Connector, error) {
	var names []string
	for _, c := range h.connectors {
		if b.Kind.Is(c.Kind) {
			return c, nil
		}
		names = append(names, c.Kind.Name())
	}
	return Connector{}, fmt.Errorf("backend %q of type %q: %w; there are %s", b.Name, b.Kind.Name(), ErrNoConnector, listOr(names, "none"))
}

// deleted has the connector remove what it keeps of a backend, and takes out its secrets.
// What a connector keeps that this program does not have stays.
func (h *Host) deleted(tx *store.Tx, b Backend) error {
	if err := hookBucket.Delete(tx, b.Name); err != nil {
		return err
	}
	c, err := h.connector(b)
	if errors.Is(err, ErrNoConnector) {
		return nil
	}
	for _, s := range c.Settings {
		if s.Type == SettingSecret && h.Secrets != nil {
			if err := h.Secrets.Seal(tx, b.Name, s.Name, ""); err != nil {
				return err
			}
		}
	}
	if c.Deleted == nil {
		return nil
	}
	return c.Deleted(tx, c.complete(b))
}

// Matrix draws who does what: see [Registry.Matrix]. Kinds and roles that the connectors
// name and nobody fills are in it.
func (h *Host) Matrix() string {
	var kinds []*Kind
	var roles []string
	for _, c := range h.connectors {
		kinds = append(kinds, c.kinds()...)
		for _, r := range c.Roles {
			roles = append(roles, r.String())
		}
	}
	return h.Registry.matrix(kinds, roles)
}

// wake has Run look at the list of backends.
func (h *Host) wake() {
	select {
	case h.changed <- struct{}{}:
	default: // it will
	}
}
