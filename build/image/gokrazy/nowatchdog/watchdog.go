// Package watchdog takes the place of the one that gokrazy's first process feeds the hardware watchdog with: that one sees
// only that the kernel runs, and keeps the device from whoever sees more.
package watchdog

import (
	"errors"
	"time"
)

// Device has what gokrazy uses of a watchdog. There is none.
type Device struct{ Identity string }

var errLeft = errors.New("it is left to crema")

// Open leaves the watchdog alone.
func Open() (*Device, error) { return nil, errLeft }

// Ping does nothing.
func (*Device) Ping() error { return errLeft }

// Timeout is unknown.
func (*Device) Timeout() (time.Duration, error) { return 0, errLeft }

// Close does nothing.
func (*Device) Close() error { return nil }
