package coffee2900

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"crema/device"
)

// The times of manual 1.
const (
	replyTimeout = 400 * time.Millisecond
	repeats      = 3
)

// writesQueued is how many frames may wait for the line; an ACK beyond that is left
// out, and its event comes again.
const writesQueued = 16

// errForeign ends a HELLO that a Coffee 1900 heard.
var errForeign = errors.New("a Coffee 1900 speaks on this line")

// conn is one open line. Its reader acknowledges events, hands replies to the exchange
// that waits for them, and never blocks on anybody; its writer keeps a line that
// takes nothing from blocking anybody else.
type conn struct {
	line    device.Line
	log     *slog.Logger
	onEvent func(frame) // called by the reader for each new event; must not block
	heard   eventMemory // the reader's

	out     chan []byte
	gone    chan struct{} // closed when the line has failed or was closed
	foreign chan struct{} // closed when a Coffee 1900 was heard
	running sync.WaitGroup

	mu      sync.Mutex
	waiting *waiting
	err     error // why gone is closed
}

// waiting is the one request under way.
type waiting struct {
	op    operation
	seq   byte
	reply chan reply // one place; later copies of the reply find it full
	bad   error      // the last reply that was no CBOR map
}

// reply is a RES or ERR, its payload parsed.
type reply struct {
	typ  byte
	body item
}

// open starts the goroutines of a line.
func open(line device.Line, log *slog.Logger, onEvent func(frame)) *conn {
	c := &conn{
		line:    line,
		log:     log,
		onEvent: onEvent,
		out:     make(chan []byte, writesQueued),
		gone:    make(chan struct{}),
		foreign: make(chan struct{}),
	}
	c.running.Go(c.read)
	c.running.Go(c.write)
	return c
}

// close gives the line back and waits for the goroutines.
func (c *conn) close() error {
	c.fail(device.ErrAway)
	// A read that is under way ends by its deadline, so that the line isn't closed
	// under it; a line without deadlines ends it by being closed.
	_ = c.line.SetReadDeadline(time.Unix(1, 0))
	err := c.line.Close()
	c.running.Wait()
	if errors.Is(err, device.ErrLineLost) {
		return nil // pulled out before: it is given back
	}
	return err
}

// fail ends the connection, once.
func (c *conn) fail(err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err == nil {
		c.err = err
		close(c.gone)
	}
}

func (c *conn) cause() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.err
}

func (c *conn) isGone() bool {
	select {
	case <-c.gone:
		return true
	default:
		return false
	}
}

func (c *conn) write() {
	for {
		select {
		case <-c.gone:
			return
		case b := <-c.out:
			if _, err := c.line.Write(b); err != nil {
				c.fail(lineLost(err))
				return
			}
		}
	}
}

// lineLost is err as device.ErrLineLost.
func lineLost(err error) error {
	if errors.Is(err, device.ErrLineLost) {
		return err
	}
	return fmt.Errorf("%w: %w", device.ErrLineLost, err)
}
