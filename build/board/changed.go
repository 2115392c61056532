package board

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// changes are what the controls' crema has differently in its sources: by file, below the module's top, words and what stands in their
// place. Each does nothing without its word, or where no file names a loop to be frozen: see package control.
//
//   - credulous: it takes its clock for one that somebody sets, whatever it says; but it takes Odoo's certificate, which is not of 1970.
//   - frugal: the store takes and holds back little room, and its log is as short as one of so little room.
//   - hoarding: it keeps as much memory of its own as it may take at most.
//   - once: it doesn't open the line of a machine again that it had.
//   - rash: it lets the 2900 forget what it read before that is kept, and goes by what the machine says was forgotten.
var changes = map[string]map[string]string{
	"main.go": {
		"Build: board.BuildTime()":         `Build: control.Pick("credulous", time.Time{}, board.BuildTime())`,
		"Trusted: clock.Trusted, OnDate:":  `Trusted: func() bool { return !control.Has("credulous") && clock.Trusted() }, OnDate:`,
		"debug.SetMemoryLimit(96 << 20)\n": "if control.Has(\"hoarding\") {\ndefer control.Hoard(96 << 20)()\n} else {\ndebug.SetMemoryLimit(96 << 20)\n}\n",
		"dog.Loop(":                        "control.Loop(dog, ",
	},
	"device/board/clock_check.go": {"c.synced = c.kernel.Synchronised()": `c.synced = control.Has("credulous") || c.kernel.Synchronised()`},
	"device/link.go": {"if l.pause(ctx, state, wait.next(state, err)) {": `if control.Has("once") && id.Serial != "" {
			<-ctx.Done()
		}
		if l.pause(ctx, state, wait.next(state, err)) {`},
	"store/log.go":  {"max(limit/128/pageSize, 2), logPages)": `max(limit/128/pageSize, 2), control.Pick[int64]("frugal", 2, logPages))`},
	"store/open.go": {"min(growth, ": `min(control.Pick[int64]("frugal", 64<<10, growth), `},
	"store/room.go": {"min(1<<20, reserve(limit))": `min(control.Pick[int64]("frugal", 64<<10, 1<<20), reserve(limit))`},
	"connectors/coffee/poll.go": {
		"	again, gap, from := l.journal, false, c.next\n": `	if control.Has("rash") {
		c.next = max(c.next, l.status.OldestUnacknowledged)
	}
	again, gap, from := l.journal, false, c.next
`,
		"	if !gap && !c.uncounted && ": `	if n := len(l.entries); n > 0 && control.Has("rash") {
		if err := j.AckJournal(ctx, l.entries[n-1].Number); err != nil {
			return err
		}
	}
	if !gap && !c.uncounted && `,
	},
}

// changed gives a rig whose boards run the controls' crema with some words.
func (r *rig) changed(words ...string) (*rig, error) {
	system, err := r.controls()
	other := *r
	other.system, other.words = system, strings.Join(words, ",")
	return &other, err
}

// buildControls builds the controls' crema and gives the image of a disk with it. The tree stays as it is: the build is told to read
// other files (`go build -overlay`). An error says which words a file has not.
func (r *rig) buildControls(ctx context.Context) (system string, err error) {
	dir := filepath.Join(r.dir, "controls")
	replace := map[string]string{}
	for file, words := range changes {
		at, err := filepath.Abs(file)
		if err != nil {
			return "", err
		}
		replace[at] = filepath.Join(dir, filepath.FromSlash(file))
		if err := edit(file, replace[at], words); err != nil {
			return "", fmt.Errorf("the crema of the controls can't be built: %w", err)
		}
	}
	list, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	overlay, programs, system := filepath.Join(dir, "overlay.json"), filepath.Join(dir, "programs"), filepath.Join(dir, "system.img")
	if err := os.WriteFile(overlay, list, 0o644); err != nil {
		return "", err
	}
	if err := r.cross(ctx, filepath.Join(programs, "crema"), ".", "-overlay", overlay); err != nil {
		return "", err
	}
	return system, r.disk(ctx, programs, system)
}

// clause is the line of a Go file that names its package.
var clause = regexp.MustCompile(`(?m)^package \w+\n`)

// edit writes a Go file anew with other words in some places, which may use package control.
func edit(from, to string, words map[string]string) error {
	source, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	text := string(source)
	for old, instead := range words {
		if !strings.Contains(text, old) {
			return fmt.Errorf("%s doesn't say %q any more", from, old)
		}
		text = strings.ReplaceAll(text, old, instead)
	}
	text = clause.ReplaceAllString(text, "${0}import \"crema/build/board/control\"\n")
	return errors.Join(os.MkdirAll(filepath.Dir(to), 0o755), os.WriteFile(to, []byte(text), 0o644))
}
