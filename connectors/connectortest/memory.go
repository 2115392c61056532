package connectortest

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"crema/connectors"
)

// Memory is a system in memory, and the adapter of its records R, with all capabilities.
// Its ids count upward. It remembers the keys of what it created for ever, also when the
// record is gone, as the strictest systems do. Its clock goes on by a second with each
// change. It is safe for concurrent use.
type Memory[R any] struct {
	backend connectors.Backend
	apply   func(dst *R, m connectors.Mapped[R])
	stamp   func(r *R, id string, at time.Time)

	mu      sync.Mutex
	next    int
	now     time.Time
	records map[string]R
	changed map[string]time.Time
	keys    map[string]string
	calls   []string
	faults  []Fault
	away    bool
}

// NewMemory makes a system without records, whose first id is first. apply copies to a
// record the fields that a mapping set; stamp, which may be nil, lets a record bear its
// id and the time of its last change.
func NewMemory[R any](b connectors.Backend, first int, apply func(dst *R, m connectors.Mapped[R]), stamp func(r *R, id string, at time.Time)) *Memory[R] {
	return &Memory[R]{backend: b, apply: apply, stamp: stamp, next: first, now: time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC),
		records: map[string]R{}, changed: map[string]time.Time{}, keys: map[string]string{}}
}

// Backend is the one given to NewMemory.
func (m *Memory[R]) Backend() connectors.Backend { return m.backend }

// Search lists the ids of the records that were changed after since.
func (m *Memory[R]) Search(ctx context.Context, since time.Time) (ids []string, err error) {
	err = m.call(ctx, "search", "", func() error {
		ids = m.since(since)
		return nil
	})
	return ids, err
}

// Page is Search, page by page in the order of the ids; next is the last id of the page.
func (m *Memory[R]) Page(ctx context.Context, since time.Time, after string, limit int) (ids []string, next string, err error) {
	err = m.call(ctx, "page", after, func() error {
		ids = m.since(since)
		if after != "" {
			ids = slices.DeleteFunc(ids, func(id string) bool { return number(id) <= number(after) })
		}
		if len(ids) > limit {
			ids = ids[:limit]
		}
		if len(ids) > 0 {
			next = ids[len(ids)-1]
		}
		return nil
	})
	return ids, next, err
}

// RemoteNow is the system's own clock.
func (m *Memory[R]) RemoteNow(context.Context) (time.Time, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.now, nil
}

// Read reads a record.
func (m *Memory[R]) Read(ctx context.Context, id string) (r R, err error) {
	err = m.call(ctx, "read", id, func() error {
		found := false
		if r, found = m.records[id]; !found {
			return m.gone(id)
		}
		return nil
	})
	return r, err
}

// Create makes a record, or returns the id of the first one made with this key.
func (m *Memory[R]) Create(ctx context.Context, key string, r connectors.Mapped[R]) (id string, err error) {
	err = m.call(ctx, "create", key, func() error {
		var made bool
		if id, made = m.keys[key]; made {
			return nil
		}
		id = strconv.Itoa(m.next)
		m.next++
		m.keys[key] = id
		var record R
		m.apply(&record, r)
		m.put(id, record)
		return nil
	})
	if err != nil {
		return "", err
	}
	return id, nil
}

// Write changes the fields of a record that were set.
func (m *Memory[R]) Write(ctx context.Context, id string, r connectors.Mapped[R]) error {
	return m.call(ctx, "write", fmt.Sprintf("%s %v", id, r.Fields()), func() error {
		record, found := m.records[id]
		if !found {
			return m.gone(id)
		}
		m.apply(&record, r)
		m.put(id, record)
		return nil
	})
}

// Delete removes a record; one that is gone already is no error.
func (m *Memory[R]) Delete(ctx context.Context, id string) error {
	return m.call(ctx, "delete", id, func() error {
		delete(m.records, id)
		delete(m.changed, id)
		return nil
	})
}

// Put makes a record, or changes one in place, as a person of that system does; id "" is
// a new one. It returns its id.
func (m *Memory[R]) Put(id string, change func(*R)) string {
	m.mu.Lock()
	defer m.mu.Unlock()
	if id == "" {
		id = strconv.Itoa(m.next)
		m.next++
	}
	r := m.records[id]
	change(&r)
	m.put(id, r)
	return id
}

// Remove removes a record, as a person of that system does.
func (m *Memory[R]) Remove(id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.records, id)
	delete(m.changed, id)
}

// All returns a copy of all records, by id.
func (m *Memory[R]) All() map[string]R {
	m.mu.Lock()
	defer m.mu.Unlock()
	return maps.Clone(m.records)
}

// Advance lets time pass on the system's clock.
func (m *Memory[R]) Advance(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.now = m.now.Add(d)
}

// put and the rest are called with the lock held.
func (m *Memory[R]) put(id string, r R) {
	m.now = m.now.Add(time.Second)
	if m.stamp != nil {
		m.stamp(&r, id, m.now)
	}
	m.records[id], m.changed[id] = r, m.now
}

func (m *Memory[R]) since(since time.Time) (ids []string) {
	for id, at := range m.changed {
		if at.After(since) {
			ids = append(ids, id)
		}
	}
	slices.SortFunc(ids, func(a, b string) int { return number(a) - number(b) })
	return ids
}

func (m *Memory[R]) gone(id string) error {
	return fmt.Errorf("record %q of backend %q: %w", id, m.backend.Name, connectors.ErrNotInBackend)
}

// number is an id as a number; ids are made by strconv.Itoa.
func number(id string) int {
	n, _ := strconv.Atoi(id)
	return n
}
