package coffee2900

import (
	"context"
	"io"
	"sync"
	"time"
)

// Serve speaks on the line until ctx ends or the line fails; see sim.Machine. What the
// machine remembers stays over a change of the line.
func (m *Machine) Serve(ctx context.Context, line io.ReadWriter) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var running sync.WaitGroup
	if d, ok := line.(interface{ SetReadDeadline(time.Time) error }); ok {
		if err := d.SetReadDeadline(time.Time{}); err != nil {
			return err
		}
		running.Go(func() {
			<-ctx.Done()
			_ = d.SetReadDeadline(time.Unix(1, 0)) // a line that is gone needs none
		})
	}
	contents := make(chan []byte)
	running.Go(func() { m.listen(ctx, cancel, line, contents) })
	timer := time.NewTimer(0)
	defer timer.Stop()
	for ctx.Err() == nil {
		select {
		case <-ctx.Done():
		case content := <-contents:
			m.receive(content)
		case <-m.wake:
		case <-timer.C:
		}
		frames, next := m.outgoing()
		for _, f := range frames {
			if _, err := line.Write(f); err != nil {
				cancel(err)
				break
			}
		}
		timer.Reset(next)
	}
	running.Wait()
	return context.Cause(ctx)
}

// listen reads frames until the line fails or ctx ends.
func (m *Machine) listen(ctx context.Context, cancel context.CancelCauseFunc, line io.Reader, contents chan<- []byte) {
	var (
		s   splitter
		buf [256]byte
	)
	for ctx.Err() == nil {
		n, err := line.Read(buf[:])
		for _, content := range s.push(buf[:n]) {
			select {
			case contents <- content:
			case <-ctx.Done():
				return
			}
		}
		if err != nil {
			cancel(err)
			return
		}
	}
}

// outgoing is what is to be sent now, and in how long to look again.
func (m *Machine) outgoing() (frames [][]byte, next time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.o.Now()
	next = time.Hour
	s := &m.session
	for i := range s.replies {
		r := &s.replies[i]
		switch left := r.due.Sub(now); {
		case !r.wait:
		case left <= 0:
			r.wait = false
			frames = append(frames, r.frame)
		default:
			next = min(next, left)
		}
	}
	frames = append(frames, s.dueEvents(now)...)
	for _, e := range s.events {
		next = min(next, e.due.Sub(now))
	}
	return frames, next
}
