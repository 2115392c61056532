package queue

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"crema/store"
)

// A NoticeFilter chooses notices. Empty fields choose all.
type NoticeFilter struct {
	Kinds    []string
	Backends []string
	Reasons  []NoticeReason
}

func (f NoticeFilter) chooses(n Notice) bool {
	return (len(f.Kinds) == 0 || slices.Contains(f.Kinds, n.Kind)) && (len(f.Backends) == 0 || slices.Contains(f.Backends, n.Backend)) &&
		(len(f.Reasons) == 0 || slices.Contains(f.Reasons, n.Reason))
}

// OnNotice has hook called in the transaction that opens a notice which f chooses, or opens it again, not for its repetitions: it may
// enqueue what sends a mail, or make a checkpoint. It may run more than once for one commit and touches nothing but tx. Its error or panic is
// logged and undoes nothing: neither the trouble that it is told of, nor what the hook itself wrote before. stop takes it away.
func (q *Queue) OnNotice(f NoticeFilter, hook func(tx *store.Tx, n Notice) error) (stop func()) {
	return q.noticeHooks.add(noticeHook{f, hook})
}

// WatchNotices gives every notice that was opened, repeated or dismissed (then Count is 0), after its commit; see Watch for readers that lag.
func (q *Queue) WatchNotices() (changes <-chan Notice, stop func()) { return q.noticeWatchers.add() }

// DismissNotice says that a person has seen a notice: it is listed no more, until the same trouble comes again. It returns ErrNoNotice.
func (q *Queue) DismissNotice(ctx context.Context, id NoticeID) error {
	return q.store.Update(ctx, func(tx *store.Tx) error {
		for k, n := range noticeBucket.All(tx) {
			if n.ID != id || n.Dismissed {
				continue
			}
			n.Dismissed, n.Count = true, 0
			tx.OnCommit(func() { q.noticeWatchers.send(n.Notice) })
			return noticeBucket.Put(tx, k, n)
		}
		return fmt.Errorf("notice %s: %w", id, ErrNoNotice)
	})
}

// pruneNotices takes away those that nothing repeated for long.
func (q *Queue) pruneNotices(ctx context.Context) error {
	before := int64(q.clock.Board() - noticeAge)
	var old []noticeKey
	find := func(tx *store.Tx) error {
		old = old[:0]
		for k, n := range noticeBucket.All(tx) {
			if n.Board < before {
				old = append(old, k)
			}
		}
		return nil
	}
	if err := q.store.View(find); err != nil || len(old) == 0 {
		return err
	}
	return q.store.Update(ctx, func(tx *store.Tx) error {
		if err := find(tx); err != nil {
			return err
		}
		for _, k := range old {
			if err := noticeBucket.Delete(tx, k); err != nil {
				return err
			}
		}
		return nil
	})
}

// noteStuck makes a notice of a handler that doesn't return.
func (r *run) noteStuck(why error, since time.Duration) {
	err := r.q.store.Update(context.Background(), func(tx *store.Tx) error {
		i := r.info
		i.Class = "the handler does not return"
		i.Error = fmt.Sprintf("the handler goes on %v after its context ended: %v", since.Round(time.Second), why)
		if err := r.q.note(tx, NoticeStuck, i); err != nil {
			return err
		}
		// What waits for all others to end waits no longer for this one.
		if err := r.q.forgetPlaces(tx); err != nil {
			return err
		}
		e := r.q.edit(tx)
		if err := e.claim(); err != nil {
			return err
		}
		return e.end()
	})
	if err != nil {
		r.log().Error("a stuck handler can't be noticed", "error", err)
	}
}

type noticeHook struct {
	filter NoticeFilter
	call   func(*store.Tx, Notice) error
}

func (q *Queue) tellNotice(tx *store.Tx, n Notice) {
	for _, h := range q.noticeHooks.list() {
		if h.filter.chooses(n) {
			q.guard("hook for notices", func() error { return h.call(tx, n) })
		}
	}
}

// guard calls what others gave; its error or panic is logged.
func (q *Queue) guard(what string, call func() error) {
	defer func() {
		if p := recover(); p != nil {
			q.log.Error(what+" panicked", "panic", p)
		}
	}()
	if err := call(); err != nil {
		q.log.Error(what+" failed", "error", err)
	}
}

// hooks are what others gave to be called, in the order in which they came.
type hooks[H any] struct {
	mu  sync.Mutex
	all []*H
}

func (l *hooks[H]) add(h H) (stop func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := &h
	l.all = append(slices.Clip(l.all), p)
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.all = slices.DeleteFunc(slices.Clone(l.all), func(o *H) bool { return o == p })
	}
}

func (l *hooks[H]) list() []*H {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all
}
