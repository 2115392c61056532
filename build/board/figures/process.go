package figures

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// Process is what a program has used since it began, at one moment. Sizes are in bytes.
type Process struct {
	Resident int64         // all of it
	Own      int64         // what is not pages of files
	CPU      time.Duration // of all its threads, in the kernel too; in steps of 10 ms
	Written  int64         // what it had the disks write; 0 on a tmpfs
}

// tick is that of the times in /proc: USER_HZ, 100 on arm, arm64 and amd64 (proc(5)).
const tick = 10 * time.Millisecond

// Of reads the figures of a program on this computer.
func Of(pid int) (Process, error) {
	var text [3]string
	for i, name := range []string{"status", "stat", "io"} {
		b, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, name))
		if err != nil {
			return Process{}, err
		}
		text[i] = string(b)
	}
	return Parse(text[0], text[1], text[2])
}

// Parse reads the figures from the text of /proc/PID/status, stat and io.
func Parse(status, stat, io string) (p Process, err error) {
	for _, f := range []struct {
		to         *int64
		text, name string
		unit       int64
	}{
		{&p.Resident, status, "VmRSS", 1024}, {&p.Own, status, "RssAnon", 1024}, {&p.Written, io, "write_bytes", 1},
	} {
		if *f.to, err = field(f.text, f.name); err != nil {
			return Process{}, err
		}
		*f.to *= f.unit
	}
	// The name of the program stands in parentheses, and may have some itself.
	fields := strings.Fields(stat[strings.LastIndex(stat, ")")+1:])
	if len(fields) < 13 {
		return Process{}, fmt.Errorf("stat %q: too few fields", stat)
	}
	for _, s := range fields[11:13] { // utime, stime: the 14th and 15th of all
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return Process{}, fmt.Errorf("stat: %w", err)
		}
		p.CPU += time.Duration(n) * tick
	}
	return p, nil
}

// field reads "Name:  123 kB".
func field(text, name string) (int64, error) {
	for line := range strings.Lines(text) {
		if key, value, ok := strings.Cut(line, ":"); ok && key == name {
			return strconv.ParseInt(strings.TrimSuffix(strings.TrimSpace(value), " kB"), 10, 64)
		}
	}
	return 0, fmt.Errorf("%s is not told", name)
}
