package coffee2900

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"crema/device"
)

// Slots reads the revision of every slot, in rising order.
func (m *Machine) Slots(ctx context.Context) ([]device.SlotRev, error) {
	f, err := m.call(ctx, newRequest(opSlotList))
	if err != nil {
		return nil, err
	}
	var slots []device.SlotRev
	for n, it := range f.list(1) {
		pair, ok := readPair(it)
		if !ok || pair[0] >= slotsMax || pair[1] > numberMax {
			f.bad(1, fmt.Sprintf("[slot, rev] at item %d", n))
			break
		}
		slots = append(slots, device.SlotRev{Number: int(pair[0]), Rev: pair[1]})
	}
	if err := f.fault(); err != nil {
		return nil, err
	}
	slices.SortFunc(slots, func(a, b device.SlotRev) int { return cmp.Compare(a.Number, b.Number) })
	return slots, nil
}

// readPair is a list of two numbers.
func readPair(it item) (pair [2]uint64, ok bool) {
	members, ok := it.array()
	if !ok {
		return pair, false
	}
	n := 0
	for member := range members {
		number, ok := member.uint()
		if !ok || n == len(pair) {
			return pair, false
		}
		pair[n] = number
		n++
	}
	return pair, n == len(pair)
}

// ReadSlot reads one slot; device.ErrBadArgument for one that the machine doesn't have.
func (m *Machine) ReadSlot(ctx context.Context, n int) (device.Slot, error) {
	if err := checkSlot(opSlotRead, n); err != nil {
		return device.Slot{}, err
	}
	f, err := m.call(ctx, newRequest(opSlotRead).uint(1, uint64(n)))
	if err != nil {
		return device.Slot{}, err
	}
	s := device.Slot{
		Number:  int(f.uint(1, slotsMax-1)),
		Rev:     f.uint(2, numberMax),
		Name:    f.text(3),
		Price:   device.Money{Amount: int64(f.uint(4, priceMax)), Currency: f.text(5)},
		Enabled: f.bool(6),
	}
	recipe := f.sub(7)
	s.Recipe = &device.Recipe{
		Coffee:      device.Decigram(recipe.uint(1, amountMax)),
		Water:       device.Millilitre(recipe.uint(2, amountMax)),
		Milk:        device.Millilitre(recipe.uint(3, amountMax)),
		Temperature: device.Decicelsius(recipe.uint(4, amountMax)),
	}
	if f.fault() == nil && s.Number != n {
		f.bad(1, fmt.Sprintf("slot %d, which was asked for", n))
	}
	if err := f.fault(); err != nil {
		return device.Slot{}, err
	}
	return s, nil
}

func checkSlot(op operation, n int) error {
	if n < 0 || n >= slotsMax {
		return fmt.Errorf("%s: slot %d, want 0 to %d: %w", op, n, slotsMax-1, device.ErrBadArgument)
	}
	return nil
}
