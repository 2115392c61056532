package sim

import "context"

// Serve lets m speak on pty, through unplugging and plugging, until ctx ends, and
// returns nil then.
func Serve(ctx context.Context, m Machine, pty *PTY) error { panic("todo") }

// KeepState loads m's state from the file at path, where there is one, and from then on
// keeps it there.
func KeepState(m Machine, path string) error { panic("todo") }

// Customers buys about rate cups a minute, of any slot, until ctx ends.
func Customers(ctx context.Context, m Machine, rate float64, seed int64) { panic("todo") }
