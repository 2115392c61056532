package coffee

import (
	"context"

	"crema/device"
)

// AckAlarm acknowledges the machine's alarm with this code, as somebody says that it is mended: it is over then. One whose
// cause is still there stays set until that is gone, so to do it twice, or too early, harms nothing. device.ErrAway,
// device.ErrBadArgument for a code that the machine does not have, and what else the machine answers.
func (b *Backend) AckAlarm(ctx context.Context, code int) error {
	return b.link.Do(ctx, device.PriorityUrgent, func(ctx context.Context, m device.Machine) error {
		if err := m.AckAlarm(ctx, code); err != nil {
			return err
		}
		return b.readAlarms(ctx, m)
	})
}
