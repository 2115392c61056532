package sim

import (
	"context"
	"time"
)

// technicianLooks is how often the technician looks at the machine.
const technicianLooks = 5 * time.Second

// Technician mends what the machine raises an alarm about and acknowledges it there, when it was set for as long as wait,
// until ctx ends.
func Technician(ctx context.Context, m Machine, wait time.Duration) {
	look := time.NewTicker(technicianLooks)
	defer look.Stop()
	since := map[int]time.Time{} // when an alarm was seen first
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-look.C:
			set := map[int]time.Time{}
			for _, code := range m.Truth().Alarms {
				first, known := since[code]
				if !known {
					first = now
				}
				if set[code] = first; now.Sub(first) >= wait {
					m.Alarm(code, false)
					m.Acknowledge(code)
				}
			}
			since = set
		}
	}
}
