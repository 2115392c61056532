package queue

import (
	"cmp"
	"slices"
	"strconv"
	"time"

	"crema/store"
)

// NoticeID names a notice: rising numbers from 1. In JSON it is a string.
type NoticeID uint64

// String gives the decimal number.
func (id NoticeID) String() string { return strconv.FormatUint(uint64(id), 10) }

// MarshalJSON writes the number as a string.
func (id NoticeID) MarshalJSON() ([]byte, error) { return ID(id).MarshalJSON() }

// UnmarshalJSON reads a string or a number.
func (id *NoticeID) UnmarshalJSON(b []byte) error { return (*ID)(id).UnmarshalJSON(b) }

// NoticeReason is what a notice is about.
type NoticeReason string

// The reasons.
const (
	NoticeFailed   NoticeReason = "failed"    // jobs failed for good
	NoticeTimedOut NoticeReason = "timed_out" // runs took longer than their channel allows; the jobs are tried again
	NoticeParked   NoticeReason = "parked"    // jobs were interrupted five times in a row
	NoticeHeld     NoticeReason = "held"      // this program doesn't know the kind, or the version of its arguments
	NoticeStuck    NoticeReason = "stuck"     // handlers don't return though their time is over, or their job was cancelled
)

// A Notice tells a person of one trouble, however many jobs had it: those of one kind, about one backend, with errors of one class. It is
// opened in the commit of the first and counts the others, until it is dismissed; the next one after that opens it again and counts from 1.
//
// Cancelled jobs make none, nor does a parent that failed for its child's sake, nor a Kind that is Quiet. A notice that was not repeated for
// 30 days goes, and of more than 1,000 those that were silent longest.
type Notice struct {
	ID      NoticeID     `json:"id"`
	Reason  NoticeReason `json:"reason"`
	Kind    string       `json:"kind"`
	Class   string       `json:"error_class"` // see Info.Class
	Backend string       `json:"backend"`     // empty: of none
	Channel string       `json:"channel"`     // of the latest job
	Count   int          `json:"count"`       // since it was opened
	First   time.Time    `json:"first"`       // wall time of the opening
	Last    time.Time    `json:"last"`        // wall time of the latest
	Job     ID           `json:"job"`         // the latest
	Error   string       `json:"error"`       // of the latest
	Related string       `json:"related"`     // of the latest
}

// storedNotice is a notice at rest.
type storedNotice struct {
	Notice
	Dismissed bool  `json:"dismissed,omitempty"`
	Board     int64 `json:"board"` // board time of Last
}

const (
	noticeAge  = 30 * 24 * time.Hour
	noticeMost = 1000
	// noticeSpare are removed at once, as it takes a look at all of them.
	noticeSpare = 50
)

// noticeKey is kind, backend, and reason with class.
type noticeKey = store.Triple[string, string, string]

var noticeBucket = store.NewBucket[noticeKey, storedNotice]("queue.notice",
	store.TripleKey(store.StringKey(), store.StringKey(), store.StringKey()))

// Notices lists those that are open, in the order of their ids.
func (q *Queue) Notices(tx *store.Tx) ([]Notice, error) {
	list := []Notice{}
	for _, n := range noticeBucket.All(tx) {
		if !n.Dismissed {
			list = append(list, n.Notice)
		}
	}
	slices.SortFunc(list, func(a, b Notice) int { return cmp.Compare(a.ID, b.ID) })
	return list, nil
}

// note writes down that a job is in trouble, and tells the hooks if that is new.
func (q *Queue) note(tx *store.Tx, reason NoticeReason, job Info) error {
	if w, ok := q.kinds.get(job.Kind); ok && w.quiet {
		return nil
	}
	key := noticeKey{A: job.Kind, B: shortenTo(job.Backend, maxIdentity), C: string(reason) + " " + job.Class}
	n, known, err := noticeBucket.Get(tx, key)
	if err != nil {
		q.log.Warn("a notice can't be read and begins anew", "error", err)
		known = false
	}
	now := q.clock.Now().UTC()
	opens := !known || n.Dismissed
	if !known {
		n = storedNotice{}
		if n.ID, err = q.newNotice(tx); err != nil {
			return err
		}
	}
	if opens {
		n.Count, n.First, n.Dismissed = 0, now, false
	}
	n.Reason, n.Kind, n.Class, n.Backend, n.Channel = reason, job.Kind, job.Class, job.Backend, job.Channel
	n.Count++
	n.Last, n.Board = now, int64(q.clock.Board())
	n.Job, n.Error, n.Related = job.ID, job.Error, job.Related
	if err := noticeBucket.Put(tx, key, n); err != nil {
		return err
	}
	tx.OnCommit(func() { q.noticeWatchers.send(n.Notice) })
	if opens {
		q.tellNotice(tx, n.Notice)
	}
	return nil
}

// newNotice gives an id, and makes room now and then.
func (q *Queue) newNotice(tx *store.Tx) (NoticeID, error) {
	id, err := noticeBucket.Next(tx)
	if err != nil || id%noticeSpare != 0 {
		return NoticeID(id), err
	}
	type silent struct {
		key   noticeKey
		since int64
	}
	var all []silent
	for k, v := range noticeBucket.All(tx) {
		all = append(all, silent{k, v.Board})
	}
	slices.SortFunc(all, func(a, b silent) int { return cmp.Compare(a.since, b.since) })
	for len(all) > noticeMost-noticeSpare {
		if err := noticeBucket.Delete(tx, all[0].key); err != nil {
			return 0, err
		}
		all = all[1:]
	}
	return NoticeID(id), nil
}
