package webhook

import (
	"fmt"

	"crema/connectors"
	"crema/connectors/coffee"
	"crema/queue"
	"crema/store"
)

// delivery is an event on its way to one backend.
type delivery struct {
	Backend string `json:"backend"`
	Event   event  `json:"event"`
}

var deliverKind = queue.Kind[delivery]{Name: "webhook.deliver", Version: 1, MaxRetries: -1,
	Describe: func(d delivery) string {
		return fmt.Sprintf("tell %s: %s, %s", d.Backend, d.Event.Type, d.Event.Subject)
	}}

func (s *sink) listen() {
	listen(s, coffee.CupMade, cupMade, aboutCup(cupMade, "-made"))
	listen(s, coffee.CupBooked, cupBooked, aboutCup(cupBooked, "-booked"))
	listen(s, coffee.AlarmRaised, alarmRaised, aboutAlarm(alarmRaised, "-raised"))
	listen(s, coffee.AlarmCleared, alarmCleared, aboutAlarm(alarmCleared, "-cleared"))
}

// listen has what is published to a topic delivered, under a name, to whoever wants it.
// That a backend is not in production yet holds its events up, and drops none.
func listen[E any](s *sink, topic connectors.Topic[E], name string, about func(connectors.Event[E]) (event, error)) {
	connectors.Listen(s.host.Events, topic, nil, "webhook", func(tx *store.Tx, e connectors.Event[E], out *connectors.Outbox) error {
		list, err := connectors.Backends{}.List(tx)
		if err != nil {
			return err
		}
		receivers := 0
		for _, b := range list {
			if b.Kind.Is(Kind) {
				receivers++
			}
		}
		for _, b := range list {
			if !wants(b, name, e.Backend.Name) {
				continue
			}
			what, err := about(e)
			if err != nil {
				return err
			}
			if err := s.enqueue(out, b.Name, what, s.keep/receivers); err != nil {
				return err
			}
		}
		return nil
	})
}

// enqueue puts an event at the end of a backend's line; where that is as long as it may be,
// a note that it was not.
func (s *sink) enqueue(out *connectors.Outbox, backend string, e event, most int) error {
	if s.full(backend, most) {
		return connectors.Enqueue(out, missedKind, missed{Backend: backend, Time: e.Time}, queue.Options{Backend: backend})
	}
	return connectors.Enqueue(out, deliverKind, delivery{backend, e}, queue.Options{
		Channel: channelOf(backend), Backend: backend, IdentityKey: "webhook/" + backend + "/" + e.ID})
}

// full tells whether as many events wait for a backend as may, and else counts one more.
// What goes is not counted: only when there may be too many is looked how many there are.
func (s *sink) full(backend string, most int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n, known := s.waiting[backend]; !known || n >= most {
		s.waiting[backend] = s.look(backend)
	}
	if s.waiting[backend] >= most {
		return true
	}
	s.waiting[backend]++
	return false
}

// look counts the events that wait for a backend, those of the present commits apart.
func (s *sink) look(backend string) (n int) {
	for state, jobs := range s.host.Queue.CountsByChannel()[channelOf(backend)] {
		if state != queue.StateDone && state != queue.StateCancelled {
			n += jobs
		}
	}
	return n
}
