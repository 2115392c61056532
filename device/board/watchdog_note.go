package board

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/google/renameio/v2"
)

// Stuck is a loop that made no progress. The store may be what is stuck, so that a file
// beside it keeps this over the restart.
type Stuck struct {
	// Loop is its name; "" where the watchdog restarted the board and nothing says why: the
	// kernel hung, or crema was gone.
	Loop string `json:"loop"`
	// Since is when it should have been heard of, by the board's time.
	Since time.Time `json:"since,omitzero"`
	// Boot is the kernel's boot in which that was.
	Boot string `json:"boot"`
	// Doing is the functions that it was in, the innermost first.
	Doing string `json:"doing"`
}

// note is the file: what is to be told, or that in this boot all was told.
type note struct {
	Stuck *Stuck `json:"stuck,omitempty"`
	Told  string `json:"told,omitempty"` // a boot
}

// Last is why crema was restarted, until Told; false where nothing was stuck.
func (d *Watchdog) Last() (s Stuck, ok bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.last, d.last != Stuck{}
}

// SameBoot tells whether something was stuck in the boot of now: the program alone was
// started again.
func (d *Watchdog) SameBoot(s Stuck) bool { return s.Boot == d.boot }

// Told says that what Last told is kept elsewhere.
func (d *Watchdog) Told() error {
	d.mu.Lock()
	d.last = Stuck{}
	d.mu.Unlock()
	d.note.Lock()
	defer d.note.Unlock()
	return d.write(note{Told: d.boot})
}

// readNote reads what was stuck before this start.
func (d *Watchdog) readNote(reset bool) Stuck {
	var n note
	text, err := os.ReadFile(d.o.Note)
	if err == nil {
		err = json.Unmarshal(text, &n)
	}
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		d.log.Warn("why crema was restarted can't be read", "error", err)
	case n.Stuck != nil:
		return *n.Stuck
	}
	if reset && n.Told != d.boot {
		return Stuck{Boot: "the one before"}
	}
	return Stuck{}
}

// keepNote has the file say what is stuck now. One that waited for the disk finds what is so by then.
func (d *Watchdog) keepNote() {
	d.note.Lock()
	defer d.note.Unlock()
	if stuck := d.Stuck(); len(stuck) > 0 {
		d.writeNote(stuck[0])
	} else {
		d.removeNote()
	}
}

func (d *Watchdog) writeNote(s Stuck) {
	if err := d.write(note{Stuck: &s}); err != nil {
		d.log.Error("which loop is stuck can't be kept", "error", err)
	}
}

// removeNote leaves that in this boot all was told, where the next start would take it from the device again.
func (d *Watchdog) removeNote() {
	var err error
	if d.reset {
		err = d.write(note{Told: d.boot})
	} else {
		err = os.Remove(d.o.Note)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		d.log.Warn("that a loop was stuck is told at the next start, though it went on", "error", err)
	}
}

func (d *Watchdog) write(n note) error {
	text, err := json.Marshal(n)
	if err != nil {
		return err
	}
	return renameio.WriteFile(d.o.Note, append(text, '\n'), 0o600)
}

// doing is the functions of a stack, the innermost first and at most twelve.
func doing(stack string) string {
	var names []string
	for line := range strings.Lines(stack) {
		if open := strings.LastIndex(line, "("); open > 0 && line[0] != '\t' && !strings.HasPrefix(line, "[") && len(names) < 12 {
			names = append(names, line[:open])
		}
	}
	return strings.Join(names, " ← ")
}
