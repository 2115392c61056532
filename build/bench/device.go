package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// counters rise from some beginning.
type counters struct {
	written int64 // bytes, by write calls of this process
	device  int64 // bytes, by the device that holds a directory; 0 where it can't be told
	cpu     int64 // microseconds of processor, the kernel's part among them
}

func readIO(dir string) (c counters, err error) {
	b, err := os.ReadFile("/proc/self/io")
	if err != nil {
		return c, err
	}
	for line := range bytes.Lines(b) {
		if v, ok := strings.CutPrefix(string(line), "wchar: "); ok {
			c.written, err = strconv.ParseInt(strings.TrimSpace(v), 10, 64)
		}
	}
	c.device = deviceBytes(dir)
	var u unix.Rusage
	if err := unix.Getrusage(unix.RUSAGE_SELF, &u); err != nil {
		return c, err
	}
	c.cpu = (u.Utime.Nano() + u.Stime.Nano()) / 1000
	return c, err
}

// deviceBytes reads the sectors written; they are of 512 bytes whatever the disk's own.
func deviceBytes(dir string) int64 {
	var st syscall.Stat_t
	if syscall.Stat(dir, &st) != nil {
		return 0
	}
	b, err := os.ReadFile(fmt.Sprintf("/sys/dev/block/%d:%d/stat", unix.Major(st.Dev), unix.Minor(st.Dev)))
	fields := strings.Fields(string(b))
	if err != nil || len(fields) < 7 {
		return 0
	}
	sectors, err := strconv.ParseInt(fields[6], 10, 64)
	if err != nil {
		return 0
	}
	return sectors * 512
}

// workDir makes a directory for the trials in parent. It refuses one in memory, where
// a sync costs nothing.
func workDir(parent string) (string, error) {
	var st unix.Statfs_t
	if err := unix.Statfs(parent, &st); err != nil {
		return "", fmt.Errorf("%s: %w", parent, err)
	}
	if st.Type == unix.TMPFS_MAGIC || st.Type == unix.RAMFS_MAGIC {
		return "", fmt.Errorf("%s is in memory, where a sync costs nothing: name a directory on a disk with -dir", parent)
	}
	dir, err := os.MkdirTemp(parent, "crema-bench-")
	if err != nil {
		return "", err
	}
	return filepath.Abs(dir)
}
