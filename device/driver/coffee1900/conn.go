package coffee1900

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"crema/device"
)

// glance is how long a read waits before it looks at its context again.
const glance = 25 * time.Millisecond

// conn is an open line and what has come in on it.
type conn struct {
	line  device.Line
	scan  scanner
	buf   [512]byte
	rest  []byte    // of buf, not scanned yet
	last  time.Time // when the last byte came
	heard int       // bytes since it was opened
}

// next waits up to the deadline for a line that is whole, whatever is in it. The error
// is os.ErrDeadlineExceeded, ctx's, or device.ErrLineLost. The line is valid until the
// next call.
func (c *conn) next(ctx context.Context, deadline time.Time) ([]byte, error) {
	for {
		if len(c.rest) > 0 {
			var line []byte
			if line, c.rest = c.scan.scan(c.rest); line != nil {
				return line, nil
			}
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := c.fill(deadline); err != nil {
			return nil, err
		}
	}
}

// fill reads what comes within a glance; os.ErrDeadlineExceeded only past the deadline.
func (c *conn) fill(deadline time.Time) error {
	until := time.Now().Add(glance)
	if deadline.Before(until) {
		until = deadline
	}
	if err := c.line.SetReadDeadline(until); err != nil {
		return lost(err)
	}
	n, err := c.line.Read(c.buf[:])
	c.rest = c.buf[:n]
	if n > 0 {
		c.last = time.Now()
		c.heard += n
		return nil
	}
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		if until.Equal(deadline) {
			return err
		}
		return nil
	case err != nil:
		return lost(err)
	}
	return nil
}

func (c *conn) send(line []byte) error {
	if _, err := c.line.Write(line); err != nil {
		return lost(err)
	}
	return nil
}

// lost makes sure that any error of a line is device.ErrLineLost.
func lost(err error) error {
	if errors.Is(err, device.ErrLineLost) {
		return err
	}
	return fmt.Errorf("%w: %w", device.ErrLineLost, err)
}
