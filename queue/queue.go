package queue

import (
	"errors"
	"fmt"
	"log/slog"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"crema/store"
)

// A Queue runs the jobs of one store. Its methods are safe for concurrent use; Register and Schedule come before Run.
type Queue struct {
	store  *store.Store
	clock  Clock
	log    *slog.Logger
	config Config
	keeper *keeper
	runner bool
	kinds  kinds

	// What functions of a transaction may read: set around Run, never within a commit.
	taking atomic.Bool   // jobs are given places
	epoch  atomic.Uint64 // of the present Run
	// foreign says that the jobs are another board's.
	foreign atomic.Bool
	set     atomic.Pointer[settings]
	// ordered says that the orders of the sequential channels are those of set.
	ordered atomic.Bool
	full    atomic.Bool            // the store is nearly full
	chosen  atomic.Pointer[choice] // what Perform runs; nil: everything
	// tallySaved says that the store may hold a tally, which the next change has to take out.
	tallySaved atomic.Bool

	stuck   atomic.Int32  // handlers that go on though their contexts have ended
	commits atomic.Uint64 // of edits, to look at the store's size now and then
	large   atomic.Int64  // bytes of large arguments since the last look

	// What the loop of Run sleeps on.
	wake       chan struct{} // one is enough: it looks at everything
	armedBoard atomic.Int64  // the loop wakes by itself at this board time,
	armedWall  atomic.Int64  // or at this trusted wall time
	broken     chan error    // the store failed for good; Run ends with it
	asked      atomic.Uint64 // how many times the loop was to look; and
	answered   atomic.Uint64 // how many of them it has done: at equal numbers it rests
	aged       time.Duration // board time at which the loop last looked for old jobs; its own
	refusal    bool          // the store refused what the loop wrote last; its own

	mu        sync.Mutex
	running   bool                 // a Run goes on
	ending    bool                 // and ends
	active    bool                 // and starts handlers
	ahead     map[string][]*record // what is next, by channel (ahead.go)
	live      map[ID]*run          // handlers that have not returned, by job
	idle      *broadcast           // tells of every commit and of every handler's end
	tally     tally                // nil until it was loaded
	waiters   map[ID][]chan struct{}
	schedules map[string]*schedule
	current   *session // of the present Run

	// Those who look on; each list has a mutex of its own.
	watchers       watchers[Info]
	noticeWatchers watchers[Notice]
	noticeHooks    hooks[noticeHook]
	batchWatchers  watchers[Batch]
	batchHooks     hooks[func(*store.Tx, Batch) error]
}

// New makes a queue on a store. It reads and writes nothing; what it refuses is the configuration.
func New(s *store.Store, c Clock, config Config) (*Queue, error) {
	if s == nil || c == nil {
		return nil, errors.New("queue: a store and a clock are needed")
	}
	config.fill()
	set, setErr := parseSettings(config.Channels, config.Timeouts, config.Limit)
	keeper, keepErr := newKeeper(config.Keep, config.KeepChannels)
	if err := errors.Join(setErr, keepErr); err != nil {
		return nil, fmt.Errorf("queue: %w", err)
	}
	q := &Queue{
		store: s, clock: c, log: config.Logger, config: config, keeper: keeper,
		runner: config.Runner == nil || *config.Runner,
		wake:   make(chan struct{}, 1), broken: make(chan error, 1),
		live: map[ID]*run{}, ahead: map[string][]*record{}, idle: newBroadcast(), waiters: map[ID][]chan struct{}{},
		schedules: map[string]*schedule{},
	}
	q.set.Store(set)
	q.tallySaved.Store(true)
	q.armedBoard.Store(math.MaxInt64)
	q.armedWall.Store(math.MaxInt64)
	return q, nil
}

// Runner tells whether this queue runs jobs (Config.Runner), or only accepts them.
func (q *Queue) Runner() bool { return q.runner }

// poke makes the loop of Run look again.
func (q *Queue) poke() {
	q.asked.Add(1) // it is not idle from now on
	select {
	case q.wake <- struct{}{}:
	default: // it is going to look anyway
	}
}

// A broadcast tells any number of goroutines that something changed.
type broadcast struct {
	mu sync.Mutex
	ch chan struct{}
}

func newBroadcast() *broadcast { return &broadcast{ch: make(chan struct{})} }

func (b *broadcast) next() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.ch
}

func (b *broadcast) send() {
	b.mu.Lock()
	defer b.mu.Unlock()
	close(b.ch)
	b.ch = make(chan struct{})
}
