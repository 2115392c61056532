package odoo

import (
	"math/rand/v2"
	"time"
)

// Backoff says how long to wait after the n-th failure in a row, n from 1: about 5 s, 10 s, 20 s … up to about
// 10 minutes. A third of it is random, so that a fleet of boards doesn't come back to a restarted Odoo at once.
func Backoff(n int) time.Duration {
	const first, most = 5 * time.Second, 10 * time.Minute
	d := most
	if n < 8 { // 5 s × 2^7 is beyond the most
		d = min(most, first<<max(n-1, 0))
	}
	return d - rand.N(d/3)
}
