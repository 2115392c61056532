package queue_test

import (
	"time"

	"crema/queue"
)

// tick wakes what is due, starts, and prunes.
func (m *model) tick() {
	for _, j := range m.kept() {
		if j.state != queue.StatePending {
			continue
		}
		if j.due != 0 && j.due <= m.board || !j.at.IsZero() && m.struck(j.at) {
			j.due, j.at = 0, time.Time{}
			if j.alone {
				m.set(j, queue.StateEnqueued)
			}
		}
	}
	m.start()
	m.judge()
}

// leap moves the clock: what would have happened meanwhile happens at once.
func (m *model) leap(d time.Duration) {
	m.board += d
	m.wall = m.wall.Add(d)
	m.tick()
}

// survived is how long a run must last to be not what brings the board down.
const survived = 60 * time.Second

// The waits that errors ask for. None is as long as survived: a job that starts in the commit that sends another to wait would prove itself
// in the moment in which the other comes back, and of two things that happen at one time either may be first.
const (
	modelSnooze = 61 * time.Second
	modelLater  = 62 * time.Second
)

// stuck tells whether the handler of j goes on too long after it was to end: nothing waits for that any more.
func (m *model) stuck(j *mjob) bool {
	return (j.ghost || j.over) && m.mono-j.parted >= 10*time.Second
}

// pass lets real time go by: timers fire one after the other, and returning is called for each handler whose time is over, in the order in
// which they end.
func (m *model) pass(d time.Duration, expired func(*mjob)) {
	for end := m.mono + d; ; {
		step := m.quiet(end - m.mono)
		m.mono += step
		m.board += step
		m.wall = m.wall.Add(step)
		for _, j := range m.kept() {
			if j.holdsPlace() && !j.ghost && j.rowRun && m.mono-j.begun >= survived {
				m.proved(j)
			}
		}
		for _, j := range m.kept() {
			if j.holdsPlace() && !j.ghost && !j.over && m.mono-j.begun >= j.timeout {
				j.over, j.parted = true, m.mono
				expired(j)
			}
		}
		m.tick()
		if m.mono == end {
			return
		}
	}
}

// quiet is how long, up to most, nothing happens.
func (m *model) quiet(most time.Duration) time.Duration {
	least := most
	in := func(d time.Duration) {
		if d > 0 {
			least = min(least, d)
		}
	}
	for _, j := range m.kept() {
		if j.ghost || j.over {
			in(j.parted + 10*time.Second - m.mono)
		}
		if j.waitsToStart() && j.due != 0 {
			in(j.due - m.board)
		}
		if j.waitsToStart() && !j.at.IsZero() && m.trusted {
			in(j.at.Sub(m.wall))
		}
		if j.holdsPlace() && !j.ghost && !j.over {
			in(j.begun + j.timeout - m.mono)
			if j.rowRun {
				in(j.begun + survived - m.mono)
			}
		}
	}
	for c, last := range m.last {
		in(last + m.config[c].throttle - m.board)
	}
	return least
}

// softStop is the end of a program in good order: what runs goes back. No handler is left whose time is over.
func (m *model) softStop() {
	for _, j := range m.kept() {
		if j.holdsPlace() && !j.ghost {
			j.attempt--
			m.set(j, queue.StatePending)
			if j.alone {
				m.set(j, queue.StateEnqueued)
			}
		}
		j.ghost, j.runAlone, j.over = false, false, false
	}
}

// cut is a power cut, and the recovery after it.
func (m *model) cut() {
	for _, j := range m.kept() {
		if j.holdsPlace() && !j.ghost {
			m.set(j, queue.StatePending)
			j.attempt--
			j.ints++
			j.row++
			if j.row >= 5 {
				j.alone = true
				j.due = m.board + min(15*time.Second<<min(j.row-5, 10), 15*time.Minute)
			}
		}
		j.ghost, j.runAlone, j.over = false, false, false
	}
}

// begin is the start of a program with the configuration that m has.
func (m *model) begin() {
	m.tidy()
	for _, j := range m.kept() {
		if j.alone && m.ready(j) {
			m.set(j, queue.StateEnqueued) // unknown before, it was put aside
		}
	}
	m.start() // what waits for a place comes before what is due
	m.tick()
}

// tidy forgets the last starts in channels that are throttled no more.
func (m *model) tidy() {
	for c := range m.last {
		if m.config[c].throttle == 0 {
			delete(m.last, c)
		}
	}
}
