package queue

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"crema/store"
)

// scheduleBucket holds when each schedule last ran.
var scheduleBucket = store.NewBucket[string, lastRun]("queue.schedule", store.StringKey())

// lastRun is a schedule at rest. A run is a fire, a fire that was left out since the last job was open, or the hour of the first sight.
type lastRun struct {
	Spec  string `json:"spec"`
	Zone  string `json:"zone"`
	Wall  int64  `json:"wall"`  // Unix nanoseconds
	Board int64  `json:"board"` // board time
	Fired int64  `json:"fired,omitempty"`
	Job   ID     `json:"job,omitempty"`
}

type schedule struct {
	name    string
	spec    string
	cron    crontab
	enqueue func(*store.Tx) (ID, error)
	missed  Missed
	retry   time.Duration // board time before which a schedule whose enqueue failed isn't tried again
	failed  bool          // the last try did: what comes is that hour still
	look    func(context.Context) (bool, error)
	looked  atomic.Int32            // at the hour that has come: lookNot, looking, lookFound
	rested  atomic.Pointer[lastRun] // the last hour at which there was nothing to do
}

const (
	scheduleRetry = time.Minute
	// scheduleLate is how late an hour may come and not be missed.
	scheduleLate = time.Minute
)

// Missed says what becomes of hours at which a schedule could not fire: the board was off, or did not know the time, or its clock was set
// ahead.
type Missed int

const (
	MakeUp Missed = iota // one fire for all of them
	Skip                 // none: it goes on with the next hour. One that is less than a minute past is not missed
)

// ScheduleOptions vary a schedule. The zero value makes up for what was missed.
type ScheduleOptions struct {
	Missed Missed
	// Spread has each hour come late by up to a third of the time until the next, at most five minutes. Config.Board and the schedule's
	// name say by how much, so that many boards with one expression don't all come at once, and each always at the same time. Without
	// a Config.Board nothing is late.
	Spread bool
	// Look says whether there is something to do at an hour that has come; where not, the hour has passed and nothing is enqueued or
	// written. It runs outside of any transaction and may take a minute. An error counts as something to do, which tells it better.
	// nil: there always is. After a restart the last hour that passed so is looked at once more.
	Look func(context.Context) (bool, error)
}

// Schedule has enqueue called, in a transaction, at the hours of spec in the zone tz (nil is UTC): five fields (minute, hour, day of month,
// month, day of week) or a descriptor such as @daily; @every is refused. A schedule of the same name is replaced. enqueue gives the job
// that it added, or 0.
//
// It fires while Run goes on, and only in trusted time. Hours missed are made up for once, however many they were, or with
// ScheduleOptions.Missed left out; no jump of the clock makes it fire more than once. Of several options the last counts.
// While the job of its last fire is open it does not fire. When it last ran is kept in the store, so that
// restarts neither lose nor double an hour; the first sight of a name, or of a new spec, fires nothing.
func (q *Queue) Schedule(name, spec string, tz *time.Location, enqueue func(*store.Tx) (ID, error), options ...ScheduleOptions) error {
	if name == "" || enqueue == nil {
		return fmt.Errorf("queue: a schedule needs a name and a function")
	}
	cron, err := parseCron(spec, tz)
	if err != nil {
		return fmt.Errorf("queue: %s: %w", name, err)
	}
	s := &schedule{name: name, spec: strings.TrimSpace(spec), cron: cron, enqueue: enqueue}
	for _, o := range options {
		if o.Missed != MakeUp && o.Missed != Skip {
			return fmt.Errorf("queue: %s: missed hours %d: want MakeUp or Skip", name, o.Missed)
		}
		s.missed, s.cron.share, s.look = o.Missed, 0, o.Look
		if o.Spread && q.config.Board != "" {
			s.cron.share = spreadShare(q.config.Board, name)
		}
	}
	q.mu.Lock()
	q.schedules[name] = s
	q.mu.Unlock()
	q.poke()
	return nil
}

// Unschedule ends a schedule; jobs that it enqueued stay. An unknown name is left alone.
func (q *Queue) Unschedule(name string) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.schedules, name)
}

// A ScheduleInfo is a schedule as it is now.
type ScheduleInfo struct {
	Name string    `json:"name"`
	Spec string    `json:"spec"`
	Zone string    `json:"zone"`
	Last time.Time `json:"last,omitzero"` // of the last fire
	Next time.Time `json:"next,omitzero"` // zero while time is not trusted
	Job  ID        `json:"job,omitzero"`  // of the last fire
}

// Schedules lists the schedules by name.
func (q *Queue) Schedules(tx *store.Tx) ([]ScheduleInfo, error) {
	var list []ScheduleInfo
	for _, s := range q.scheduled() {
		i := ScheduleInfo{Name: s.name, Spec: s.spec, Zone: s.cron.zone.String()}
		last, ok, err := s.last(tx)
		if err != nil {
			return nil, err
		}
		if ok {
			i.Last, i.Job = wall(last.Fired), last.Job
		}
		if q.clock.Trusted() {
			if !ok {
				last = lastRun{Wall: q.clock.Now().UnixNano(), Board: int64(q.clock.Board())}
			}
			i.Next = s.next(last, q.clock.Now(), q.clock.Board()).UTC()
		}
		list = append(list, i)
	}
	return list, nil
}

func (q *Queue) scheduled() []*schedule {
	q.mu.Lock()
	defer q.mu.Unlock()
	var list []*schedule
	for _, s := range q.schedules {
		list = append(list, s)
	}
	slices.SortFunc(list, func(a, b *schedule) int { return strings.Compare(a.name, b.name) })
	return list
}

// last reads when the schedule last ran; not ok for one that is new, or new in its spec or zone.
func (s *schedule) last(tx *store.Tx) (lastRun, bool, error) {
	last, ok, err := scheduleBucket.Get(tx, s.name)
	if err != nil || !ok || last.Spec != s.spec || last.Zone != s.cron.zone.String() {
		return lastRun{}, false, err
	}
	if r := s.rested.Load(); r != nil && r.Board > last.Board {
		last.Wall, last.Board = r.Wall, r.Board
	}
	return last, true, nil
}

// next is when the schedule is due, which may be past.
//
// Where the last run is ahead of the wall clock, the clock was set back. An hour that comes a second time then counts only if half a period
// has really passed since the last run: a correction by seconds doubles nothing, and one by years doesn't stop the schedule.
func (s *schedule) next(last lastRun, now time.Time, board time.Duration) time.Time {
	ran := wall(last.Wall)
	if !ran.After(now) {
		return s.cron.next(ran)
	}
	next := s.cron.next(now)
	passed := board - time.Duration(last.Board) + next.Sub(now)
	if following := s.cron.next(next); passed < following.Sub(next)/2 {
		return following
	}
	return next
}

// setBack tells whether the schedule has to forget when it last ran, as the clock was set back so far that its hours come again.
func (s *schedule) setBack(last lastRun, now time.Time, board time.Duration) bool {
	return wall(last.Wall).After(now) && s.next(last, now, board).Equal(s.cron.next(now))
}

func (s *schedule) due(last lastRun, now time.Time, board time.Duration) bool {
	next := s.next(last, now, board)
	return !next.IsZero() && !next.After(now)
}

func (s *schedule) wait(last lastRun, now time.Time, board time.Duration) time.Duration {
	if next := s.next(last, now, board); !next.IsZero() {
		return max(next.Sub(now), 0)
	}
	return math.MaxInt64
}

// fireSchedules fires what is due and says how long nothing will be.
func (q *Queue) fireSchedules(ctx context.Context) (time.Duration, error) {
	sleep := time.Duration(math.MaxInt64)
	if !q.clock.Trusted() || q.chosen.Load() != nil {
		return sleep, nil
	}
	for _, s := range q.scheduled() {
		wait, err := q.attendSchedule(ctx, s)
		if err != nil {
			return 0, err
		}
		sleep = min(sleep, wait)
	}
	return max(sleep, time.Millisecond), nil
}

func (q *Queue) attendSchedule(ctx context.Context, s *schedule) (time.Duration, error) {
	if wait := s.retry - q.clock.Board(); wait > 0 {
		return wait, nil
	}
	var last lastRun
	var known, open bool
	err := q.store.View(func(tx *store.Tx) (err error) {
		last, known, err = s.last(tx)
		open = last.Job != 0 && jobsBucket.Has(tx, last.Job)
		return err
	})
	if err != nil {
		return 0, err
	}
	now, board := q.clock.Now(), q.clock.Board()
	if known && s.setBack(last, now, board) {
		last.Wall = now.UnixNano()
		s.rested.Store(nil)
		err := q.store.Update(ctx, func(tx *store.Tx) error { return scheduleBucket.Put(tx, s.name, last) })
		return s.wait(last, now, board), err
	}
	if known && !s.due(last, now, board) {
		return s.wait(last, now, board), nil
	}
	fire := known && !(s.missed == Skip && s.late(now))
	if fire && s.look != nil && !open && q.lookFirst(s, now, board) {
		return lookAgain, nil // it pokes
	}
	if err := q.store.Update(ctx, func(tx *store.Tx) error { return s.run(tx, now, board, fire) }); err != nil {
		switch {
		case ctx.Err() != nil, q.store.Err() != nil:
			return 0, err
		case q.once():
			return 0, fmt.Errorf("schedule %s: %w", s.name, err)
		}
		s.retry, s.failed = board+scheduleRetry, true
		q.log.Error("schedule can't run, trying again in a minute", "schedule", s.name, "error", err)
		return scheduleRetry, nil
	}
	s.failed = false
	return s.wait(lastRun{Wall: now.UnixNano(), Board: int64(board)}, now, board), nil
}

// late tells of a schedule that is due whether none of its hours is so fresh that it counts as now.
func (s *schedule) late(now time.Time) bool {
	return !s.failed && s.cron.next(now.Add(-scheduleLate)).After(now)
}

// run fires, unless this is the first sight or the last job is open still, and notes the hour in the same commit.
func (s *schedule) run(tx *store.Tx, now time.Time, board time.Duration, fire bool) error {
	last, _, err := s.last(tx)
	if err != nil {
		return err
	}
	ran := lastRun{Spec: s.spec, Zone: s.cron.zone.String(), Wall: now.UnixNano(), Board: int64(board), Fired: last.Fired, Job: last.Job}
	if fire && !(last.Job != 0 && jobsBucket.Has(tx, last.Job)) {
		if ran.Job, err = s.enqueue(tx); err != nil {
			return err
		}
		ran.Fired = ran.Wall
	}
	return scheduleBucket.Put(tx, s.name, ran)
}
