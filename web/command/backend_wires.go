package command

import (
	"context"
	"fmt"
	"io"
	"time"
)

type backendRestart struct{ backendName }

// Run restarts a machine.
func (r backendRestart) Run(ctx context.Context, g *Globals, out io.Writer) error {
	c, err := g.connect(ctx)
	if err != nil {
		return err
	}
	b, err := c.Restart(ctx, r.Name)
	if err != nil {
		return err
	}
	return g.Print(out, b, func() { fmt.Fprintln(out, r.Name, "is restarted by its wire") })
}

type backendCalibrate struct {
	backendName
	ML int64 `arg:"" name:"ml" help:"How much water ran last, in whole ml: of one drink, in a measuring cup."`
}

// Run says what the flow meter's pulses are worth.
func (k backendCalibrate) Run(ctx context.Context, g *Globals, out io.Writer) error {
	c, err := g.connect(ctx)
	if err != nil {
		return err
	}
	b, err := c.Calibrate(ctx, k.Name, k.ML)
	if err != nil {
		return err
	}
	return g.Print(out, b, func() {
		if b.Wires == nil || b.Wires.Water == nil || b.Wires.Water.Calibrated == nil {
			return
		}
		by := b.Wires.Water.Calibrated
		fmt.Fprintf(out, "a pulse of %s is %s ml: %d ml by the %d pulses that ended at %s\n", k.Name, b.Wires.Water.PerPulse, by.ML, by.Pulses, by.Ended.UTC().Format(time.RFC3339))
	})
}
