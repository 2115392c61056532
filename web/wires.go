package web

import (
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Wires is what a machine's wires beside its serial line tell.
type Wires struct {
	Faults []string `json:"faults"` // the wires that can't be used, and why
	// Busy, Cup and Door tell whether a cup is being made, one stands under the spout, the door is open;
	// null where that is not wired or can't be read.
	Busy *bool `json:"busy"`
	Cup  *bool `json:"cup"`
	Door *bool `json:"door"`
	// Inhibited tells that the panel is kept from selling by its wire.
	Inhibited bool   `json:"inhibited"`
	Starts    bool   `json:"starts"` // it can be told to make the drink chosen last
	Resets    bool   `json:"resets"` // it can be restarted
	Water     *Water `json:"water"`  // null: no flow meter is wired
}

// Water is what the flow meter said since the program started, or its backend was changed.
type Water struct {
	Since    Time   `json:"since"`
	Pulses   uint64 `json:"pulses"`
	Missed   uint64 `json:"missed"`   // of these, those whose message was lost
	Rejected uint64 `json:"rejected"` // edges too close to be pulses: noise, not counted
	Runs     bool   `json:"runs"`
	PerPulse string `json:"ml_per_pulse"`
	// Calibrated is by which water a person calibrated it; null: nobody has, the setting says it.
	Calibrated *Calibrated `json:"calibrated"`
	Hour       Poured      `json:"hour"` // of the last hour, and day
	Day        Poured      `json:"day"`
	// Compared is the last comparison with the machine's counters; null: there was none yet.
	Compared *Compared `json:"compared"`
}

// Calibrated is the water that a flow meter was calibrated by.
type Calibrated struct {
	Time   Time   `json:"time"` // when a person said how much it was
	ML     int64  `json:"ml"`
	Pulses uint64 `json:"pulses"`
	Ended  Time   `json:"ended"` // when it had run
}

// Compared is how many cups the flow meter saw, and the machine counted, between two moments.
type Compared struct {
	From    Time   `json:"from"`
	To      Time   `json:"to"`
	Poured  uint64 `json:"poured"`
	Counted uint64 `json:"counted"`
}

// Poured is the water of some time.
type Poured struct {
	Cups   int   `json:"cups"`
	Rinses int   `json:"rinses"`
	ML     int64 `json:"ml"` // of both
}

// pressBackend makes the drink chosen last.
func (s *Server) pressBackend(w http.ResponseWriter, r *http.Request) error {
	if err := noBody(w, r); err != nil {
		return err
	}
	job, err := s.deps.Backends.Press(r.Context(), param(r, "name"))
	if err != nil {
		return err
	}
	return started(w, job)
}

// restartBackend restarts the machine's controller.
func (s *Server) restartBackend(w http.ResponseWriter, r *http.Request) error {
	if err := noBody(w, r); err != nil {
		return err
	}
	if err := s.deps.Backends.Restart(r.Context(), param(r, "name")); err != nil {
		return err
	}
	return s.answerBackend(w, r, http.StatusOK, param(r, "name"))
}

// calibrateBackend takes it that the water that ran last was so much.
func (s *Server) calibrateBackend(w http.ResponseWriter, r *http.Request) error {
	var body struct {
		ML int64 `json:"ml"`
	}
	if err := bodyOf(w, r, &body); err != nil {
		return err
	}
	if body.ML < 1 || body.ML > 10_000 {
		return Invalid(`"ml" is missing or not 1 to 10000`, `send how much water ran last, in whole ml, for example {"ml": 96}`)
	}
	if err := s.deps.Backends.Calibrate(r.Context(), param(r, "name"), body.ML); err != nil {
		return err
	}
	return s.answerBackend(w, r, http.StatusOK, param(r, "name"))
}

func (s *Server) doPress(r *http.Request) (*notice, error) {
	name := param(r, "name")
	job, err := s.deps.Backends.Press(r.Context(), name)
	if err != nil {
		return nil, err
	}
	return &notice{Title: "Drink chosen last, " + name, Text: "Started.", Tone: toneBusy, Job: job}, nil
}

func (s *Server) doRestart(r *http.Request) (*notice, error) {
	name := param(r, "name")
	if err := s.deps.Backends.Restart(r.Context(), name); err != nil {
		return nil, err
	}
	return &notice{Title: "Restart machine, " + name, Text: "The machine is restarted by its wire.", Tone: toneGood}, nil
}

// wireLines are the wires in words, a line each.
func wireLines(w *Wires, c clock) (lines []wireLine) {
	if w == nil {
		return nil
	}
	for _, f := range w.Faults {
		lines = append(lines, wireLine{Text: "Wire " + f + ".", Bad: true})
	}
	var is []string
	say := func(b *bool, yes, no string) {
		if b != nil && *b {
			is = append(is, yes)
		} else if b != nil {
			is = append(is, no)
		}
	}
	say(w.Busy, "a cup is being made", "no cup is being made")
	say(w.Cup, "a cup stands there", "no cup stands there")
	say(w.Door, "the door is open", "the door is closed")
	if w.Inhibited {
		is = append(is, "the panel is locked by its wire")
	}
	if len(is) > 0 {
		lines = append(lines, wireLine{Text: sentence(strings.Join(is, ", ")) + "."})
	}
	f := w.Water
	if f == nil {
		return lines
	}
	day := "of the last day"
	if c.now.Sub(f.Since.Time) < 24*time.Hour {
		day = "since crema began to count"
	}
	lines = append(lines, wireLine{Text: fmt.Sprintf("Water of the last hour: %s; %s: %s.", f.Hour, day, f.Day)})
	if k := f.Compared; k != nil {
		lines = append(lines, wireLine{Text: fmt.Sprintf("By its last comparison the flow meter saw the water of %s, and the machine counted %d;", counted(int(k.Poured), "cup", "cups"), k.Counted),
			When: c.ago(k.To), Bad: k.Poured != k.Counted})
	}
	line := wireLine{Text: fmt.Sprintf("A pulse is %s ml, by the setting: not calibrated.", f.PerPulse)}
	if k := f.Calibrated; k != nil {
		line = wireLine{Text: fmt.Sprintf("A pulse is %s ml, calibrated by %s, %d%sml, that ended", f.PerPulse, counted(int(k.Pulses), "pulse", "pulses"), k.ML, noBreak), When: c.ago(k.Ended)}
	}
	lines = append(lines, line)
	if f.Rejected > 0 || f.Missed > 0 {
		lines = append(lines, wireLine{Text: fmt.Sprintf("Of %s %d came late and were counted by their numbers; not counted as noise: %s.", counted(int(f.Pulses), "pulse", "pulses"), f.Missed, counted(int(f.Rejected), "edge", "edges")), Bad: f.Rejected > max(f.Pulses, 1000)/100})
	}
	return lines
}

// String is what was poured, for people.
func (p Poured) String() string {
	text := counted(p.Cups, "cup", "cups")
	if p.Rinses > 0 {
		text += " and " + counted(p.Rinses, "rinse", "rinses")
	}
	return fmt.Sprintf("%s, %d%sml", text, p.ML, noBreak)
}

// wireLine is one line about the wires.
type wireLine struct {
	Text string
	When moment
	Bad  bool
}
