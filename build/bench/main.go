package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"time"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run reads the flags, runs the plan and prints the tables.
func run(ctx context.Context, args []string, out, progress io.Writer) (err error) {
	var plan Plan
	var peers, measures, dir, trial string
	f := flag.NewFlagSet("bench", flag.ContinueOnError)
	f.SetOutput(progress)
	f.StringVar(&peers, "peers", "", "peers to run, by comma; all if empty")
	f.StringVar(&measures, "measures", "", "measurements to run, by comma; all if empty")
	f.IntVar(&plan.Rounds, "rounds", 3, "rounds; the tables hold medians")
	f.StringVar(&dir, "dir", os.TempDir(), "directory on the disk to measure")
	f.DurationVar(&plan.Slow, "slow", 0, "how much longer each sync takes, as on a card; needs strace")
	f.StringVar(&plan.CPU, "cpuprofile", "", "write a CPU profile here, of one peer and one measurement")
	f.StringVar(&plan.Mem, "memprofile", "", "write here what that one allocates; it takes longer then")
	f.DurationVar(&plan.Lengths.Window, "window", 1500*time.Millisecond, "how long to enqueue; processing goes on for at most twice of it")
	f.DurationVar(&plan.Lengths.Probe, "probe", 250*time.Millisecond, "length of each probe of the disk")
	f.IntVar(&plan.Lengths.Jobs, "jobs", 0, "jobs to process; 0 is 10000, with -slow 2000")
	f.IntVar(&plan.Lengths.Batch, "batch", 10_000, "jobs a bulk call")
	f.IntVar(&plan.Lengths.Live, "live", 200, "jobs given one by one, for idle and live")
	f.Uint64Var(&plan.Seed, "seed", uint64(time.Now().UnixNano()), "of the order in which peers take turns")
	f.StringVar(&trial, "trial", "", "run one trial, as the program calls itself")
	if err := f.Parse(args); err != nil {
		return err
	}
	if trial != "" {
		return runTrial(ctx, trial, out)
	}
	if plan.Lengths.Jobs == 0 {
		plan.Lengths.Jobs = 10_000
		if plan.Slow > 0 {
			plan.Lengths.Jobs = 2000
		}
	}
	if plan.Peers, err = choose(peers); err != nil {
		return err
	}
	if plan.Measures, err = pick(measures); err != nil {
		return err
	}
	if plan.CPU+plan.Mem != "" && (len(plan.Peers) != 1 || len(plan.Measures) != 1) {
		return errors.New("a profile is of one peer and one measurement: name them with -peers and -measures")
	}
	if plan.Slow > 0 {
		if _, err := slowly(plan.Slow); err != nil {
			return err
		}
	}
	if plan.Dir, err = workDir(dir); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(plan.Dir)) }()
	plan.Progress = progress
	results, err := plan.run(ctx)
	report(out, plan, results)
	return err
}

func runTrial(ctx context.Context, arg string, out io.Writer) error {
	var t Trial
	if err := json.Unmarshal([]byte(arg), &t); err != nil {
		return fmt.Errorf("-trial: %w", err)
	}
	r, err := try(ctx, t)
	if err != nil {
		return err
	}
	return json.NewEncoder(out).Encode(r)
}
