package coffee1900

import (
	"context"
	"fmt"
	"strconv"

	"crema/device"
)

// countersModulus is one more than the highest count (manual, CT).
const countersModulus = 65536

// ReadCounters reads CT: how many cups each slot has made since the last reset, and how
// many resets there were, modulo 256.
func (m *Machine) ReadCounters(ctx context.Context) (device.Counters, error) {
	var c device.Counters
	err := m.do(ctx, request{ask: "CT", within: m.o.Reply, accept: func(f []string) (err error) {
		c, err = parseCounters(f, m.identity.Slots)
		return err
	}}, false)
	if err != nil {
		return device.Counters{}, fmt.Errorf("read the counters: %w", err)
	}
	return c, nil
}

func parseCounters(f []string, slots int) (device.Counters, error) {
	if err := wantFields(f, 1+slots); err != nil {
		return device.Counters{}, err
	}
	epoch, err := number(f[0], 0, 255)
	if err != nil {
		return device.Counters{}, fmt.Errorf("epoch: %w", err)
	}
	counts, err := numbers(f[1:], 0, countersModulus-1)
	if err != nil {
		return device.Counters{}, fmt.Errorf("counters: %w", err)
	}
	c := device.Counters{Epoch: uint8(epoch), Cups: make(map[int]uint64, slots), Modulus: countersModulus}
	for slot, n := range counts {
		c.Cups[slot] = uint64(n)
	}
	return c, nil
}

// Brew starts one cup. The token is left out of account: a 1900 keeps none, its guard is
// the request's tag, which serves for this call alone. A refusal is believed when it
// was confirmed. device.ErrOutcomeUnknown: see Status and, when no cup is being made,
// ReadCounters.
func (m *Machine) Brew(ctx context.Context, slot int, _ device.Token) (device.Brewing, error) {
	if err := m.hasSlot(slot); err != nil {
		return device.Brewing{}, err
	}
	if err := m.brew(ctx, slot); err != nil {
		return device.Brewing{}, fmt.Errorf("brew slot %d: %w", slot, err)
	}
	return device.Brewing{}, nil
}

func (m *Machine) brew(ctx context.Context, slot int) error {
	a, err := m.exchange(ctx, m.freshTag(), request{ask: "BR," + strconv.Itoa(slot), within: m.o.Reply, accept: nothing})
	switch {
	case err != nil:
		return m.ended(err, a.tries > 0)
	case a.reply.code == 0:
		// One OK is enough where its confirmation was lost: noise that passes the check
		// makes no OK of anything else.
		return nil
	case a.confirmed:
		return refusal(a.reply.code)
	}
	return fmt.Errorf("%w: a refusal that could not be confirmed: %w", device.ErrOutcomeUnknown, refusal(a.reply.code))
}
