package store

import "time"

// Stats are figures of the store as of its last commit.
type Stats struct {
	Size       int64         // the file, in bytes; it never shrinks while it is open
	Free       int64         // bytes of the file that hold nothing and will be used again
	Max        int64         // what Size may reach
	LastCommit time.Duration // how long the last commit took
	Commits    uint64        // since Open
	Ops        uint64        // functions in them
}

type counters struct{}
