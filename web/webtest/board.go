package webtest

import (
	"context"
	"crypto/subtle"
	"fmt"
	"io"
	"slices"
	"strconv"
	"sync"
	"time"

	"crema/web"
)

// Token is what every Board takes.
const Token = "correct-horse-battery-staple"

// Now is the Board's time: a Thursday morning in Zurich's winter.
func Now() time.Time { return time.Date(2026, 3, 12, 9, 41, 0, 0, time.UTC) }

// Board answers what web asks. Set its fields before it is used, or in Change.
type Board struct {
	mu        sync.Mutex
	State     web.Status
	Types     []web.Kind
	Machines  []web.Backend
	Queue     []web.Job
	Ledger    []web.Cup
	Days      map[string]web.Day
	Bound     []web.Binding
	Reviews   []web.Checkpoint
	Logs      map[string][]web.LogLine // by job
	Edges     []web.Edge               // of all graphs
	Lines     []web.Channel
	Plan      []web.Schedule
	Failures  []web.Notice
	Groups    []web.Batch
	Imports   []web.Import
	Exports   []web.Export
	Refusals  string // the refused records of every import
	Exported  string // the file of every export
	HealthNow web.Health
	Report    web.Report
	Snapshot  string
	Hooked    map[string]string // the secret of each backend's hook
	Events    web.Hub
	// Err is returned by everything that reads; nil for none.
	Err error
	// BackupErr cuts a backup off after half of Snapshot.
	BackupErr error
	// Asked is what was asked to be done, "sync kitchen catalogue", oldest first.
	Asked []string

	hooksMade int
}

// Deps is the board for web.New.
func (b *Board) Deps() web.Deps {
	return web.Deps{
		Status: b.status, Health: b.health, CheckToken: b.checkToken, Check: b.check, Backup: b.backup,
		Bindings: b.bindings, Schedules: b.schedules, Reload: b.reload, Adopt: b.adopt, Metrics: b.metrics,
		Backends: backends{b}, Hooks: hooks{b}, Jobs: jobs{b}, Channels: channels{b}, Notices: notices{b}, Batches: batches{b},
		Cups: cups{b}, Checkpoints: checkpoints{b}, Files: files{b}, Events: &b.Events,
	}
}

// Change changes the board while it is in use.
func (b *Board) Change(f func(*Board)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	f(b)
}

// Done is what was asked for so far.
func (b *Board) Done() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.Asked)
}

func (b *Board) ask(format string, args ...any) {
	b.Asked = append(b.Asked, fmt.Sprintf(format, args...))
}

func (b *Board) status(context.Context) (web.Status, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	st := b.State
	st.Time = web.At(Now())
	st.Queue = map[string]int{}
	for _, state := range web.JobStates {
		st.Queue[state] = 0
	}
	for _, j := range b.Queue {
		st.Queue[j.State]++
	}
	st.CheckpointsOpen = 0
	for _, c := range b.Reviews {
		if c.State == "open" {
			st.CheckpointsOpen++
		}
	}
	return st, b.Err
}

func (b *Board) health(context.Context) web.Health {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.HealthNow
}

func (b *Board) checkToken(token string) bool {
	return subtle.ConstantTimeCompare([]byte(token), []byte(Token)) == 1
}

func (b *Board) check(context.Context) (web.Report, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.ask("check")
	return b.Report, b.Err
}

func (b *Board) backup(_ context.Context, w io.Writer) (int64, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.Err != nil {
		return 0, b.Err
	}
	if b.BackupErr != nil {
		n, _ := io.WriteString(w, b.Snapshot[:len(b.Snapshot)/2])
		return int64(n), b.BackupErr
	}
	n, err := io.WriteString(w, b.Snapshot)
	return int64(n), err
}

func (b *Board) bindings(_ context.Context, f web.BindingFilter) (web.Page[web.Binding], error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return paged(b.Bound, f.Paging, func(x web.Binding) bool {
		return (f.Backend == "" || x.Backend == f.Backend) && (f.Model == "" || x.Model == f.Model)
	}), b.Err
}

// paged takes the part of a list that is wanted; after is an index.
func paged[T any](all []T, p web.Paging, want func(T) bool) web.Page[T] {
	var page web.Page[T]
	start, _ := strconv.Atoi(p.After)
	for i := start; i < len(all); i++ {
		if !want(all[i]) {
			continue
		}
		if len(page.Items) == p.Limit {
			page.Next = strconv.Itoa(i)
			break
		}
		page.Items = append(page.Items, all[i])
	}
	return page
}

func (b *Board) machine(name string) (*web.Backend, error) {
	for i := range b.Machines {
		if b.Machines[i].Name == name {
			return &b.Machines[i], nil
		}
	}
	return nil, web.NotFound("backend", name, "there are kitchen, lobby")
}

func (b *Board) job(id string) (*web.Job, error) {
	for i := range b.Queue {
		if string(b.Queue[i].ID) == id {
			return &b.Queue[i], nil
		}
	}
	return nil, web.NotFound("job", id, "it may be pruned; see GET /api/v1/jobs")
}

// start adds a job that is pending and returns its id.
func (b *Board) start(kind, description, backend string) string {
	id := strconv.Itoa(100 + len(b.Queue))
	b.Queue = append(b.Queue, web.Job{ID: web.ID(id), Kind: kind, State: web.JobPending, Channel: "root", Priority: 10, MaxRetries: 5,
		Created: web.At(Now()), Backend: backend, Description: description})
	return id
}
