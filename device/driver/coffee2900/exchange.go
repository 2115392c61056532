package coffee2900

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"crema/device"
)

// exchange sends a request and waits for its reply: the same frame again each time
// that timeout passes without one. sent is how often it went to the line. Errors:
// device.ErrNoReply after the last repeat, device.ErrLineLost, device.ErrBadReply,
// ctx's own, errForeign when a HELLO meets a Coffee 1900.
func (c *conn) exchange(ctx context.Context, seq byte, r *request, timeout time.Duration) (reply, int, error) {
	w := &waiting{op: r.op, seq: seq, reply: make(chan reply, 1)}
	c.mu.Lock()
	c.waiting = w
	c.mu.Unlock()
	defer func() {
		c.mu.Lock()
		c.waiting = nil
		c.mu.Unlock()
	}()
	if err := cmp.Or(ctx.Err(), c.cause()); err != nil {
		return reply{}, 0, fmt.Errorf("%s: %w", r.op, err)
	}
	b := appendFrame(nil, frame{typeREQ, seq, r.body})
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	out, sent := c.out, 0
	var hello <-chan struct{} // only then is another model a question
	if r.op == opHello {
		hello = c.foreign
	}
	var err error
	for try := 0; err == nil; {
		select {
		case got := <-w.reply:
			return got, sent, nil
		case out <- b:
			out = nil
			sent++
		case <-timer.C:
			if try++; try > repeats {
				err = c.silence(w)
			}
			timer.Reset(timeout)
			out = c.out
		case <-hello:
			err = errForeign
		case <-ctx.Done():
			err = fmt.Errorf("%s: %w", r.op, ctx.Err())
		case <-c.gone:
			err = fmt.Errorf("%s: %w", r.op, c.cause())
		}
	}
	// A reply that came at the same moment counts more than any trouble.
	select {
	case got := <-w.reply:
		return got, sent, nil
	default:
		return reply{}, sent, err
	}
}

// ask1900 sends a request that a Coffee 1900 answers and that changes nothing in it
// (">FE,ID" and its check), and tells whether one was heard within timeout. To a 2900 the
// line is noise between two frames.
func (c *conn) ask1900(ctx context.Context, timeout time.Duration) bool {
	timer := time.NewTimer(timeout)
	defer timer.Stop()
	out := c.out
	for {
		select {
		case out <- []byte(">FE,ID*22\r"):
			out = nil
		case <-c.foreign:
			return true
		case <-timer.C:
			return false
		case <-ctx.Done():
			return false
		case <-c.gone:
			return false
		}
	}
}

// silence is what no reply after all repeats means.
func (c *conn) silence(w *waiting) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if w.bad != nil {
		return w.bad
	}
	return fmt.Errorf("%s: %w", w.op, device.ErrNoReply)
}
