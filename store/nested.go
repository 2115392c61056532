package store

import (
	"runtime"
	"strings"
)

// nested says whether the caller is inside a View of this store, or runs on its
// committer: an Update there waits for itself. It looks at the caller's stack, some
// microseconds, and only while a view is open or a function runs. A goroutine that
// a transaction's function started, and waits for, is not found out.
func (s *Store) nested() bool {
	running := s.committer.busy.Load()
	if !running && s.views.Load() == 0 {
		return false
	}
	var pcs [64]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(2, pcs[:])])
	for {
		f, more := frames.Next()
		if name, ok := strings.CutPrefix(f.Function, "crema/store."); ok {
			if name == "(*Store).View" || running && name == "(*committer).run" {
				return true
			}
		}
		if !more {
			return false
		}
	}
}
