package coffee1900

import (
	"context"
	"errors"
	"io"
	"strconv"
	"time"

	"crema/device/sim"
)

// port is the machine's end of the line that it is served on.
type port struct {
	line    io.Writer // nil: nobody is there
	boots   int       // restarts so far; a line begun before one is forgotten
	failed  error     // why the line can't be written to any more
	cutting bool      // the next reply is broken off by a restart,
	cutAt   int       // after so many bytes,
	cutTail bool      // and the rest of it follows the banner
}

// Serve speaks on line until ctx ends or line fails.
func (m *Machine) Serve(ctx context.Context, line io.ReadWriter) error {
	m.mu.Lock()
	if m.port.line != nil {
		m.mu.Unlock()
		return errors.New("the machine speaks on another line already")
	}
	m.port.line, m.port.failed = line, nil
	boots := m.port.boots
	m.mu.Unlock()
	defer func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.port.line = nil
	}()
	defer sim.Interrupt(ctx, line)()

	r := receiver{gap: m.gap}
	buf := make([]byte, 1024)
	for {
		n, err := line.Read(buf)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		m.mu.Lock()
		if m.port.boots != boots {
			boots = m.port.boots
			r.forget()
		}
		r.receive(buf[:n], time.Now(), func(body []byte) bool {
			m.send(m.answer(body))
			return m.port.boots == boots // what came before a restart is lost with it
		})
		failed := m.port.failed
		m.mu.Unlock()
		if err = errors.Join(err, failed); err != nil {
			return err
		}
	}
}

// send writes one line, or the part of it that a restart lets through.
func (m *Machine) send(line []byte) {
	if m.port.cutting {
		m.port.cutting = false
		at := min(m.port.cutAt, len(line))
		m.write(line[:at])
		m.restart()
		if m.port.cutTail {
			m.write(line[at:])
		}
		return
	}
	m.write(line)
}

func (m *Machine) write(b []byte) {
	if m.port.line == nil || len(b) == 0 {
		return
	}
	if _, err := m.port.line.Write(b); err != nil {
		m.port.failed = err
	}
}

// Restart is a power cycle, with its banner.
func (m *Machine) Restart() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.restart()
}

// Restarts is how often it was restarted.
func (m *Machine) Restarts() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.port.boots
}

// RestartInReply makes the machine restart in the middle of its next reply, after so
// many bytes of it; what was asked is done. With tail the rest of the reply follows
// the banner.
func (m *Machine) RestartInReply(after int, tail bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.port.cutting, m.port.cutAt, m.port.cutTail = true, after, tail
}

// restart leaves counters, slots and alarms as they are; the panel is freed, the memory
// of the last tag is empty, a cup in the making is lost.
func (m *Machine) restart() {
	m.abort()
	m.locked = false
	m.lastTag, m.lastReply = 0, nil
	m.port.boots++
	m.write(sealed([]byte("00,UP," + strconv.Itoa(int(m.epoch)))))
}
