package sim

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

// ErrUnplugged is what reads and writes say while the cable is out.
var ErrUnplugged = errors.New("the cable is unplugged")

// writePatience is how long a write waits for a controller that has the line open and
// does not read. A serial line without flow control would not wait at all; the
// buffer of a pseudo terminal is far smaller than what a sound controller leaves
// unread for that long.
const writePatience = 50 * time.Millisecond

// PTY is a serial line to a simulated machine: a pseudo terminal, raw, whose far end
// appears as a symbolic link. Controllers come and go as they please; without one,
// what the machine says is lost, as on a wire. Safe for concurrent use.
type PTY struct {
	link   string
	faulty *FaultyLine

	mu      sync.Mutex
	pair    *pair         // nil while unplugged
	plugged chan struct{} // closed while plugged in
	closed  bool
}

// OpenPTY makes a pseudo terminal and the symbolic link to its far end. A link that is
// there already is replaced, as a dead simulator leaves one; anything else at that path
// is refused.
func OpenPTY(link string) (*PTY, error) {
	p := &PTY{link: link, plugged: make(chan struct{})}
	p.faulty = Faulty(bare{p}, FaultOptions{})
	if err := p.Plug(); err != nil {
		return nil, err
	}
	return p, nil
}

// Read reads what the controller sent; ErrUnplugged while, and as soon as, the cable is
// out.
func (p *PTY) Read(b []byte) (int, error) { return p.faulty.Read(b) }

// Write sends to the controller. It never fails for want of one.
func (p *PTY) Write(b []byte) (int, error) { return p.faulty.Write(b) }

// SetFaults changes what goes wrong on the line from now on; a zero Rate: nothing.
func (p *PTY) SetFaults(o FaultOptions) { p.faulty.SetFaults(o) }

// SetReadDeadline bounds the reads that follow, until the cable is pulled; the zero
// time means no bound.
func (p *PTY) SetReadDeadline(t time.Time) error {
	pair, err := p.current()
	if err != nil {
		return err
	}
	return pair.master.SetReadDeadline(t)
}

// Link is the path that a controller opens.
func (p *PTY) Link() string { return p.link }

// Unplug pulls the cable: whoever has the far end open loses it, and the link is gone.
func (p *PTY) Unplug() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pair == nil {
		return
	}
	if target, err := os.Readlink(p.link); err == nil && target == p.pair.name { // not another simulator's by now
		os.Remove(p.link)
	}
	p.pair.close()
	p.pair = nil
	p.plugged = make(chan struct{})
}

// Plug puts the cable back under the same link; nothing when it is in.
func (p *PTY) Plug() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.closed:
		return fmt.Errorf("plug %s: %w", p.link, os.ErrClosed)
	case p.pair != nil:
		return nil
	}
	pair, err := openPair()
	if err != nil {
		return fmt.Errorf("plug %s: %w", p.link, err)
	}
	if err := relink(pair.name, p.link); err != nil {
		pair.close()
		return fmt.Errorf("plug %s: %w", p.link, err)
	}
	p.pair = pair
	close(p.plugged)
	return nil
}

// Close unplugs for good.
func (p *PTY) Close() error {
	p.Unplug()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	return nil
}

// wait returns when the cable is in, or with ctx's error.
func (p *PTY) wait(ctx context.Context) error {
	p.mu.Lock()
	plugged := p.plugged
	p.mu.Unlock()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-plugged:
		return nil
	}
}

func (p *PTY) current() (*pair, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pair == nil {
		return nil, ErrUnplugged
	}
	return p.pair, nil
}

// bare is the PTY below its faults.
type bare struct{ p *PTY }

func (l bare) Read(b []byte) (int, error) {
	pair, err := l.p.current()
	if err != nil {
		return 0, err
	}
	n, err := pair.master.Read(b)
	if errors.Is(err, os.ErrClosed) {
		err = ErrUnplugged
	}
	return n, err
}

func (l bare) Write(b []byte) (int, error) {
	pair, err := l.p.current()
	if err != nil {
		return 0, err
	}
	n, err := pair.write(b)
	if errors.Is(err, os.ErrClosed) {
		err = ErrUnplugged
	}
	return n, err
}

func (l bare) SetReadDeadline(t time.Time) error { return l.p.SetReadDeadline(t) }

// relink makes link point to target, in one step, so that nobody finds it half made.
func relink(target, link string) error {
	if info, err := os.Lstat(link); err == nil && info.Mode()&os.ModeSymlink == 0 {
		return fmt.Errorf("something that is no symbolic link is there already: choose another path")
	}
	made := fmt.Sprintf("%s.%d", link, os.Getpid())
	if err := os.Symlink(target, made); err != nil {
		return err
	}
	if err := os.Rename(made, link); err != nil {
		os.Remove(made)
		return err
	}
	return nil
}
