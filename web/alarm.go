package web

import (
	"cmp"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// alarmFix is what to do about an alarm that nothing else is known of.
const alarmFix = "Look at the machine's display."

// alarmConcern is an alarm of a machine: what is wrong, what to do, and the button that says that it is done. A machine keeps
// an alarm until somebody has acknowledged it.
func alarmConcern(b Backend, a Alarm) concern {
	id := url.PathEscape(b.Name)
	said := concern{ID: fmt.Sprintf("alarm-%s-%d", id, a.Code), Tone: toneWarn, Where: b.Name, Title: sentence(a.Text), Text: fmt.Sprintf("Alarm %d of the machine.", a.Code),
		Fix: fullStop(cmp.Or(a.Fix, alarmFix)) + " Then press Mended: the machine keeps an alarm until it is acknowledged, here or at the machine."}
	switch a.Severity {
	case "fault":
		said.Tone, said.Text = toneBad, fmt.Sprintf("Alarm %d of the machine, a fault: it stops all or some of its drinks.", a.Code)
	case "info":
		said.Tone = toneQuiet
	}
	said.Buttons = []button{{Label: "Mended", Path: fmt.Sprintf("/do/backends/%s/alarms/%d/ack", id, a.Code), About: "Mended: " + a.Text + ", " + b.Name}}
	return said
}

func (s *Server) doAckAlarm(r *http.Request) (*notice, error) {
	name, code, err := alarmOf(r)
	if err != nil {
		return nil, err
	}
	before, err := s.alarm(r, name, code)
	if err != nil {
		return nil, err
	}
	if err := s.deps.Backends.AckAlarm(r.Context(), name, code); err != nil {
		return nil, err
	}
	title := firstOf(sentence(before.Text), fmt.Sprintf("Alarm %d", code)) + ", " + name
	still, err := s.alarm(r, name, code)
	if err != nil {
		return nil, err
	}
	if still != (Alarm{}) {
		return &notice{Title: title, Text: "It is acknowledged, but the machine still finds what is wrong: it is over when that is mended.", Fix: still.Fix, Tone: toneWarn}, nil
	}
	return &notice{Title: title, Text: "The alarm is over.", Tone: toneGood}, nil
}

// alarm is an alarm of a machine as it is; the zero Alarm where it is not set.
func (s *Server) alarm(r *http.Request, name string, code int) (Alarm, error) {
	b, err := s.deps.Backends.Get(r.Context(), name)
	if err != nil {
		return Alarm{}, err
	}
	for _, a := range b.Alarms {
		if a.Code == code {
			return a, nil
		}
	}
	return Alarm{}, nil
}

func (s *Server) ackAlarm(w http.ResponseWriter, r *http.Request) error {
	if err := noBody(w, r); err != nil {
		return err
	}
	name, code, err := alarmOf(r)
	if err != nil {
		return err
	}
	if err := s.deps.Backends.AckAlarm(r.Context(), name, code); err != nil {
		return err
	}
	return s.answerBackend(w, r, http.StatusOK, name)
}

// alarmOf is the machine and the alarm that a path names.
func alarmOf(r *http.Request) (name string, code int, err error) {
	if code, err = strconv.Atoi(param(r, "code")); err != nil {
		return "", 0, NotFound("alarm", strings.TrimSpace(param(r, "code")), "those that are set are in GET /api/v1/backends/NAME")
	}
	return param(r, "name"), code, nil
}
