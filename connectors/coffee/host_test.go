package coffee

import (
	"context"
	"maps"
	"sync"
	"testing"

	"crema/connectors"
	"crema/device"
	"crema/store"
)

// newMachines is the connector on a host, as main wires it, with backends of the file in
// production.
func newMachines(t testing.TB, e connectors.Environment, d Deps, records ...connectors.Backend) *Machines {
	t.Helper()
	e.Registry = connectors.NewRegistry()
	if e.Checkpoints == nil {
		e.Checkpoints = connectors.NewCheckpoints()
	}
	e.Now = d.Clock.Now
	h := connectors.NewHost(&e)
	m, err := New(h, d)
	if err != nil {
		t.Fatal(err)
	}
	h.Add(m.Connector())
	if err := h.Check(); err != nil {
		t.Fatal(err)
	}
	if err := h.Sync(t.Context(), records); err != nil {
		t.Fatal(err)
	}
	if err := e.Store.Update(t.Context(), func(tx *store.Tx) error {
		for _, r := range records {
			// Not the host's list: nothing is started.
			if err := (connectors.Backends{}).SetState(tx, r.Name, connectors.Production); err != nil {
				return err
			}
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return m
}

// recordOf is a backend of the file.
func recordOf(name, version string, settings map[string]string) connectors.Backend {
	all := map[string]string{"port": "/dev/" + name}
	maps.Copy(all, settings)
	return connectors.Backend{Name: name, Kind: Coffee.Version(version), Settings: all}
}

// backend is one machine by name.
func (m *Machines) backend(t testing.TB, name string) *Backend {
	t.Helper()
	b, err := m.named(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// runLink runs a link until stop is called.
func runLink(l *device.Link) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	wg.Go(func() { l.Run(ctx) })
	return func() { cancel(); wg.Wait() }
}
