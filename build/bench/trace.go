package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"syscall"
	"time"
)

// strace is found once; empty is none.
var strace, _ = exec.LookPath("strace")

const syncCalls = "fsync,fdatasync,msync,sync_file_range"

// slowly is the command that runs a program with each sync d slower.
func slowly(d time.Duration) ([]string, error) {
	if strace == "" {
		return nil, fmt.Errorf("-slow needs strace, which delays the syncs: apt-get install strace")
	}
	return []string{strace, "-f", "-qq", "--seccomp-bpf", "-o", "/dev/null", "-e", "trace=fsync,fdatasync",
		"-e", "inject=fsync,fdatasync:delay_exit=" + strconv.FormatInt(d.Microseconds(), 10)}, nil
}

// counting is the command that runs a program and writes its syncs to log.
func counting(log string) []string {
	return []string{strace, "-f", "-qq", "--seccomp-bpf", "-o", log, "-e", "trace=" + syncCalls}
}

// mark leaves a line in the log of strace, and does nothing else.
func mark() { _ = syscall.Fsync(-1) }

var (
	syncLine = regexp.MustCompile(`^\d+ +(fsync|fdatasync|msync|sync_file_range)\(`)
	markLine = regexp.MustCompile(`^\d+ +fsync\(-1`)
)

// countSyncs counts the calls between the two marks of a log. A call that another
// thread's call interrupts has two lines there; only its first one counts.
func countSyncs(log string) (int, error) {
	f, err := os.Open(log)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	n, marks := 0, 0
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		switch {
		case markLine.Match(lines.Bytes()):
			marks++
		case marks == 1 && syncLine.Match(lines.Bytes()):
			n++
		}
	}
	if err := lines.Err(); err != nil {
		return 0, err
	}
	if marks != 2 {
		return 0, fmt.Errorf("the log of strace has %d marks, want 2", marks)
	}
	return n, nil
}
