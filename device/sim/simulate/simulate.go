package simulate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"golang.org/x/sync/errgroup"

	"crema/device"
	"crema/device/sim"
	"crema/device/sim/coffee1900"
	"crema/device/sim/coffee2900"
)

// How long a cup takes that the controller starts.
const brewing = 3 * time.Second

// How soon somebody fills what has run empty.
const refill = 30 * time.Second

// Command is one simulated machine; the tags are those of the command line.
type Command struct {
	Model   string        `arg:"" enum:"1900,2900" help:"1900 or 2900."`
	Link    string        `required:"" help:"Path to make for the pseudo-terminal." placeholder:"PATH"`
	State   string        `help:"File that the machine remembers itself in." placeholder:"FILE"`
	Serial  string        `help:"The machine's serial number." placeholder:"S"`
	Control string        `help:"Address to control it at: buy, reset, panel edit, alarm, faults, truth." placeholder:"ADDR"`
	Buy     float64       `help:"Customers, in cups a minute on the average." placeholder:"RATE"`
	Mend    time.Duration `help:"Somebody mends an alarm and acknowledges it at the machine when it was set this long; 0: nobody." placeholder:"DURATION"`
	// Fresh is a machine as it comes from the factory: one drink, the other slots off.
	Fresh bool `help:"Only the first slot sells a drink, the others are off."`
}

// Run is the machine until ctx ends. out is told where it is.
func (c *Command) Run(ctx context.Context, out io.Writer, log *slog.Logger) error {
	m := c.machine()
	if c.State != "" {
		if err := sim.KeepState(m, c.State, log); err != nil {
			return err
		}
	}
	pty, err := sim.OpenPTY(c.Link)
	if err != nil {
		return err
	}
	defer pty.Close()
	g, ctx := errgroup.WithContext(ctx)
	if c.Control != "" {
		l, err := net.Listen("tcp", c.Control)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "control on http://%s\n", l.Addr())
		g.Go(func() error { return serve(ctx, l, sim.Control(m, pty)) })
	}
	g.Go(func() error {
		if err := sim.Serve(ctx, m, pty); !errors.Is(err, context.Canceled) {
			return err
		}
		return nil
	})
	if c.Buy > 0 {
		g.Go(func() error {
			sim.Customers(ctx, m, c.Buy, time.Now().UnixNano())
			return nil
		})
	}
	if c.Mend > 0 {
		g.Go(func() error {
			sim.Technician(ctx, m, c.Mend)
			return nil
		})
	}
	fmt.Fprintf(out, "a Coffee %s on %s\n", c.Model, c.Link)
	return g.Wait()
}

func (c *Command) machine() sim.Machine {
	if c.Model == "1900" {
		return coffee1900.New(coffee1900.Options{Serial: c.Serial, Brew: brewing, Slots: c.slots(8)})
	}
	return coffee2900.New(coffee2900.Options{Serial: c.Serial, Brew: brewing, Slots: c.slots(32), Refill: refill})
}

// slots are what the machine holds at its very first start; nil for the simulator's own.
func (c *Command) slots(n int) []device.Slot {
	if !c.Fresh {
		return nil
	}
	list := make([]device.Slot, n)
	for i := range list {
		list[i] = device.Slot{Number: i, Name: "-", Volume: 100, Price: device.Money{Currency: "EUR"},
			Recipe: &device.Recipe{Coffee: 80, Water: 100, Temperature: 930}}
	}
	list[0].Name, list[0].Price.Amount, list[0].Enabled, list[0].Volume = "Espresso", 100, true, 40
	return list
}

func serve(ctx context.Context, l net.Listener, h http.Handler) error {
	srv := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { srv.Close() })
	defer stop()
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
