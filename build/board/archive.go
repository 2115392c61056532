package board

import (
	"bytes"
	"fmt"
	"path"
)

// An archive is a root file system in memory, in the form that the kernel unpacks ("newc" of cpio).
type archive struct {
	bytes.Buffer
	inodes int
	dirs   map[string]bool
}

// add adds a file, and the folders above it.
func (a *archive) add(name string, mode uint32, data []byte) {
	a.above(name)
	a.entry(name, 0o100000|mode, 0, 0, data)
}

// console adds the device that the first process speaks on.
func (a *archive) console() {
	a.above("dev/console")
	a.entry("dev/console", 0o020600, 5, 1, nil)
}

// end ends the archive.
func (a *archive) end() { a.entry("TRAILER!!!", 0, 0, 0, nil) }

func (a *archive) above(name string) {
	dir := path.Dir(name)
	if dir == "." || a.dirs[dir] {
		return
	}
	a.above(dir)
	if a.dirs == nil {
		a.dirs = map[string]bool{}
	}
	a.dirs[dir] = true
	a.entry(dir, 0o040755, 0, 0, nil)
}

func (a *archive) entry(name string, mode uint32, major, minor int, data []byte) {
	a.inodes++
	a.WriteString("070701") // the magic, then thirteen numbers
	for _, n := range []int{a.inodes, int(mode), 0, 0, 1, 0, len(data), 0, 0, major, minor, len(name) + 1, 0} {
		fmt.Fprintf(a, "%08X", n)
	}
	a.WriteString(name)
	a.WriteByte(0)
	a.align()
	a.Write(data)
	a.align()
}

func (a *archive) align() { a.Write(make([]byte, -a.Len()&3)) }
