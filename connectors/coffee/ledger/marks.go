package ledger

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"crema/store"
)

const (
	model1900 = "1900"
	model2900 = "2900"
)

// Marks are the numbers up to which every cup of a machine is booked or dismissed.
type Marks struct {
	Model  string   `json:"model"`
	Serial string   `json:"serial"`
	Era    uint64   `json:"era,omitempty"`    // the 1900's
	N      []uint64 `json:"n,omitempty"`      // the 1900's eight counters, unwrapped
	Number uint64   `json:"number,omitempty"` // the 2900's last entry
}

// Note is the marks as the note of a POS session has them:
// "crema 1900/<serial> era=<era> n=<n0>,…,<n7>" or "crema 2900/<serial> n=<number>".
func (m Marks) Note() string {
	if m.Model == model2900 {
		return NotePrefix(m.Model, m.Serial) + "n=" + strconv.FormatUint(m.Number, 10)
	}
	n := make([]string, len(m.N))
	for i, v := range m.N {
		n[i] = strconv.FormatUint(v, 10)
	}
	return NotePrefix(m.Model, m.Serial) + "era=" + strconv.FormatUint(m.Era, 10) + " n=" + strings.Join(n, ",")
}

// NotePrefix is what every note about a machine begins with; Odoo is searched for it.
func NotePrefix(model, serial string) string { return "crema " + model + "/" + serial + " " }

var noteLine = regexp.MustCompile(`(?m)^[ \t]*crema (1900|2900)/([^\r\n]+?) (?:era=([0-9]{1,20}) )?n=([0-9]{1,20}(?:,[0-9]{1,20})*)`)

// ParseNote finds marks in a note. What stands after them on the line, and on other
// lines, is a person's and is skipped. False where there are none, or not as many
// counters as the machine has.
func ParseNote(s string) (Marks, bool) {
	for _, f := range noteLine.FindAllStringSubmatch(s, -1) {
		if m, ok := parseMarks(f[1], f[2], f[3], strings.Split(f[4], ",")); ok {
			return m, true
		}
	}
	return Marks{}, false
}

// NoteOf finds the marks of one machine in a note, which may name several.
func NoteOf(s, model, serial string) (Marks, bool) {
	for _, f := range noteLine.FindAllStringSubmatch(s, -1) {
		if m, ok := parseMarks(f[1], f[2], f[3], strings.Split(f[4], ",")); ok && m.Model == model && m.Serial == serial {
			return m, true
		}
	}
	return Marks{}, false
}

func parseMarks(model, serial, era string, numbers []string) (Marks, bool) {
	m := Marks{Model: model, Serial: serial}
	for _, s := range numbers {
		n, err := strconv.ParseUint(s, 10, 64)
		if err != nil {
			return m, false
		}
		m.N = append(m.N, n)
	}
	if model == model2900 {
		if era != "" || len(m.N) != 1 {
			return m, false
		}
		m.Number, m.N = m.N[0], nil
		return m, true
	}
	var err error
	m.Era, err = strconv.ParseUint(era, 10, 64)
	return m, err == nil && len(m.N) == 8
}

// CurrentMarks computes the marks of a machine from its cursor and its open cups; those
// of an older snapshot's cursor are too low, which costs a few questions to Odoo and
// nothing else. ErrUnknownMachine where it has no cursor.
func CurrentMarks(tx *store.Tx, model, serial string) (Marks, error) {
	m, ok, err := GetMachine(tx, model, serial)
	if err != nil {
		return Marks{}, err
	}
	if !ok || !m.Known && !m.Restored {
		return Marks{}, fmt.Errorf("marks of %s/%s: %w", model, serial, ErrUnknownMachine)
	}
	return m.marks(tx), nil
}

func (m Machine) marks(tx *store.Tx) Marks {
	marks := m.Cursor()
	if m.Model == model2900 {
		if n, open := firstOpen(tx, m.Model, m.Serial, 0, 0); open {
			marks.Number = min(marks.Number, n-1)
		}
		return marks
	}
	if era, open := oldestEra(tx, m.Model, m.Serial); open && era < m.Era {
		// Where an older era's end is not known, 0 is: more uuids are asked for, none is missed.
		past := m.Past[era]
		marks.Era, marks.N = era, past[:]
	}
	for slot := range marks.N {
		if n, open := firstOpen(tx, m.Model, m.Serial, marks.Era, uint64(slot)); open {
			marks.N[slot] = min(marks.N[slot], n-1)
		}
	}
	return marks
}
