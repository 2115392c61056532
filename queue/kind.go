package queue

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"crema/store"
)

const (
	defaultPriority   = 10
	defaultMaxRetries = 5
	// defaultMaxAge is twice the time that a board must work without Odoo.
	defaultMaxAge = 180 * 24 * time.Hour
)

// A Kind is a sort of job: its name in the store, the type of its arguments and its defaults. It is a value, declared once.
type Kind[A any] struct {
	Name string
	// Version is of the arguments' form. A job whose arguments are of a newer version than the registered Kind's is kept and not run.
	Version    int
	Channel    string // "" is root
	Priority   int    // 0 is 10; Options.Priority can say 0
	MaxRetries int    // runs before an error fails the job: 0 is 5, -1 without end
	Retry      RetryPattern
	// Timeout bounds a run; 0 is what the channel says, which no kind's time goes beyond.
	Timeout time.Duration
	// MaxAge is how long after its enqueue, the end of what it comes after, or its last start by hand, a job is still tried again, whatever attempts it has left and
	// whether its errors cost any; 0 is 180 days. In board time.
	MaxAge time.Duration
	// Quiet kinds make no notices: whoever enqueues them looks after them.
	Quiet bool
	// Ahead lets a job begin while the commit is being written that ends the one before it in its channel, and gives it its place: for jobs
	// that are quick, many, and mind neither the ones before them nor being run again. A crash in this moment runs it again without
	// counting an interruption. It does nothing in channels that run one at a time, are sequential, or throttled, and for jobs with an identity key.
	Ahead    bool
	Describe func(A) string // a sentence for people; nil: none
}

// A Worker does a job. It runs in a goroutine of its own, and should return soon after ctx ends; context.Cause tells why it did:
// ErrStopping, ErrTimedOut or ErrCancelled.
//
// A nil error ends the job, and the Done that it returns, if any, runs in the commit that says so. An error of RetryLater, Snooze or
// Permanent says what comes next; any other costs an attempt and is tried again by the kind's pattern. A panic is an error.
type Worker[A any] func(ctx context.Context, job *Job[A]) (Done, error)

// Done is the part of a job that is committed with its completion. It may run more than once and touches nothing but tx. Its error
// undoes the completion, and is treated as the worker's.
type Done func(tx *store.Tx) error

// A worker is a Kind with its types erased.
type worker struct {
	name    string
	version int
	quiet   bool
	ahead   bool
	retry   RetryPattern
	work    func(ctx context.Context, r *run, args []byte) (Done, error)
}

// Register tells the queue who does the jobs of a kind. It must come before Run; a kind without a name, or registered twice, panics.
func Register[A any](q *Queue, k Kind[A], w Worker[A]) {
	if k.Name == "" || w == nil {
		panic("queue: a kind needs a name and a worker")
	}
	q.kinds.add(&worker{name: k.Name, version: k.Version, quiet: k.Quiet, ahead: k.Ahead, retry: k.Retry,
		work: func(ctx context.Context, r *run, args []byte) (Done, error) {
			job := &Job[A]{Info: r.info, run: r}
			if err := json.Unmarshal(args, &job.Args); err != nil {
				return nil, Permanent(fmt.Errorf("arguments of %s version %d can't be read: %w", k.Name, r.stored.Version, err))
			}
			return w(ctx, job)
		}})
}

type kinds struct {
	mu     sync.RWMutex
	byName map[string]*worker
}

func (k *kinds) add(w *worker) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if _, twice := k.byName[w.name]; twice {
		panic(fmt.Sprintf("queue: kind %q is registered twice", w.name))
	}
	if k.byName == nil {
		k.byName = map[string]*worker{}
	}
	k.byName[w.name] = w
}

func (k *kinds) get(name string) (*worker, bool) {
	k.mu.RLock()
	defer k.mu.RUnlock()
	w, ok := k.byName[name]
	return w, ok
}

// Kinds lists the names of the registered kinds.
func (q *Queue) Kinds() []string {
	q.kinds.mu.RLock()
	defer q.kinds.mu.RUnlock()
	return slices.Sorted(maps.Keys(q.kinds.byName))
}
