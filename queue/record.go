package queue

import (
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"

	"crema/store"
)

// The buckets. A job is in exactly one of jobs, done and failed; an open one has exactly one home (home.go).
var (
	jobsBucket   = store.NewBucket[ID, stored]("queue.job", store.Uint64KeyOf[ID]())
	doneBucket   = store.NewBucket[ID, stored]("queue.done", store.Uint64KeyOf[ID]())
	failedBucket = store.NewBucket[ID, stored]("queue.failed", store.Uint64KeyOf[ID]())
	// argsBucket holds arguments above inlineArgs, so that a change of state doesn't write them again.
	argsBucket  = store.NewBucket[ID, []byte]("queue.args", store.Uint64KeyOf[ID]())
	identBucket = store.NewBucket[identKey, struct{}]("queue.ident", store.PairKey(store.StringKey(), store.Uint64KeyOf[ID]()))
	// depBucket holds (parent, child) for each child that has not ended.
	depBucket = store.NewBucket[depKey, struct{}]("queue.dep", store.PairKey(store.Uint64KeyOf[ID](), store.Uint64KeyOf[ID]()))
)

type (
	identKey = store.Pair[string, ID]
	depKey   = store.Pair[ID, ID]
)

const (
	inlineArgs = 1 << 10
	maxText    = 4 << 10 // of a result or an error
)

// stored is a job at rest. Wall times are Unix nanoseconds, board times nanoseconds; 0 is absent.
type stored struct {
	Kind     string          `json:"k"`
	Version  int             `json:"v,omitempty"`
	Args     json.RawMessage `json:"args,omitempty"`
	Apart    bool            `json:"apart,omitempty"` // the arguments are in argsBucket
	Channel  string          `json:"c"`
	Priority int             `json:"p"`
	Order    int64           `json:"o"` // enqueue board time + priority × ageing: the place in line

	State   State  `json:"s"`
	Home    home   `json:"h,omitempty"`
	Due     int64  `json:"due,omitempty"` // in the timers: board or wall time
	Lease   uint64 `json:"l,omitempty"`   // number of the run
	Attempt int    `json:"a,omitempty"`
	Max     int    `json:"m,omitempty"` // 0: without end

	Interruptions int  `json:"i,omitempty"`
	Row           int  `json:"row,omitempty"`   // interruptions in a row
	Alone         bool `json:"alone,omitempty"` // parked: to be tried alone

	Created  int64 `json:"t0"`
	Started  int64 `json:"t1,omitempty"`
	Finished int64 `json:"t2,omitempty"`
	Ended    int64 `json:"b2,omitempty"` // board time of Finished
	Born     int64 `json:"b0,omitempty"` // board time of Created

	Result      string `json:"r,omitempty"`
	Error       string `json:"e,omitempty"`
	Identity    string `json:"id,omitempty"`
	Backend     string `json:"be,omitempty"`
	Related     string `json:"re,omitempty"`
	Description string `json:"d,omitempty"`

	Kid     bool   `json:"kid,omitempty"` // enqueued for another job's sake
	Parents []ID   `json:"up,omitempty"`
	Open    int    `json:"n,omitempty"`      // children that have not ended
	Broken  ID     `json:"broken,omitempty"` // the first child that failed
	BrokenE string `json:"broken_e,omitempty"`
}

// parked tells whether interruptions keep the job back.
func (s *stored) parked() bool { return s.Alone }

// waitsToStart is what an identity key matches.
func (s *stored) waitsToStart() bool { return s.State == StatePending || s.State == StateEnqueued }

// info is the public copy. Delays are told as the hour of the wall clock that they come to as of now.
func (s *stored) info(id ID, c Clock) Info {
	i := Info{
		ID: id, Kind: s.Kind, State: s.State, Channel: s.Channel, Priority: s.Priority, Attempt: s.Attempt, MaxRetries: s.Max,
		Interruptions: s.Interruptions, Created: wall(s.Created), Started: wall(s.Started), Finished: wall(s.Finished),
		Result: s.Result, Error: s.Error, IdentityKey: s.Identity, Backend: s.Backend, Related: s.Related,
		ChildrenOpen: s.Open, Description: s.Description, Waiting: s.Home == homeWait,
	}
	if len(s.Parents) > 0 {
		i.Parent = s.Parents[0]
	}
	switch s.Home {
	case homeTimer:
		i.ETA = c.Now().Add(time.Duration(s.Due) - c.Board()).UTC()
	case homeWall:
		i.ETA = wall(s.Due)
	}
	return i
}

func wall(ns int64) time.Time {
	if ns == 0 {
		return time.Time{}
	}
	return time.Unix(0, ns).UTC()
}

// shorten cuts a text for people to what is worth keeping, never inside a character, and makes it valid.
func shorten(s string) string {
	if len(s) > maxText {
		cut := maxText
		for cut > 0 && !utf8.RuneStart(s[cut]) {
			cut--
		}
		s = s[:cut] + "…"
	}
	return strings.ToValidUTF8(s, "�")
}
