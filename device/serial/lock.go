package serial

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// ours marks a lock file that its holder also holds by flock, so that the process id
// in it, which may be another process's by now, counts for nothing. Other programs
// read the first line only.
const ours = "flock"

// lock is a held lock file.
type lock struct {
	path string
	file *os.File
}

// acquire takes the lock of the device file at real.
func acquire(real string) (*lock, error) {
	path := lockPath(real)
	for {
		file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
		if errors.Is(err, os.ErrPermission) { // another user's; flock needs no more than this
			file, err = os.Open(path)
		}
		if err != nil {
			return nil, fmt.Errorf("can't be locked: %w", err)
		}
		if err := unix.Flock(int(file.Fd()), unix.LOCK_EX|unix.LOCK_NB); err != nil {
			pid, _ := read(file)
			file.Close()
			if errors.Is(err, unix.EWOULDBLOCK) {
				return nil, fmt.Errorf("is in use by %s: stop it, or give one of the two another port", holder(pid))
			}
			return nil, fmt.Errorf("can't be locked: %w", err)
		}
		if !still(file, path) { // its holder removed it meanwhile
			file.Close()
			continue
		}
		if pid, foreign := read(file); foreign && alive(pid) {
			file.Close()
			return nil, fmt.Errorf("is in use by %s (says %s): stop it", holder(pid), path)
		}
		l := &lock{path, file}
		l.sign()
		return l, nil
	}
}

// sign writes who holds the lock. It only informs, so a file that can't be written is
// held all the same.
func (l *lock) sign() {
	if l.file.Truncate(0) == nil {
		_, _ = l.file.WriteAt(fmt.Appendf(nil, "%10d\n%s\n", os.Getpid(), ours), 0)
	}
}

func (l *lock) release() {
	_ = os.Remove(l.path) // while it is held: nobody takes a file that is about to go
	_ = l.file.Close()
}

// lockPath is what other programs call the lock of /dev/ttyACM0: LCK..ttyACM0.
func lockPath(real string) string {
	dir := "/run/lock"
	if unix.Access(dir, unix.W_OK) != nil {
		dir = os.TempDir()
	}
	name := strings.TrimPrefix(real, "/dev/")
	return filepath.Join(dir, "LCK.."+strings.ReplaceAll(strings.Trim(name, "/"), "/", "_"))
}

// read is the process id in a lock file, 0 where there is none, and whether another
// kind of program wrote it.
func read(file *os.File) (pid int, foreign bool) {
	b, err := io.ReadAll(io.NewSectionReader(file, 0, 256))
	if err != nil {
		return 0, false
	}
	first, rest, _ := strings.Cut(string(b), "\n")
	// Some programs add their name behind the number.
	fields := strings.Fields(first)
	if len(fields) == 0 {
		return 0, false
	}
	if pid, err = strconv.Atoi(fields[0]); err != nil {
		return 0, false
	}
	return pid, strings.TrimSpace(rest) != ours
}

// still tells whether path is the file that was opened.
func still(file *os.File, path string) bool {
	a, err := file.Stat()
	if err != nil {
		return false
	}
	b, err := os.Stat(path)
	return err == nil && os.SameFile(a, b)
}

func alive(pid int) bool {
	if pid <= 0 || pid == os.Getpid() {
		return false
	}
	return !errors.Is(unix.Kill(pid, 0), unix.ESRCH)
}

// holder names a process.
func holder(pid int) string {
	switch {
	case pid <= 0:
		return "another program"
	case pid == os.Getpid():
		return "this program itself, for another backend"
	}
	name, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", pid))
	if err != nil {
		return fmt.Sprintf("process %d", pid)
	}
	return fmt.Sprintf("%s (process %d)", strings.TrimSpace(string(name)), pid)
}
