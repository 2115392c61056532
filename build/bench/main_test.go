package main

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestMain lets the tests run this program as the program runs itself, and as a
// writer that is killed.
func TestMain(m *testing.M) {
	switch {
	case len(os.Args) == 3 && os.Args[1] == "-trial":
		if err := runTrial(context.Background(), os.Args[2], os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	case os.Getenv("BENCH_WRITER") != "":
		writer(os.Getenv("BENCH_WRITER"), os.Getenv("BENCH_DIR"))
	}
	os.Exit(m.Run())
}

// queues are the entrants that run jobs.
func queues() []entrant {
	var qs []entrant
	for _, e := range entrants {
		if !e.bare {
			qs = append(qs, e)
		}
	}
	return qs
}

func TestPayloadIsOfTheSizeThatTheTablesSay(t *testing.T) {
	for _, n := range []int{0, 7, 1_000_000} {
		b, err := payload(n).encode()
		if err != nil || len(b) != payloadSize {
			t.Errorf("payload %d has %d bytes (%v), want %d", n, len(b), err, payloadSize)
		}
		if p, err := decode(b); err != nil || p.N() != n {
			t.Errorf("payload %d came back as %d (%v)", n, p.N(), err)
		}
	}
}

func TestChoosing(t *testing.T) {
	if es, err := choose(""); err != nil || len(es) != len(entrants) {
		t.Errorf("no names chose %d peers (%v)", len(es), err)
	}
	if _, err := choose("crema,sidekiq"); err == nil || !strings.Contains(err.Error(), "sidekiq") {
		t.Errorf("a peer that is not there: %v", err)
	}
	if _, err := pick("enqueue1,enqueue2"); err == nil || !strings.Contains(err.Error(), "enqueue2") {
		t.Errorf("a measurement that is not there: %v", err)
	}
}

func TestADirectoryInMemoryIsRefused(t *testing.T) {
	const memory = "/dev/shm"
	if _, err := os.Stat(memory); err != nil {
		t.Skip("there is none")
	}
	dir, err := workDir(memory)
	if err == nil {
		os.Remove(dir)
		t.Fatal("it was taken")
	}
	if !strings.Contains(err.Error(), "-dir") {
		t.Errorf("it does not say what to do: %v", err)
	}
}
