package alarms

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"crema/connectors/odoo/standin"
	"crema/queue"
	"crema/store"
)

// alarmWorld is a board whose alarms go up, that is killed between any two commits and meets every fault of Odoo, and
// the truth of what is wrong.
type alarmWorld struct {
	*world
	random *rand.Rand

	fuse int // commits until it is killed; negative: never
	dead bool
	stop context.CancelFunc // ends what the dead process does

	set     map[int]bool // now
	seen    map[int]bool // at the last poll: what comes and goes between two is nothing
	times   map[int]int  // occurrences, as far as nothing was lost
	over    map[int]bool // cleared more than a day ago, with Odoo told
	closed  map[int]bool // closed by a person since it was raised
	unclear map[int]bool // the board can't know whether it was raised after that
	backup  string
}

const alarmCodes = 9

func newAlarmWorld(t *testing.T, seed uint64) *alarmWorld {
	w := &alarmWorld{world: newWorld(t), random: rand.New(rand.NewPCG(seed, 1900)), fuse: -1,
		set: map[int]bool{}, seen: map[int]bool{}, times: map[int]int{}, over: map[int]bool{}, closed: map[int]bool{}, unclear: map[int]bool{}}
	t.Logf("seed %d (CREMA_SEED=%d runs it again)", seed, seed)
	w.store.Close()
	w.boot()
	return w
}

// boot starts the process on what the card has.
func (w *alarmWorld) boot() {
	w.t.Helper()
	w.fuse, w.dead = -1, false
	w.world.boot(func(*store.Tx) error {
		if w.fuse == 0 {
			w.dead = true
			w.stop()
		}
		if w.dead {
			return errDead
		}
		w.fuse--
		return nil
	})
}

// errDead is what every commit answers after the process was killed.
var errDead = errors.New("the process was killed")

// look is a poll of the machine as it is.
func (w *alarmWorld) look() error {
	var codes []int
	for c := range alarmCodes {
		if w.set[c] {
			codes = append(codes, c)
		}
	}
	err := w.poll(codes...)
	if err != nil {
		return err
	}
	for c := range alarmCodes {
		if w.set[c] && !w.seen[c] {
			if w.times[c] == 0 || w.over[c] {
				w.times[c]++
			}
			w.over[c], w.closed[c] = false, false
		}
		w.seen[c] = w.set[c]
	}
	return nil
}

// run polls and lets the jobs run that are due; it comes back from a kill.
func (w *alarmWorld) run() {
	w.t.Helper()
	ctx, cancel := context.WithCancel(w.t.Context())
	defer cancel()
	w.stop = cancel
	err := w.look()
	if err == nil {
		err = w.queue.RunUntilIdle(ctx)
	}
	if !w.dead && err != nil {
		w.t.Fatal(err)
	}
	if w.dead {
		w.store.Close()
		w.boot()
	}
	w.atMostOne()
}

// atMostOne checks that no alarm has two open requests.
func (w *alarmWorld) atMostOne() map[int]int {
	w.t.Helper()
	open := map[int]int{}
	for _, r := range w.erp.Requests() {
		code, _, ok := parseExternal(here, r.External)
		if !ok || r.Serial != "29-1" {
			w.t.Fatalf("a request that crema did not mean: %+v", r)
		}
		if !r.Done {
			open[code]++
		}
		if open[code] > 1 {
			w.t.Fatalf("alarm %d has two open requests: %+v", code, w.erp.Requests())
		}
	}
	return open
}

// settle lets everything be told, and compares Odoo with the truth.
func (w *alarmWorld) settle() {
	w.t.Helper()
	w.erp.Heal()
	w.fuse = -1
	for range 6 {
		w.clock.Advance(31 * time.Minute)
		w.run()
	}
	if err := w.store.View(func(tx *store.Tx) error {
		for _, o := range occurrencesOf(tx, here) {
			if o.dirty() {
				jobs, _, err := w.queue.List(tx, queue.Filter{Kind: tellKind.Name, Limit: 1000})
				w.t.Fatalf("Odoo was not told of %+v; the jobs are %+v, %v", o, jobs[max(0, len(jobs)-3):], err)
			}
		}
		return nil
	}); err != nil {
		w.t.Fatal(err)
	}
	open := w.atMostOne()
	for c := range alarmCodes {
		want := 0
		if w.set[c] && !w.closed[c] {
			want = 1
		}
		if open[c] != want && !w.unclear[c] {
			var all []string
			for _, r := range w.erp.Requests() {
				if code, _, _ := parseExternal(here, r.External); code == c {
					all = append(all, fmt.Sprintf("%+v", r))
				}
			}
			w.store.View(func(tx *store.Tx) error {
				for _, o := range occurrencesOf(tx, here) {
					if o.Code == c {
						all = append(all, fmt.Sprintf("%+v", o))
					}
				}
				return nil
			})
			w.t.Fatalf("alarm %d: set %v, closed by a person %v, and %d open requests\n%s", c, w.set[c], w.closed[c], open[c], strings.Join(all, "\n"))
		}
		if !w.set[c] {
			w.closed[c], w.unclear[c] = false, false
		}
	}
}

// TestAlarmsExactlyOnce raises 600 alarms, 2,000 with CREMA_E2E, with every fault of Odoo, kills the board, and where that is
// said loses its card or gives it an older state.
func TestAlarmsExactlyOnce(t *testing.T) {
	alarms := 300
	if os.Getenv("CREMA_E2E") != "" {
		alarms = 1000
	}
	for _, losing := range []bool{false, true} {
		t.Run(fmt.Sprintf("losing %v", losing), func(t *testing.T) {
			t.Parallel()
			w := newAlarmWorld(t, seedOf(t))
			for raised := 0; raised < alarms; {
				for _, f := range []standin.Fault{standin.DatabaseDown, standin.ServerError, standin.CommitThenClose, standin.CloseBeforeCommit, standin.CutBody,
					standin.Crash, standin.Proxy, standin.Refuse, standin.Portal} {
					w.erp.Fail(standin.Rule{Fault: f, Probability: 0.06})
				}
				for range 10 + w.random.IntN(20) {
					for range 1 + w.random.IntN(3) {
						c := w.random.IntN(alarmCodes)
						if w.set[c] = !w.set[c]; w.set[c] {
							raised++
						}
						if err := w.look(); err != nil && !w.dead {
							t.Fatal(err)
						}
					}
					if w.random.IntN(3) == 0 {
						w.fuse = w.random.IntN(12)
					}
					w.run()
					w.clock.Advance(time.Duration(w.random.IntN(120)) * time.Second)
					if losing && w.random.IntN(15) == 0 {
						w.lose()
					}
				}
				w.settle()
				w.quiet(losing)
			}
			if losing {
				return
			}
			made := map[int]int{}
			for _, r := range w.erp.Requests() {
				code, _, _ := parseExternal(here, r.External)
				made[code]++
			}
			if fmt.Sprint(made) != fmt.Sprint(w.times) {
				t.Errorf("requests by code %v, want %v", made, w.times)
			}
		})
	}
}

// quiet is a time at which Odoo knows all: people close requests, a day passes, a snapshot is made.
func (w *alarmWorld) quiet(losing bool) {
	w.t.Helper()
	if w.random.IntN(2) == 0 {
		w.clock.Advance(25 * time.Hour)
		for c := range alarmCodes {
			w.over[c] = !w.set[c] && w.times[c] > 0
		}
	}
	for _, r := range w.erp.Requests() {
		if c, _, _ := parseExternal(here, r.External); !r.Done && w.random.IntN(4) == 0 {
			w.erp.Set("maintenance.request", r.ID, standin.Values{"stage_id": 4})
			w.closed[c] = true
		}
	}
	if losing {
		w.backup = filepath.Join(w.t.TempDir(), "backup.db")
		if _, err := w.store.SnapshotFile(w.t.Context(), w.backup); err != nil {
			w.t.Fatal(err)
		}
	}
}

// lose loses the card, or what happened on it since the backup.
func (w *alarmWorld) lose() {
	w.t.Helper()
	w.store.Close()
	for c := range alarmCodes {
		w.unclear[c] = true // what was told of it last is not known any more
	}
	older := w.backup != "" && w.random.IntN(2) == 0
	if older {
		if _, err := store.Replace(w.t.Context(), w.path, w.backup, store.Options{}); err != nil {
			w.t.Fatal(err)
		}
	} else if err := os.Remove(w.path); err != nil {
		w.t.Fatal(err)
	}
	w.boot()
	if older {
		w.queue.Update(w.t, Restored)
	}
}

func seedOf(t *testing.T) uint64 {
	s := os.Getenv("CREMA_SEED")
	if s == "" {
		return uint64(time.Now().UnixNano())
	}
	seed, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		t.Fatalf("CREMA_SEED: %v", err)
	}
	return seed
}
