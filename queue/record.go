package queue

import (
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"

	"crema/store"
)

// The buckets. A job is in exactly one of jobs, done, cancelled and failed; an open one has exactly one home (home.go).
var (
	jobsBucket      = store.NewBucket[ID, stored]("queue.job", store.Uint64KeyOf[ID]())
	doneBucket      = store.NewBucket[ID, stored]("queue.done", store.Uint64KeyOf[ID]())
	cancelledBucket = store.NewBucket[ID, stored]("queue.cancelled", store.Uint64KeyOf[ID]())
	failedBucket    = store.NewBucket[ID, stored]("queue.failed", store.Uint64KeyOf[ID]())
	// argsBucket holds arguments above inlineArgs, so that a change of state doesn't write them again.
	argsBucket = store.NewBucket[ID, []byte]("queue.args", store.Uint64KeyOf[ID]())
	// identBucket names the open jobs of an identity key.
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

// stored is a job at rest; record_codec.go has its form in the file. Wall times are Unix nanoseconds, board times nanoseconds; 0 is absent.
type stored struct {
	Kind     string
	Version  int
	Args     json.RawMessage
	Apart    bool // the arguments are in argsBucket
	Channel  string
	Priority int
	Order    int64 // enqueue board time + priority × ageing: the place in line

	State   State
	Home    home
	Due     int64  // in the timers: board or wall time; in the line and at work: board time from which it could start, if after Since
	Lease   uint64 // number of the run
	Attempt int
	Max     int   // 0: without end
	MaxAge  int64 // from Since on; then an error fails the job
	Since   int64 // board time from which MaxAge counts: the enqueue, the release by what it comes after, or the last start by hand
	Timeout int64 // 0: the channel's

	Interruptions int
	Row           int  // interruptions in a row
	Alone         bool // parked: to be tried alone

	Created  int64
	Started  int64
	Finished int64
	Born     int64  // board time of Created
	Began    int64  // board time of Started
	Ended    int64  // board time of Finished
	Exec     int64  // how long the last run took
	Boot     string // of the last run

	Result      string
	Error       string
	Class       string // of Error, for notices
	Identity    string
	Backend     string
	Related     string
	Description string

	Kid     bool // enqueued for another job's sake
	Parents []ID
	Open    int // children that have not ended
	Broken  ID  // the first child that was not done
	BrokenE string

	Graph    ID    // of the graph it belongs to, its first job; only a job with one has edges
	Hold     int64 // not before this hour once it is released: board time, or wall time
	HoldWall bool
	Waits    int  // how many of those it comes after have not ended
	Blame    ID   // the one whose end cancelled it
	Skipped  bool // cancelled since its branch was not taken: nothing went wrong

	Batch BatchID

	ArgsSize int // bytes in argsBucket
	LogSize  int // bytes in the job's log
	Env      map[string]string
}

// parked tells whether interruptions keep the job back.
func (s *stored) parked() bool { return s.Alone }

// waitsToStart is what an identity key matches.
func (s *stored) waitsToStart() bool {
	return s.State == StatePending || s.State == StateEnqueued || s.State == StateWaitDependencies
}

// info is the public copy. Delays are told as the hour of the wall clock that they come to as of now.
func (s *stored) info(id ID, c Clock) Info {
	i := Info{
		ID: id, Kind: s.Kind, State: s.State, Channel: s.Channel, Priority: s.Priority, Attempt: s.Attempt, MaxRetries: s.Max,
		Interruptions: s.Interruptions, Created: wall(s.Created), Started: wall(s.Started), Finished: wall(s.Finished),
		Exec: time.Duration(s.Exec), Boot: s.Boot,
		Result: s.Result, Error: s.Error, Class: s.Class, IdentityKey: s.Identity, Backend: s.Backend, Related: s.Related,
		ChildrenOpen: s.Open, Description: s.Description, Waiting: s.Home == homeWait,
		Graph: s.Graph, DependenciesOpen: s.Waits, Skipped: s.Skipped, Batch: s.Batch,
	}
	if len(s.Parents) > 0 {
		i.Parent = s.Parents[0]
	}
	switch s.Home {
	case homeTimer:
		i.ETA = c.Now().Add(time.Duration(s.Due) - c.Board()).UTC()
	case homeWall:
		i.ETA = wall(s.Due)
	case homeAfter:
		if s.HoldWall {
			i.ETA = wall(s.Hold)
		} else if s.Hold != 0 {
			i.ETA = c.Now().Add(time.Duration(s.Hold) - c.Board()).UTC()
		}
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
func shorten(s string) string { return shortenTo(s, maxText) }

func shortenTo(s string, most int) string {
	if len(s) > most {
		cut := most
		for cut > 0 && !utf8.RuneStart(s[cut]) {
			cut--
		}
		s = s[:cut] + "…"
	}
	return strings.ToValidUTF8(s, "�")
}
