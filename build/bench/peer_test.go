package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"testing"
)

// last is the number of the job by which a test knows that all before it were done.
const last = 1_000_000

// drain works until the jobs of the numbers, and one put behind them, are done, and
// tells how often each was handled.
func drain(t *testing.T, p Peer, numbers []int) map[int]int {
	t.Helper()
	ctx := t.Context()
	if err := p.Enqueue(ctx, payload(last)); err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	handled := map[int]int{}
	missing := map[int]bool{last: true}
	for _, n := range numbers {
		missing[n] = true
	}
	var done int
	all := make(chan struct{})
	h := Handler{
		Begin: func(p Payload) {
			mu.Lock()
			defer mu.Unlock()
			handled[p.N()]++
			delete(missing, p.N())
		},
		Done: func(n int) {
			mu.Lock()
			defer mu.Unlock()
			if done += n; len(missing) == 0 && done == len(handled) {
				close(all)
			}
		},
	}
	err := working(ctx, p, h, func(ctx context.Context) error {
		if !received(ctx, all, new(struct{})) {
			return fmt.Errorf("the peer stopped")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	delete(handled, last)
	return handled
}

// open opens a peer that the test closes, or its end does.
func open(t *testing.T, e entrant, dir string, places int) (p Peer, shut func()) {
	t.Helper()
	p, err := e.open(dir, places)
	if err != nil {
		t.Fatal(err)
	}
	shut = sync.OnceFunc(func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(shut)
	return p, shut
}

func TestEachJobIsDoneOnceAndStaysDone(t *testing.T) {
	const n = 300
	for _, e := range queues() {
		t.Run(e.name, func(t *testing.T) {
			dir := t.TempDir()
			p, shut := open(t, e, dir, 8)
			var numbers []int
			for i := range n {
				numbers = append(numbers, i)
			}
			if err := p.EnqueueAll(t.Context(), payloads(0, n-20)); err != nil {
				t.Fatal(err)
			}
			for i := n - 20; i < n; i++ {
				if err := p.Enqueue(t.Context(), payload(i)); err != nil {
					t.Fatal(err)
				}
			}
			handled := drain(t, p, numbers)
			for _, i := range numbers {
				if handled[i] != 1 {
					t.Errorf("job %d was done %d times", i, handled[i])
				}
			}
			if len(handled) != n {
				t.Errorf("%d jobs were done, want %d", len(handled), n)
			}
			shut()
			// Jobs start in the order of their coming, so what is left would be before the last.
			again, _ := open(t, e, dir, 1)
			if left := drain(t, again, nil); len(left) != 0 {
				t.Errorf("after reopening %d came again", len(left))
			}
		})
	}
}

// writer enqueues without end and prints what was acknowledged.
func writer(name, dir string) {
	es, err := choose(name)
	if err == nil {
		var p Peer
		if p, err = es[0].open(dir, 1); err == nil {
			for i := 0; err == nil; i++ {
				if err = p.Enqueue(context.Background(), payload(i)); err == nil {
					fmt.Println(i)
				}
			}
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func TestWhatWasAcknowledgedOutlivesAKill(t *testing.T) {
	const kill = 200 // after so many
	for _, e := range queues() {
		t.Run(e.name, func(t *testing.T) {
			dir := t.TempDir()
			cmd := exec.CommandContext(t.Context(), os.Args[0])
			cmd.Env = append(os.Environ(), "BENCH_WRITER="+e.name, "BENCH_DIR="+dir)
			cmd.Stderr = os.Stderr
			out, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			var acknowledged []int
			for lines := bufio.NewScanner(out); lines.Scan(); {
				n, err := strconv.Atoi(lines.Text())
				if err != nil {
					t.Fatal(err)
				}
				if acknowledged = append(acknowledged, n); len(acknowledged) == kill {
					if err := cmd.Process.Kill(); err != nil {
						t.Fatal(err)
					}
				}
			}
			_ = cmd.Wait() // it was killed
			if len(acknowledged) < kill {
				t.Fatalf("the writer ended by itself after %d", len(acknowledged))
			}
			p, _ := open(t, e, dir, 1)
			handled := drain(t, p, acknowledged)
			for _, n := range acknowledged {
				if handled[n] != 1 {
					t.Errorf("job %d was done %d times", n, handled[n])
				}
			}
			// One may have been on the disk, and its acknowledgement not yet printed.
			if more := len(handled) - len(acknowledged); more > 1 {
				t.Errorf("%d jobs came that nobody was told of", more)
			}
		})
	}
}

func TestBareBoltRunsNoJobs(t *testing.T) {
	for _, e := range entrants {
		if !e.bare {
			continue
		}
		p, _ := open(t, e, t.TempDir(), 1)
		if err := p.EnqueueAll(t.Context(), payloads(0, 10)); err != nil {
			t.Error(err)
		}
		if err := p.Work(t.Context(), Handler{}); err != ErrNoWork {
			t.Errorf("%s: %v", e.name, err)
		}
	}
}
