package coffee2900

import "time"

// The events.
const (
	evJournal      = 1
	evAlarmRaised  = 2
	evAlarmCleared = 3
	evState        = 4
	evLevelLow     = 5
	evSlotChanged  = 6
)

const (
	eventsWaiting = 4 // for their ACK, at most
	eventRepeats  = 5
	eventTimeout  = 500 * time.Millisecond
)

// event is one that waits for its ACK.
type event struct {
	seq   byte
	frame []byte
	sent  int
	due   time.Time // when to send it (again)
}

// tell sends an event, from HELLO on.
func (m *Machine) tell(body dict) {
	s := &m.session
	if !s.begun || len(s.events) == eventsWaiting {
		return
	}
	s.events = append(s.events, &event{
		seq:   s.eventSeq,
		frame: wrap(append([]byte{typeEVT, s.eventSeq}, encode(body)...)),
		due:   m.o.Now(),
	})
	s.eventSeq++
}

// acked takes the event with this seq off those that wait.
func (s *session) acked(seq byte) {
	for i, e := range s.events {
		if e.seq == seq && e.sent > 0 {
			s.events = append(s.events[:i:i], s.events[i+1:]...)
			return
		}
	}
}

// dueEvents is what is to be sent now; an event that was sent six times is dropped.
func (s *session) dueEvents(now time.Time) (frames [][]byte) {
	left := s.events[:0:0]
	for _, e := range s.events {
		if e.due.After(now) {
			left = append(left, e)
			continue
		}
		if e.sent > eventRepeats {
			continue
		}
		frames = append(frames, e.frame)
		e.sent++
		e.due = now.Add(eventTimeout)
		left = append(left, e)
	}
	s.events = left
	return frames
}
