package demo

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"path/filepath"
	"time"

	"github.com/google/renameio/v2"
	"golang.org/x/sync/errgroup"

	"crema/connectors/odoo/standin"
	"crema/device/sim/simulate"
)

// World is what the demo's board is put into.
type World struct {
	Dir    string  // where all of it is kept; it must be there
	Listen string  // address of the board's page and API
	Buy    float64 // customers at each machine, in cups a minute on the average
}

// Run runs the machines and Odoo, and appliance with the path of its configuration file,
// until ctx ends or one of them fails. out is told where the machines are.
func (d World) Run(ctx context.Context, out io.Writer, log *slog.Logger, appliance func(ctx context.Context, config string) error) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	shop := standin.Demo(standin.Options{Key: key, Database: "demo", Currency: "EUR"})
	kept := filepath.Join(d.Dir, "odoo.json")
	if err := shop.Restore(kept); err != nil {
		return err
	}
	config, err := d.configure(l.Addr().String())
	if err != nil {
		return err
	}
	all, ctx := errgroup.WithContext(ctx)
	all.Go(func() error { return shop.Serve(ctx, l, kept) })
	for _, model := range []string{"1900", "2900"} {
		machine := &simulate.Command{Model: model, Link: filepath.Join(d.Dir, model+".tty"), State: filepath.Join(d.Dir, model+".json"), Buy: d.Buy, Mend: mend, Fresh: true}
		all.Go(func() error { return machine.Run(ctx, out, log) })
	}
	all.Go(func() error { return appliance(ctx, config) })
	return all.Wait()
}

// mend is how soon somebody mends what a machine raises an alarm about: time enough to see it on the page.
const mend = 2 * time.Minute

const key = "0123456789abcdef0123456789abcdef01234567"

// configure writes the configuration that a real board would have, and returns its path.
func (d World) configure(odooAddr string) (string, error) {
	text := fmt.Sprintf(toml, d.Listen, odooAddr)
	for name, content := range map[string]string{"demo.toml": text, "odoo.key": key + "\n", "kitchen.password": "s3cret\n"} {
		if err := renameio.WriteFile(filepath.Join(d.Dir, name), []byte(content), 0o600); err != nil {
			return "", err
		}
	}
	return filepath.Join(d.Dir, "demo.toml"), nil
}

const toml = `# The demo's configuration, written anew at each start.
data   = "board"
listen = %q

[odoo]
url          = "http://%s"
database     = "demo"
api_key_file = "odoo.key"

[[backend]]
name         = "lobby"
type         = "coffee"
version      = "1900"
port         = "1900.tty"
location     = "Lobby"
pos_category = "Coffee"
pos          = "Lobby machine"
payment      = { default = "Card" }

[[backend]]
name          = "kitchen"
type          = "coffee"
version       = "2900"
port          = "2900.tty"
location      = "Kitchen, 2nd floor"
username      = "service"
password_file = "kitchen.password"
pos_category  = "Coffee"
pos           = "Kitchen machine"
payment       = { cash = "Cash", default = "Card" }
`
