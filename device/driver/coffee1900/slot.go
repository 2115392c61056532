package coffee1900

import (
	"context"
	"errors"
	"fmt"
	"strconv"

	"crema/device"
)

// What a slot can hold (manual, WS).
const (
	priceMax  = 65535
	volumeMin = 10
	volumeMax = 999
)

// Slots names every slot; a 1900 has no revisions, and nothing changes its slots but
// this driver. It asks the machine nothing.
func (m *Machine) Slots(context.Context) ([]device.SlotRev, error) {
	if m.conn == nil {
		return nil, device.ErrAway
	}
	slots := make([]device.SlotRev, m.identity.Slots)
	for i := range slots {
		slots[i].Number = i
	}
	return slots, nil
}

// ReadSlot reads one slot.
func (m *Machine) ReadSlot(ctx context.Context, n int) (device.Slot, error) {
	if err := m.hasSlot(n); err != nil {
		return device.Slot{}, err
	}
	var s device.Slot
	err := m.do(ctx, request{ask: "RS," + strconv.Itoa(n), within: m.o.Reply, accept: func(f []string) (err error) {
		s, err = parseSlot(f, n)
		return err
	}}, false)
	if err != nil {
		return device.Slot{}, fmt.Errorf("read slot %d: %w", n, err)
	}
	return s, nil
}

// WriteSlot writes the whole slot, what c leaves out as old has it, and reads it back:
// what it returns is what the machine reported. What the machine can't hold is
// device.ErrBadArgument, by name; device.ErrMemory: it could not write. An error after
// the first byte that left the slot as unknown is device.ErrOutcomeUnknown.
func (m *Machine) WriteSlot(ctx context.Context, old device.Slot, c device.SlotChange) (device.Slot, error) {
	if err := m.hasSlot(old.Number); err != nil {
		return device.Slot{}, err
	}
	if c.Empty() {
		return m.ReadSlot(ctx, old.Number)
	}
	want, ask, err := merge(old, c)
	if err != nil {
		return device.Slot{}, fmt.Errorf("write slot %d: %w", old.Number, err)
	}
	is, err := m.write(ctx, want, ask)
	if err != nil {
		return device.Slot{}, fmt.Errorf("write slot %d: %w", old.Number, err)
	}
	return is, nil
}

// write sends WS until RS proves it. A WS that is written a second time does nothing
// but what it did the first.
func (m *Machine) write(ctx context.Context, want device.Slot, ask string) (device.Slot, error) {
	var err error
	for range maxTags {
		err = m.do(ctx, request{ask: ask, within: m.o.WriteReply, accept: nothing, once: true}, true)
		if err != nil && !errors.Is(err, device.ErrNoReply) {
			return device.Slot{}, err
		}
		// Its reply may be all that was lost.
		is, readErr := m.ReadSlot(ctx, want.Number)
		switch {
		case readErr != nil:
			return device.Slot{}, fmt.Errorf("%w: %w", device.ErrOutcomeUnknown, readErr)
		case is == want:
			return is, nil
		}
		if err == nil {
			err = fmt.Errorf("%w: it says that it has written %+v and holds %+v", device.ErrOutcomeUnknown, want, is)
		}
	}
	return device.Slot{}, err
}

// hasSlot is device.ErrBadArgument for a slot that the machine does not have.
func (m *Machine) hasSlot(n int) error {
	switch {
	case m.conn == nil:
		return device.ErrAway
	case n < 0 || n >= m.identity.Slots:
		return fmt.Errorf("%w: there is no slot %d, the machine has 0 to %d", device.ErrBadArgument, n, m.identity.Slots-1)
	}
	return nil
}

// merge is the slot as it should become, as RS would report it, and the request for it.
func merge(old device.Slot, c device.SlotChange) (device.Slot, string, error) {
	s := device.Slot{
		Number: old.Number, Name: old.Name, Price: device.Money{Amount: old.Price.Amount},
		Enabled: old.Enabled, Volume: old.Volume,
	}
	if c.Name != nil {
		s.Name = *c.Name
	}
	if c.Price != nil {
		s.Price.Amount = c.Price.Amount
	}
	if c.Enabled != nil {
		s.Enabled = *c.Enabled
	}
	if c.Volume != nil {
		s.Volume = *c.Volume
	}
	name, err := encodeName(s.Name)
	switch {
	case c.Recipe != nil:
		err = fmt.Errorf("%w: recipe: a Coffee %s has none, only a volume", device.ErrBadArgument, model)
	case err != nil:
	case s.Price.Amount < 0 || s.Price.Amount > priceMax:
		err = fmt.Errorf("%w: price %d is not 0 to %d", device.ErrBadArgument, s.Price.Amount, priceMax)
	case s.Volume < volumeMin || s.Volume > volumeMax:
		err = fmt.Errorf("%w: volume %d ml is not %d to %d", device.ErrBadArgument, s.Volume, volumeMin, volumeMax)
	}
	if err != nil {
		return device.Slot{}, "", err
	}
	enabled := 0
	if s.Enabled {
		enabled = 1
	}
	return s, fmt.Sprintf("WS,%d,%s,%d,%d,%d", s.Number, name, s.Price.Amount, enabled, s.Volume), nil
}

// parseSlot reads RS's fields, which must be those of slot n.
func parseSlot(f []string, n int) (device.Slot, error) {
	if err := wantFields(f, 5); err != nil {
		return device.Slot{}, err
	}
	if f[0] != strconv.Itoa(n) {
		return device.Slot{}, fmt.Errorf("slot %q instead of %d", f[0], n)
	}
	name, err := decodeName(f[1])
	if err != nil {
		return device.Slot{}, err
	}
	price, err := number(f[2], 0, priceMax)
	if err != nil {
		return device.Slot{}, fmt.Errorf("price: %w", err)
	}
	enabled, err := number(f[3], 0, 1)
	if err != nil {
		return device.Slot{}, fmt.Errorf("enabled: %w", err)
	}
	volume, err := number(f[4], volumeMin, volumeMax)
	if err != nil {
		return device.Slot{}, fmt.Errorf("volume: %w", err)
	}
	return device.Slot{
		Number: n, Name: name, Price: device.Money{Amount: int64(price)},
		Enabled: enabled == 1, Volume: device.Millilitre(volume),
	}, nil
}
