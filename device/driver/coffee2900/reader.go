package coffee2900

import (
	"errors"
	"fmt"
	"io"
	"os"

	"crema/device"
)

// read is the reader: it runs until the line fails or is closed.
func (c *conn) read() {
	var (
		frames deframer
		lines  sniffer
		buf    [512]byte
		idle   int
	)
	for {
		n, err := c.line.Read(buf[:])
		if lines.feed(buf[:n]) {
			c.heardForeign()
		}
		before := frames.dropped
		frames.feed(buf[:n], c.take)
		if frames.dropped != before {
			c.log.Debug("dropped bad frames", "count", frames.dropped-before)
		}
		switch {
		case n > 0:
			idle = 0
		case err == nil:
			// Nothing, and no error either, is no reason to spin for ever.
			if idle++; idle > 100 {
				err = io.ErrNoProgress
			}
		}
		if err == nil || errors.Is(err, os.ErrDeadlineExceeded) && !c.isGone() {
			continue
		}
		c.fail(lineLost(err))
		return
	}
}

func (c *conn) heardForeign() {
	select {
	case <-c.foreign:
	default:
		close(c.foreign)
	}
}

// take is called by the reader for each good frame.
func (c *conn) take(f frame) {
	switch f.typ {
	case typeEVT:
		select {
		case c.out <- appendFrame(nil, frame{typ: typeACK, seq: f.seq}):
		default:
		}
		if c.heard.isNew(f) {
			c.onEvent(f)
		}
	case typeRES, typeERR:
		c.answer(f)
	default:
		c.log.Debug("dropped a frame of a type that no machine sends", "type", f.typ)
	}
}

// answer hands a reply to the exchange that waits for it. One that is no CBOR map is
// kept as a complaint only: the repeat asks for it again.
func (c *conn) answer(f frame) {
	c.mu.Lock()
	defer c.mu.Unlock()
	w := c.waiting
	if w == nil || w.seq != f.seq {
		c.log.Debug("dropped a reply that nobody waits for", "seq", f.seq)
		return
	}
	body, err := parse(append([]byte(nil), f.payload...))
	if err == nil {
		if _, ok := body.fields(); !ok {
			err = errors.New("not a map")
		}
	}
	if err != nil {
		w.bad = fmt.Errorf("%s: %w: %w", w.op, device.ErrBadReply, err)
		return
	}
	if w.op == opHello && f.typ == typeRES {
		c.heard = eventMemory{} // the machine's seq begins at 0 again
	}
	select {
	case w.reply <- reply{f.typ, body}:
	default:
	}
}
