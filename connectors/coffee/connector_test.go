package coffee

import (
	"net/http/httptest"
	"testing"
	"time"

	"crema/connectors"
	"crema/connectors/connectortest"
	"crema/connectors/odoo"
	"crema/connectors/odoo/standin"
	"crema/device"
	"crema/device/devicetest"
	"crema/device/driver/coffee1900"
	"crema/device/driver/coffee2900"
	"crema/device/serial"
	"crema/device/sim"
	sim1900 "crema/device/sim/coffee1900"
	sim2900 "crema/device/sim/coffee2900"
)

// TestConnectorConforms: the coffee connector is one like any other, at machines that speak
// their true bytes, and at an Odoo that is there.
func TestConnectorConforms(t *testing.T) {
	t.Parallel()
	for _, version := range []string{"1900", "2900"} {
		t.Run(version, func(t *testing.T) {
			t.Parallel()
			connectortest.Connector(t, func(t testing.TB) connectortest.Site { return newSite(t, version) })
		})
	}
}

func newSite(t testing.TB, version string) connectortest.Site {
	server := httptest.NewServer(standin.Demo(standin.Options{Key: "k", Currency: "EUR"}))
	t.Cleanup(server.Close)
	client, err := odoo.New(odoo.Config{URL: server.URL, Key: func() (string, error) { return "k", nil }})
	if err != nil {
		t.Fatal(err)
	}
	var m sim.Machine = sim1900.New(sim1900.Options{Brew: 30 * time.Millisecond})
	if version == "2900" {
		m = sim2900.New(sim2900.Options{Brew: 30 * time.Millisecond, User: "service", Password: "s3cret-of-2900"})
	}
	wire := devicetest.NewWire(t, m, 0, 0)
	open := func(w *connectors.Work) (device.Machine, error) {
		if version == "1900" {
			return coffee1900.New(serial.Dialer(wire.Link(), 9600), coffee1900.Options{Reply: 40 * time.Millisecond, WriteReply: 80 * time.Millisecond}), nil
		}
		return coffee2900.New(serial.Dialer(wire.Link(), 115200), coffee2900.Options{User: "service", Reply: 60 * time.Millisecond,
			Password: func() (string, error) { return w.Secrets.Secret(w.Backend.Name, "password") }}), nil
	}
	b := recordOf("kitchen", version, map[string]string{"pos": "Kitchen machine", "pos_category": "Coffee", "payment": `{"default":"Card"}`, "poll": "200ms"})
	b.Language = "en_US"
	site := connectortest.Site{
		New: func(h *connectors.Host) connectors.Connector {
			m, err := New(h, Deps{Clock: fastClock{time.Now()}, Odoo: client, Open: open})
			if err != nil {
				t.Fatal(err)
			}
			return m.Connector()
		},
		Backend: b,
		Away: func() (back func()) {
			wire.Cut()
			return wire.Mend
		},
	}
	if version == "2900" {
		site.Backend.Settings["username"] = "service"
		site.Secrets = map[string]string{"password": "s3cret-of-2900"}
	}
	return site
}
