package coffee_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"crema/connectors"
	"crema/connectors/coffee"
	"crema/connectors/connectortest"
	"crema/connectors/odoo"
	"crema/connectors/odoo/standin"
	"crema/device"
	"crema/device/driver/coffee1900"
	"crema/device/driver/coffee2900"
	"crema/device/sim"
	sim1900 "crema/device/sim/coffee1900"
	sim2900 "crema/device/sim/coffee2900"
	"crema/queue/queuetest"
)

// TestConnectorConforms: the coffee connector is one like any other, at machines that speak
// their true bytes, and at an Odoo that is there. Line, network and time are the test's own:
// on a busy computer a machine answers no later, and the drivers wait as long as they do
// for real ones.
func TestConnectorConforms(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"1900", "2900"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			connectortest.Connector(bubbles{t}, func(t testing.TB) connectortest.Site { return newSite(t, version) })
		})
	}
}

// bubbles runs each part of a suite in a bubble of its own.
type bubbles struct{ *testing.T }

func (b bubbles) Part(name string, run func(testing.TB)) {
	b.Run(name, func(t *testing.T) { synctest.Test(t, func(t *testing.T) { run(t) }) })
}

func newSite(t testing.TB, version string) connectortest.Site {
	net := newNetwork()
	server := &http.Server{Handler: standin.Demo(standin.Options{Key: "k", Currency: "EUR"})}
	go server.Serve(net) //nolint:errcheck // it ends when it is closed
	t.Cleanup(func() { server.Close() })
	client, err := odoo.New(odoo.Config{URL: "http://odoo.example.com", Dial: net.Dial, Key: func() (string, error) { return "k", nil }})
	if err != nil {
		t.Fatal(err)
	}
	const password = "s3cret-of-2900"
	var m sim.Machine = sim1900.New(sim1900.Options{Brew: 30 * time.Second})
	if version == "2900" {
		m = sim2900.New(sim2900.Options{Brew: 30 * time.Second, User: "service", Password: password})
	}
	line := &cable{t: t, m: m}
	t.Cleanup(line.pull)
	open := func(w *connectors.Work) (device.Machine, error) {
		if version == "1900" {
			return coffee1900.New(line.dial, coffee1900.Options{}), nil
		}
		return coffee2900.New(line.dial, coffee2900.Options{User: "service",
			Password: func() (string, error) { return w.Secrets.Secret(w.Backend.Name, "password") }}), nil
	}
	site := connectortest.Site{
		New: func(h *connectors.Host) connectors.Connector {
			clock := &boardClock{Clock: queuetest.NewClock(time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC))}
			clock.powerUp("boot")
			m, err := coffee.New(h, coffee.Deps{Clock: clock, Odoo: client, Open: open})
			if err != nil {
				t.Fatal(err)
			}
			return m.Connector()
		},
		Backend: connectors.Backend{Name: "kitchen", Kind: coffee.Coffee.Version(version), Language: "en_US", Settings: map[string]string{"port": "/dev/kitchen",
			"pos": "Kitchen machine", "pos_category": "Coffee", "payment": `{"default":"Card"}`, "poll": "200ms"}},
		Away: func() (back func()) {
			line.unplug(true)
			return func() { line.unplug(false) }
		},
	}
	if version == "2900" {
		site.Backend.Settings["username"] = "service"
		site.Secrets = map[string]string{"password": password}
	}
	return site
}
