package store

import (
	"sync"
	"time"
)

// Stats are figures of the store as of its last commit.
type Stats struct {
	Size       int64         // bytes of the pages ever used; the file may be 16 MiB longer, and never shrinks
	Free       int64         // those of Size that hold nothing and will be used again
	Max        int64         // what Size can reach before what makes the data grow gets ErrFull
	LastCommit time.Duration // how long the last commit took
	Commits    uint64        // since Open
	Ops        uint64        // updates in them; more than Commits where they were grouped
	Written    int64         // bytes of the pages that commits wrote since Open
}

// Fill is the share of Max that is in use, from 0 to 1.
func (s Stats) Fill() float64 { return float64(s.Size-s.Free) / float64(s.Max) }

// Stats gives the figures; it takes a microsecond.
func (s *Store) Stats() Stats {
	st := s.committer.counts.get()
	st.Max = s.limit - reserve(s.limit) - s.room.alloc
	st.Free = s.free()
	st.Written = s.written.Load()
	st.Size = s.size()
	return st
}

// size is that of the pages ever used.
func (s *Store) size() (n int64) {
	// It fails when the store is closed; there is no size then.
	_ = s.view(func(tx *Tx) error {
		n = tx.bolt().Size()
		return nil
	})
	return n
}

// free is how much of that holds nothing, as of the last commit.
func (s *Store) free() int64 {
	st := s.bolt.Stats()
	return int64(st.FreePageN+st.PendingPageN) * s.pageSize
}

// counts are what the committer counts.
type counts struct {
	mu    sync.Mutex
	stats Stats
}

func (c *counts) committed(steps int, took time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.stats.LastCommit = took
	c.stats.Commits++
	c.stats.Ops += uint64(steps)
}

func (c *counts) get() Stats {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.stats
}
