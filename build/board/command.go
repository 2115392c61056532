package board

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// Command is `go run ./build board`.
type Command struct {
	Checks     []string `arg:"" optional:"" help:"Which checks; if none is named all but figures, and away only at night. ${checks}"`
	Arch       string   `default:"arm64" help:"The board's processor: ${arches}."`
	Cuts       int      `help:"How many power cuts, if not the 10 of CI or the 200 of the night."`
	Processors int      `help:"How many processors a board has, if not the 1 of CI or the 2 of the night."`
	Nightly    bool     `help:"As long as at night, rather than as in CI."`
	Jobs       int      `help:"How many checks at a time, if not as many as there are processors, at most ${jobs}; as many that wait most of their time are done beside them, some by themselves." placeholder:"N"`
	Seed       uint64   `help:"The seed of an earlier run, to run it again: the same decisions, not the same moments."`
	Cache      string   `help:"Where kernels are kept, crema-board below the user's cache directory if none is named." placeholder:"DIR"`
	Keep       bool     `help:"Leave the files of the run behind."`
}

// A check is one thing that must hold on the board, and its control, which must not.
type check struct {
	name    string
	what    string
	run     func(ctx context.Context, r *rig) error
	with    company
	changed bool // it boots the controls' crema, too
}

// checks are begun in this order: what takes longest comes first, so that none is left by itself at the end.
var checks = []check{
	{"loops", "one of crema's main loops hangs, each in turn at night: the board restarts and tells which; without a watchdog it only tells", checkLoops, waits, true},
	{"cuts", "power cuts on cards with a volatile write cache while cups are sold; a disk that doesn't flush shows", checkCuts, beside, false},
	{"memory", "little memory, with many jobs and sales in the store", checkMemory, beside, true},
	{"away", "at night or if it is named: no network for weeks, of a board that nobody told the time, and of one with a battery clock", checkAway, beside, false},
	{"full", "the card is full while cups are made, and has room again", checkFull, waits, true},
	{"watchdog", "crema hangs, then the kernel: the board restarts; without a watchdog it doesn't", checkWatchdog, beside, false},
	{"clock", "a board that begins in 1970 and hears the time later; a time that jumps both ways", checkClock, waits, true},
	{"readonly", "the card takes no writes any more, and does again after the power was off", checkReadOnly, waits, true},
	{"serial", "each machine's cable is pulled while cups are made, and put back", checkSerial, waits, true},
	{"boot", "from power on to the first good page; a board with a broken configuration shows none", checkBoot, beside, false},
	{"pi", "the first page on a Raspberry Pi 3, its UART, and its lines by their names", checkPi, beside, false},
	{"usermode", "what is built for the oldest boards runs on their processor, and what isn't doesn't", checkUserMode, beside, false},
	{"gpio", "header J7 on a GPIO chip: pulses are counted, levels shown, outputs high unless they are wanted low", checkGPIO, alone, false},
	{"figures", "only if it is named: what crema takes of a board, written to build/board/FIGURES.md", figures, alone, false},
}

// usual are the names of the checks of a run that names none.
func (r *rig) usual() (names []string) {
	for _, k := range checks {
		if k.name != "figures" && !slices.Contains(r.arch.lacks, k.name) && (r.nightly || k.name != "away") {
			names = append(names, k.name)
		}
	}
	return names
}

// Vars are what the command's help says.
func Vars() map[string]string {
	names := make([]string, len(checks))
	for i, c := range checks {
		names[i] = c.name
	}
	return map[string]string{"checks": strings.Join(names, ", ") + ".", "arches": archNames(), "jobs": strconv.Itoa(mostJobs)}
}

// Run runs the checks, some side by side, in the module's top folder. Its error names those that failed.
func (c *Command) Run(ctx context.Context) error {
	for _, name := range c.Checks {
		if !slices.ContainsFunc(checks, func(known check) bool { return known.name == name }) {
			return fmt.Errorf("there is no check %q; there are: %s", name, Vars()["checks"])
		}
	}
	on, err := archNamed(c.Arch)
	if err != nil {
		return err
	}
	for _, name := range c.Checks {
		if slices.Contains(on.lacks, name) {
			return fmt.Errorf("the check %s can't be done on %s", name, on.name)
		}
	}
	if err := missing(); err != nil {
		return err
	}
	if c.Cache == "" {
		dir, err := os.UserCacheDir()
		if err != nil {
			return fmt.Errorf("there is no place to keep the kernel: %w: name one with --cache", err)
		}
		c.Cache = filepath.Join(dir, "crema-board")
	}
	dir, err := os.MkdirTemp("", "crema-board-")
	if err != nil {
		return err
	}
	if !c.Keep {
		defer os.RemoveAll(dir)
	}
	if c.Seed == 0 {
		c.Seed = rand.Uint64()
	}
	r := &rig{dir: dir, arch: on, cuts: c.Cuts, seed: c.Seed, nightly: c.Nightly, processors: c.processors(), out: os.Stdout}
	fmt.Printf("seed %d (--seed %d runs it again), %s, %d at a time, files in %s\n", c.Seed, c.Seed, on.name, c.jobs(), dir)
	begun := time.Now()
	if err := r.build(ctx, c.Cache); err != nil {
		return err
	}
	fmt.Printf("kernel %s, crema and the rest are there after %.1f s\n", filepath.Base(r.kernel.image), time.Since(begun).Seconds())
	if len(c.Checks) == 0 {
		c.Checks = r.usual()
	}
	chosen := slices.DeleteFunc(slices.Clone(checks), func(k check) bool { return !slices.Contains(c.Checks, k.name) })
	if slices.ContainsFunc(chosen, func(k check) bool { return k.changed }) {
		var built sync.WaitGroup
		defer built.Wait()
		built.Go(func() { r.controls() }) //nolint:errcheck // beside the first checks; who needs it is told
	}
	failed := r.runAll(ctx, chosen, c.jobs())
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if len(failed) > 0 {
		return errors.New("failed on the emulated board: " + strings.Join(failed, ", "))
	}
	return nil
}

// mostJobs is the most that are run at a time unless more are asked for: each has an emulator with half a gigabyte or more, some have two,
// and as many that wait run beside them.
const mostJobs = 4

func (c *Command) processors() int {
	switch {
	case c.Processors > 0:
		return c.Processors
	case c.Nightly:
		return 2
	}
	return 1
}

func (c *Command) jobs() int {
	if c.Jobs > 0 {
		return c.Jobs
	}
	return min(runtime.NumCPU(), mostJobs)
}
