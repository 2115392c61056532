package e2e

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"crema/build/board/figures"
	"crema/device/sim"
)

// ownMemory is what the program may hold for itself.
const ownMemory = 30 << 20

// ofStore gives a figure of the store, as the program tells it.
func (w *world) ofStore(name string) (n float64) {
	resp, err := http.Get("http://" + w.addr() + "/metrics")
	must(w.t, err)
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	must(w.t, err)
	for line := range strings.Lines(string(text)) {
		if v, ok := strings.CutPrefix(line, "crema_store_"+name+" "); ok {
			fmt.Sscan(v, &n)
		}
	}
	return n
}

func (w *world) commits() float64 { return w.ofStore("commits_total") }

// TestFigures is what the program costs the board: nothing is written while nothing
// happens, and what a cup and an idle minute cost is told. At full length it holds 100,000
// finished jobs.
func TestFigures(t *testing.T) {
	if length(1, 0, 0) == 1 {
		t.Parallel() // what must hold is counted; the share of a processor is told, and at length it is alone
	}
	w := newWorld(t)
	text, err := os.ReadFile(filepath.Join(w.dir, "crema.toml"))
	must(t, err)
	// No flow starts by itself meanwhile: the polls alone are looked at.
	w.write("crema.toml", strings.ReplaceAll(string(text), `poll = "200ms"`,
		"poll = \"2s\"\npos_close = \"\"\nschedule = { catalogue = \"\", sales = \"\", reconcile = \"\", alarms = \"\" }"))
	w.start(func(c *exec.Cmd) {
		c.Args = c.Args[:len(c.Args)-2] // its log goes to the disk too
		c.Stdout, c.Stderr = nil, nil
	})
	w.up()
	w.until("both machines sell", patience, func() bool {
		n := 0
		for _, m := range []*machine{w.lobby, w.kitchen} {
			for _, s := range m.Truth().Slots {
				if s.Enabled {
					n++
				}
			}
		}
		return n == 2*len(drinks)
	})
	quiet := func() {
		last, since := w.commits(), time.Now()
		w.until("nothing is left to do", patience, func() bool {
			if n := w.commits(); n != last {
				last, since = n, time.Now()
			}
			return time.Since(since) > 2*time.Second
		})
	}
	// costs does something n times, from quiet to quiet, and tells what each cost.
	costs := func(what string, n int, do func()) (written int64, commits float64) {
		of := func() figures.Process {
			p, err := figures.Of(w.board.Process.Pid)
			must(t, err)
			return p
		}
		before, was, pages, began := of(), w.commits(), w.ofStore("written_bytes_total"), time.Now()
		do()
		took, cpu := time.Since(began), of().CPU-before.CPU
		quiet()
		after := of()
		written, commits = after.Written-before.Written, w.commits()-was
		pages = w.ofStore("written_bytes_total") - pages
		t.Logf("%s: each %d bytes, %.0f of them pages of the store, in %.1f commits; %.2f %% of a processor; memory %.1f MB, %.1f MB of it its own",
			what, written/int64(n), pages/float64(n), commits/float64(n),
			100*float64(cpu)/float64(took), float64(after.Resident)/1e6, float64(after.Own)/1e6)
		if after.Own > ownMemory {
			t.Errorf("%s: it holds %d bytes of its own, want at most %d", what, after.Own, ownMemory)
		}
		return written, commits
	}
	idle := func() { w.pause(time.Duration(length(5, 10, 60)) * time.Second) }

	quiet()
	if written, commits := costs("idle", 1, idle); written != 0 || commits != 0 {
		t.Errorf("polls that find nothing wrote %d bytes in %.0f commits", written, commits)
	}
	for _, m := range []*machine{w.lobby, w.kitchen} {
		n := length(2, 5, 20)
		_, commits := costs("a cup at "+m.name, n, func() {
			for range n {
				booked := len(w.odoo.Orders())
				w.until("a cup is sold", patience, func() bool { _, err := m.Buy(sim.Order{Slot: 0}); return err == nil })
				w.until("it is booked", patience, func() bool { return len(w.odoo.Orders()) > booked })
			}
		})
		if each := commits / float64(n); each > 3 {
			t.Errorf("a cup at %s costs %.1f commits", m.name, each)
		}
	}
	if length(0, 0, 1) == 1 {
		costs("100,000 jobs", 100_000, func() {
			for i := range 10 { // each channel keeps 10,000
				w.cmd("job", "test", "--count", "10000", "--channel", fmt.Sprintf("root.figures%d", i)).expect(t, "crema job test", 0)
			}
		})
	}
	if written, commits := costs("idle at the end", 1, idle); written != 0 || commits != 0 {
		t.Errorf("polls that find nothing wrote %d bytes in %.0f commits", written, commits)
	}
}
