package queue_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"crema/queue"
	"crema/queue/queuetest"
	"crema/store"
	"crema/store/storetest"
)

var (
	killNext  = store.NewBucket[string, int]("kill.next", store.StringKey())
	killTimes = store.NewBucket[int64, int]("kill.times", store.Int64Key())
	killKind  = queue.Kind[int64]{Name: "kill", Channel: "root.machine"}
)

// realClock is a board whose time goes on while it is dead.
type realClock struct{ epoch time.Time }

func (c realClock) Now() time.Time           { return time.Now() }
func (c realClock) Board() time.Duration     { return time.Since(c.epoch) }
func (c realClock) Trusted() bool            { return true }
func (c realClock) Changed() <-chan struct{} { return nil }
func (c realClock) BootID() string           { return "real" }

// killQueue is what lives in the directory: jobs that append their number to a file, the effect outside, and count themselves in
// their completion. Each first job of ten is the parent of the next.
func killQueue(t *testing.T, dir string) (*queue.Queue, *store.Store) {
	t.Helper()
	s, err := store.Open(filepath.Join(dir, "crema.db"), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	epoch, err := os.Stat(filepath.Join(dir, "epoch"))
	if err != nil {
		t.Fatal(err)
	}
	q, err := queue.New(s, realClock{epoch.ModTime()}, queue.Config{Channels: "root:8,root.machine:4", Keep: queue.KeepAll})
	if err != nil {
		t.Fatal(err)
	}
	out, err := os.OpenFile(filepath.Join(dir, "ran"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { out.Close() })
	queue.Register(q, killKind, func(ctx context.Context, j *queue.Job[int64]) (queue.Done, error) {
		if _, err := fmt.Fprintln(out, j.Args); err != nil {
			return nil, err
		}
		if err := j.Step(ctx, func(tx *store.Tx) error { return killNext.Put(tx, "step", int(j.Args)) }); err != nil {
			return nil, err
		}
		return func(tx *store.Tx) error {
			n, _, err := killTimes.Get(tx, j.Args)
			if err != nil {
				return err
			}
			return killTimes.Put(tx, j.Args, n+1)
		}, nil
	})
	return q, s
}

// TestKillChild is the process that TestKill kills.
func TestKillChild(t *testing.T) {
	dir := os.Getenv("CREMA_QUEUE_KILL")
	if dir == "" {
		t.Skip("runs as a child of TestKill")
	}
	q, s := killQueue(t, dir)
	go func() {
		if err := q.Run(context.Background()); err != nil {
			panic(err)
		}
	}()
	for {
		var number int
		err := s.Update(context.Background(), func(tx *store.Tx) error {
			n, _, err := killNext.Get(tx, "next")
			if err != nil {
				return err
			}
			var parent queue.ID
			for number = n; number < n+10; number++ {
				id, err := queue.Enqueue(tx, q, killKind, int64(number), queue.Options{Parent: parent})
				if err != nil {
					return err
				}
				if parent == 0 {
					parent = id
				}
			}
			return killNext.Put(tx, "next", number)
		})
		if err != nil {
			t.Fatal(err)
		}
		fmt.Printf("committed %d\n", number)
	}
}

func TestKill(t *testing.T) {
	if testing.Short() {
		t.Skip("starts and kills processes")
	}
	dir := storetest.Memory(t)
	if err := os.WriteFile(filepath.Join(dir, "epoch"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	seed := *seedFlag
	if seed == 0 {
		seed = rand.Uint64()
	}
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 0))
	acknowledged := 0
	for range 8 {
		acknowledged = killOnce(t, dir, 1+r.IntN(15))
	}

	q, s := killQueue(t, dir)
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	started := time.Now()
	tq := &queuetest.Queue{Queue: q, Store: s}
	if err := tq.RunUntilIdle(ctx); err != nil {
		t.Fatal(err)
	}
	t.Logf("all done %v after the last start", time.Since(started))
	verifyKilled(t, tq, dir, acknowledged)
	if err := s.Check(t.Context()); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

// killOnce starts the child, kills it after so many acknowledged commits, and gives the number that was acknowledged last.
func killOnce(t *testing.T, dir string, commits int) (number int) {
	t.Helper()
	child := exec.Command(os.Args[0], "-test.run=^TestKillChild$")
	child.Env = append(os.Environ(), "CREMA_QUEUE_KILL="+dir)
	out, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	var other strings.Builder
	for lines := bufio.NewScanner(out); commits > 0 && lines.Scan(); {
		if _, err := fmt.Sscanf(lines.Text(), "committed %d", &number); err != nil {
			fmt.Fprintln(&other, lines.Text())
			continue
		}
		commits--
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	rest, _ := io.ReadAll(out)
	_ = child.Wait() // it was killed
	if commits > 0 {
		t.Fatalf("the child ended by itself:\n%s%s", other.String(), rest)
	}
	return number
}

func verifyKilled(t *testing.T, q *queuetest.Queue, dir string, acknowledged int) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, "ran"))
	if err != nil {
		t.Fatal(err)
	}
	began := map[int64]int{}
	for line := range strings.Lines(string(raw)) {
		var n int64
		if _, err := fmt.Sscan(line, &n); err != nil {
			t.Fatalf("line %q: %v", line, err)
		}
		began[n]++
	}
	jobs := q.Jobs(t, queue.Filter{Limit: 1000})
	if len(jobs) < acknowledged {
		t.Errorf("%d jobs, but %d were acknowledged", len(jobs), acknowledged)
	}
	interruptions, again := 0, 0
	err = q.Store.View(func(tx *store.Tx) error {
		for n, j := range jobs {
			times, _, err := killTimes.Get(tx, int64(n))
			if err != nil {
				return err
			}
			if j.State != queue.StateDone || times != 1 || j.Attempt != 1 {
				t.Errorf("job %v is %s, committed %d times, attempt %d; want done, 1, 1: %s", j.ID, j.State, times, j.Attempt, j.Error)
			}
			if b := began[int64(n)]; b < 1 || b > 1+j.Interruptions {
				t.Errorf("job %v began %d times with %d interruptions", j.ID, b, j.Interruptions)
			}
			interruptions += j.Interruptions
			again += began[int64(n)] - 1
		}
		return queue.Check(tx)
	})
	if err != nil {
		t.Error(err)
	}
	t.Logf("%d jobs, 8 kills, %d interruptions, %d begun again", len(jobs), interruptions, again)
	if interruptions == 0 || interruptions > 8*4 {
		t.Errorf("%d interruptions in 8 kills with 4 places", interruptions)
	}
}
