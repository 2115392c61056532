package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// A Plan is what to run.
type Plan struct {
	Peers    []entrant
	Measures []measurement
	Rounds   int
	Dir      string        // each trial has a directory below it
	Slow     time.Duration // that each sync takes longer
	CPU, Mem string        // files for profiles of the last trial
	Seed     uint64        // of the order in which the peers take turns
	Lengths  Lengths
	Progress io.Writer // told of each trial
}

// run has the peers take turns, measurement by measurement and round by round, in an
// order of chance: whoever came always after the same one would inherit its load. A trial
// that fails ends nothing: what it says is in the progress, and its cell stays empty.
func (p Plan) run(ctx context.Context) ([]Result, error) {
	var results []Result
	turns := rand.New(rand.NewPCG(p.Seed, 0))
	for round := range p.Rounds {
		for _, m := range p.Measures {
			if m.life && p.Slow > 0 {
				continue // slowness changes neither syncs nor bytes
			}
			for _, i := range turns.Perm(len(p.Peers)) {
				e := p.Peers[i]
				if m.queue && e.bare {
					continue
				}
				r, err := p.trial(ctx, e, m)
				if ctx.Err() != nil {
					return results, ctx.Err()
				}
				if err != nil {
					fmt.Fprintf(p.Progress, "round %d %s %s: %v\n", round+1, m.name, e.name, err)
					continue
				}
				fmt.Fprintf(p.Progress, "round %d %s %s: %.0f/s, %.2f of raw %.0f/s\n",
					round+1, m.name, e.name, r.Figure.Rate, r.Figure.Rate/r.Limits.Raw, r.Limits.Raw)
				results = append(results, r)
			}
		}
	}
	return results, nil
}

// trial runs this program again, for one measurement of one peer.
func (p Plan) trial(ctx context.Context, e entrant, m measurement) (r Result, err error) {
	dir, err := os.MkdirTemp(p.Dir, e.name+"-")
	if err != nil {
		return r, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	unix.Sync() // what the one before left to be written
	log := filepath.Join(dir, "strace.log")
	self, err := os.Executable()
	if err != nil {
		return r, err
	}
	counted := m.life && strace != ""
	command := []string{self}
	switch {
	case p.Slow > 0:
		slow, err := slowly(p.Slow)
		if err != nil {
			return r, err
		}
		command = append(slow, self)
	case counted:
		command = append(counting(log), self)
	}
	t, err := json.Marshal(Trial{Peer: e.name, Measure: m.name, Dir: dir, CPUProfile: p.CPU, MemProfile: p.Mem, Lengths: p.Lengths})
	if err != nil {
		return r, err
	}
	var out, complaints bytes.Buffer
	cmd := exec.CommandContext(ctx, command[0], append(command[1:], "-trial", string(t))...)
	cmd.Stdout, cmd.Stderr = &out, &complaints
	if err := cmd.Run(); err != nil {
		return r, fmt.Errorf("%w: %s", err, bytes.TrimSpace(complaints.Bytes()))
	}
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		return r, fmt.Errorf("the trial answered %q: %w", out.Bytes(), err)
	}
	if counted {
		n, err := countSyncs(log)
		if err != nil {
			return r, err
		}
		r.Syncs = float64(n) / float64(r.Figure.Jobs)
	}
	return r, nil
}
