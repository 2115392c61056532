package coffee2900

import (
	"context"
	"math"

	"crema/device"
)

// Brew starts one cup of the slot, free of charge, and returns the number of its
// journal entry to come. The token makes it safe to repeat, over restarts of the
// machine too, while it is among the last 16: the same number and no second cup.
// device.ErrBusy, device.ErrNotReady, device.ErrSlotDisabled and
// device.ErrIngredientEmpty: no cup, and the token is not kept.
func (m *Machine) Brew(ctx context.Context, slot int, token device.Token) (device.Brewing, error) {
	if err := checkSlot(opBrew, slot); err != nil {
		return device.Brewing{}, err
	}
	f, err := m.call(ctx, newRequest(opBrew).uint(1, uint64(slot)).bytes(2, token[:]))
	if err != nil {
		return device.Brewing{}, err
	}
	b := device.Brewing{Number: f.uint(1, numberMax)}
	if f.fault() == nil && b.Number == 0 {
		f.bad(1, "a number from 1")
	}
	if err := f.fault(); err != nil {
		return device.Brewing{}, unknown(opBrew, 1, err)
	}
	return b, nil
}

// ReadCounters reads how many cups each slot has ever made, 32 bits, never reset,
// aborted ones left out.
func (m *Machine) ReadCounters(ctx context.Context) (device.Counters, error) {
	f, err := m.call(ctx, newRequest(opCounters))
	if err != nil {
		return device.Counters{}, err
	}
	c := device.Counters{Cups: map[int]uint64{}, Modulus: 1 << 32}
	f.numbers(1, slotsMax-1, math.MaxUint32, func(slot int, n uint64) { c.Cups[slot] = n })
	if err := f.fault(); err != nil {
		return device.Counters{}, err
	}
	return c, nil
}
