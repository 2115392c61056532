package queue_test

import (
	"maps"
	"slices"
	"strings"
	"time"

	"crema/queue"
)

// The model is the queue in plain memory: a list of jobs and the rules of the package's comment, written down a second time, without indexes
// and without anything that is kept beside what it follows from.
type model struct {
	board   time.Duration
	wall    time.Time
	mono    time.Duration // what timers run on: it goes on only with real time, not where the clock is moved
	trusted bool
	jobs    []*mjob // by id, from 1
	// What is stored beside the jobs.
	paused  map[string]bool
	last    map[string]time.Duration // board time of the last start in a throttled channel
	batches map[queue.BatchID]*mbatch
	// What the process was started with.
	config  modelConfig
	kinds   map[string]bool // known to this program
	ended   []*mjob         // those that come after them are to be told
	telling bool
	faults  []string // transitions that the table doesn't have
}

type mjob struct {
	id       queue.ID
	kind     string
	channel  string
	order    time.Duration // place in line
	prio     int
	identity string
	state    queue.State
	attempt  int
	max      int
	since    time.Duration // board time from which maxAge counts
	maxAge   time.Duration
	timeout  time.Duration
	ints     int // interruptions
	row      int
	alone    bool
	due      time.Duration // board time; 0: none
	at       time.Time     // wall time; zero: none
	began    time.Time     // wall time of the start
	finished time.Time     // wall time of the end
	ended    time.Duration // board time of the end
	waiting  bool          // for its children
	ghost    bool          // ended by hand; its handler goes on
	runAlone bool          // it was alone when it started
	over     bool          // its time is over; its handler goes on
	parted   time.Duration // mono time from which its handler should have ended
	begun    time.Duration // mono time of the start
	rowRun   bool          // interruptions in a row are counted while it runs
	gone     bool          // pruned
	kid      bool
	stubborn bool
	parents  []queue.ID
	open     map[queue.ID]bool
	broken   bool
	// Of jobs that come after others.
	edges   map[queue.ID]*medge
	hold    time.Duration // not before this board time, once released
	holdAt  time.Time     // or this hour
	blame   queue.ID      // the job for whose end it was cancelled
	skipped bool          // its branch was not taken
	batch   queue.BatchID
}

// medge is how the job that comes before has to end.
type medge struct{ done, failed, waived bool }

// modelTransitions is the table of all that can happen to a job.
var modelTransitions = map[queue.State]string{
	"":                          "wait_dependencies pending started cancelled",
	queue.StateWaitDependencies: "pending started done cancelled",
	queue.StatePending:          "enqueued started done cancelled",
	queue.StateEnqueued:         "pending started done cancelled",
	queue.StateStarted:          "pending enqueued done failed cancelled",
	queue.StateFailed:           "pending started done cancelled",
	queue.StateCancelled:        "wait_dependencies pending started done",
}

func (m *model) job(id queue.ID) *mjob {
	if id == 0 || int(id) > len(m.jobs) || m.jobs[id-1].gone {
		return nil
	}
	return m.jobs[id-1]
}

// kept are the jobs that are still in the store.
func (m *model) kept() []*mjob {
	return slices.DeleteFunc(slices.Clone(m.jobs), func(j *mjob) bool { return j.gone })
}

// clone is the model at this moment, whatever becomes of m.
func (m *model) clone() *model {
	c := *m
	c.paused, c.last, c.kinds = maps.Clone(m.paused), maps.Clone(m.last), maps.Clone(m.kinds)
	c.batches = map[queue.BatchID]*mbatch{}
	for id, b := range m.batches {
		copied := *b
		c.batches[id] = &copied
	}
	c.jobs = nil
	for _, j := range m.jobs {
		k := *j
		k.parents, k.open, k.edges = slices.Clone(j.parents), maps.Clone(j.open), map[queue.ID]*medge{}
		for id, e := range j.edges {
			k.edges[id] = &medge{e.done, e.failed, e.waived}
		}
		c.jobs = append(c.jobs, &k)
	}
	return &c
}

// now takes over from another model what is not in the store: the clock, and what the program is.
func (m *model) now(o *model) {
	m.board, m.wall, m.mono, m.trusted, m.config, m.kinds = o.board, o.wall, o.mono, o.trusted, o.config, o.kinds
}

func (j *mjob) holdsPlace() bool { return j.ghost || j.state == queue.StateStarted && !j.waiting }

func (j *mjob) waitsToStart() bool {
	return j.state == queue.StatePending || j.state == queue.StateEnqueued || j.state == queue.StateWaitDependencies
}

// above lists a channel and those above it.
func above(channel string) []string {
	list := []string{channel}
	for strings.Contains(channel, ".") {
		channel = channel[:strings.LastIndexByte(channel, '.')]
		list = append(list, channel)
	}
	return list
}

func below(channel, top string) bool { return slices.Contains(above(channel), top) }

// running lists the jobs whose handlers go on.
func (m *model) running() []queue.ID {
	var ids []queue.ID
	for _, j := range m.kept() {
		if j.holdsPlace() {
			ids = append(ids, j.id)
		}
	}
	return ids
}

// waitsFor tells whether j is p, or waits for it at any distance, as a parent or to come after it.
func (m *model) waitsFor(j, p *mjob) bool { return m.reaches(j, p, false) }

// mightWaitFor tells also whether j would wait for p if what failed or was cancelled were started again.
func (m *model) mightWaitFor(j, p *mjob) bool { return m.reaches(j, p, true) }

func (m *model) reaches(j, p *mjob, again bool) bool {
	if j == p {
		return true
	}
	if j.state == queue.StateDone || j.state.Terminal() && !again {
		return false
	}
	for id := range j.open {
		if m.reaches(m.job(id), p, again) {
			return true
		}
	}
	for id, e := range j.edges {
		o := m.job(id)
		if j.state == queue.StateWaitDependencies && o != nil && !e.waived && m.reaches(o, p, again) {
			return true
		}
	}
	return false
}
