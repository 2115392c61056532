package queue

import (
	"strconv"
	"time"

	"crema/store"
)

// BatchID names a batch: rising numbers from 1; 0 is none. In JSON it is a string.
type BatchID uint64

// String gives the decimal number.
func (id BatchID) String() string { return strconv.FormatUint(uint64(id), 10) }

// MarshalJSON writes the number as a string.
func (id BatchID) MarshalJSON() ([]byte, error) { return ID(id).MarshalJSON() }

// UnmarshalJSON reads a string or a number.
func (id *BatchID) UnmarshalJSON(b []byte) error { return (*ID)(id).UnmarshalJSON(b) }

// BatchState is how far a batch is.
type BatchState string

// The states of a batch. One that is finished is in progress again when a job of it is started anew.
const (
	BatchDraft    BatchState = "draft"    // not sealed, and none of its jobs has begun
	BatchEnqueued BatchState = "enqueued" // sealed, and none of its jobs has begun
	BatchProgress BatchState = "progress" // some have begun
	BatchFinished BatchState = "finished" // sealed, and all its jobs are done, failed or cancelled
)

// A Batch is jobs that were enqueued for one purpose, as one progress. Its numbers change in the commits that change its jobs, and stay when
// those are pruned. A batch goes itself when nothing has changed in it for longer than jobs of the channel root are kept, and none of its
// jobs is open.
type Batch struct {
	ID           BatchID    `json:"id"`
	Name         string     `json:"name"`
	State        BatchState `json:"state"`
	Created      time.Time  `json:"created"`
	Finished     time.Time  `json:"finished,omitzero"`
	Total        int        `json:"total"`
	Done         int        `json:"done"`
	Failed       int        `json:"failed"`
	Cancelled    int        `json:"cancelled"`
	Completeness float64    `json:"completeness"` // share of the jobs that have ended, 0 to 1
	FailedShare  float64    `json:"failed_share"` // share of the jobs that failed, 0 to 1
	Read         bool       `json:"read"`         // a person has seen how it ended
}

// storedBatch is a batch at rest.
type storedBatch struct {
	Name     string    `json:"name"`
	Created  time.Time `json:"created"`
	Finished time.Time `json:"finished,omitzero"`
	Board    int64     `json:"board"` // board time of the last change
	Sealed   bool      `json:"sealed,omitempty"`
	Begun    bool      `json:"begun,omitempty"`
	Read     bool      `json:"read,omitempty"`
	Jobs     [7]int    `json:"jobs"` // by state
}

var batchBucket = store.NewBucket[BatchID, storedBatch]("queue.batch", store.Uint64KeyOf[BatchID]())

func (b *storedBatch) open() int {
	n := 0
	for i, s := range states {
		if !s.Terminal() {
			n += b.Jobs[i]
		}
	}
	return n
}

// count takes in a change of the numbers.
func (b *storedBatch) count(change [7]int) {
	for i, n := range change {
		b.Jobs[i] += n
		b.Begun = b.Begun || n > 0 && (states[i] == StateStarted || states[i].Terminal())
	}
}

// judge sets or clears the end, and tells whether the batch has just ended.
func (b *storedBatch) judge(now time.Time, board time.Duration) (ended bool) {
	b.Board = int64(board)
	if !b.Sealed || b.open() > 0 {
		b.Finished, b.Read = time.Time{}, false
		return false
	}
	if ended = b.Finished.IsZero(); ended {
		b.Finished = now.UTC()
	}
	return ended
}

func (b *storedBatch) info(id BatchID) Batch {
	i := Batch{ID: id, Name: b.Name, Created: b.Created, Finished: b.Finished, Read: b.Read,
		Done: b.Jobs[StateDone.place()], Failed: b.Jobs[StateFailed.place()], Cancelled: b.Jobs[StateCancelled.place()]}
	ended := i.Done + i.Failed + i.Cancelled
	i.Total = ended + b.open()
	if i.Total > 0 {
		i.Completeness = float64(ended) / float64(i.Total)
		i.FailedShare = float64(i.Failed) / float64(i.Total)
	}
	switch {
	case !b.Finished.IsZero():
		i.State, i.Completeness = BatchFinished, 1
	case b.Begun:
		i.State = BatchProgress
	case b.Sealed:
		i.State = BatchEnqueued
	default:
		i.State = BatchDraft
	}
	return i
}
