package control

import (
	"bytes"
	"runtime"
)

// Hoard keeps so many bytes of memory, none of which is zero, until release is called.
func Hoard(size int) (release func()) {
	hoard := bytes.Repeat([]byte{1}, size)
	return func() { runtime.KeepAlive(hoard) }
}
