package connectortest_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"crema/connectors"
	"crema/connectors/connectortest"
	"crema/queue"
)

func noAnswer() error { return &connectors.NetworkError{Err: errors.New("connection reset")} }
func refusal() error  { return &connectors.RefusedError{Err: errors.New("no")} }

// calls tells one call from the next.
var calls atomic.Int64

// Adapters that are broken in one way each. What they embed does the rest well.
type (
	nameless    struct{ *signs }
	mute        struct{ *signs } // writes another type than the suite is told
	dirty       struct{ *signs }
	doubling    struct{ *signs }
	blind       struct{ *signs }
	endless     struct{ *signs }
	greedy      struct{ *signs }
	forgetful   struct{ *signs }
	sameForAll  struct{ *signs }
	vague       struct{ *signs }
	whole       struct{ *signs }
	crossed     struct{ *signs }
	lazy        struct{ *signs }
	strict      struct{ *signs }
	undead      struct{ *signs }
	maker       struct{ *signs }
	numeric     struct{ *signs }
	deaf        struct{ *signs }
	stubborn    struct{ *signs }
	blaming     struct{ *signs }
	plainErrors struct{ *signs }
	final       struct{ *signs }
	torn        struct {
		*signs
		busy *atomic.Bool
	}
)

func (nameless) Backend() connectors.Backend { return connectors.Backend{} }

func (m mute) Write(ctx context.Context, id string, r sign) error { return nil }

func (m dirty) Read(ctx context.Context, id string) (sign, error) {
	r, err := m.signs.Read(ctx, id)
	r.Cents = int(calls.Add(1))
	return r, err
}

func (m doubling) Search(ctx context.Context, q time.Time) ([]string, error) {
	ids, err := m.signs.Search(ctx, q)
	return append(ids, ids...), err
}

func (m blind) Search(ctx context.Context, q time.Time) ([]string, error) {
	ids, err := m.signs.Search(ctx, q)
	return ids[:min(len(ids), 2)], err
}

func (m endless) Page(ctx context.Context, q time.Time, _ string, n int) ([]string, string, error) {
	return m.signs.Page(ctx, q, "", n)
}

func (m greedy) Page(ctx context.Context, q time.Time, after string, n int) ([]string, string, error) {
	return m.signs.Page(ctx, q, after, n+1)
}

func (m forgetful) Create(ctx context.Context, key string, r connectors.Mapped[sign]) (string, error) {
	return m.signs.Create(ctx, fmt.Sprint(calls.Add(1), key), r)
}

func (m sameForAll) Create(ctx context.Context, _ string, r connectors.Mapped[sign]) (string, error) {
	return m.signs.Create(ctx, "", r)
}

// vague gives an id that it does not know.
func (m vague) Create(ctx context.Context, key string, r connectors.Mapped[sign]) (string, error) {
	id, err := m.signs.Create(ctx, key, r)
	if err != nil {
		return "guess", err
	}
	return id, nil
}

func (m whole) Write(ctx context.Context, id string, r connectors.Mapped[sign]) error {
	for _, f := range []string{"text", "cents", "lit"} {
		r.Force(f, func(*sign) {})
	}
	return m.signs.Write(ctx, id, r)
}

func (m crossed) Write(ctx context.Context, id string, r connectors.Mapped[sign]) error {
	err := m.signs.Write(ctx, id, r)
	for other := range m.signs.All() {
		m.signs.Put(other, func(s *sign) { s.Lit = r.Record.Lit })
	}
	return err
}

func (m lazy) Write(ctx context.Context, id string, r connectors.Mapped[sign]) error {
	_, err := m.signs.Read(ctx, id)
	return err
}

func (m strict) Delete(ctx context.Context, id string) error {
	if _, err := m.signs.Read(ctx, id); err != nil {
		return err
	}
	return m.signs.Delete(ctx, id)
}

func (m undead) Delete(ctx context.Context, id string) error { return ctx.Err() }

// maker makes the record that it is to write.
func (m maker) Write(ctx context.Context, id string, r connectors.Mapped[sign]) error {
	err := m.signs.Write(ctx, id, r)
	if errors.Is(err, connectors.ErrNotInBackend) {
		_, err = m.signs.Create(ctx, "w"+id, r)
	}
	return err
}

// numeric takes "01" for 1.
func (m numeric) Read(ctx context.Context, id string) (sign, error) {
	if n, err := strconv.Atoi(id); err == nil {
		id = strconv.Itoa(n)
	}
	return m.signs.Read(ctx, id)
}

func (m deaf) Create(_ context.Context, key string, r connectors.Mapped[sign]) (string, error) {
	return m.signs.Create(context.Background(), key, r)
}

func (m stubborn) Read(ctx context.Context, id string) (sign, error) {
	if ctx.Err() != nil {
		return sign{}, ctx.Err()
	}
	return m.signs.Read(context.WithoutCancel(ctx), id)
}

func (m blaming) Read(ctx context.Context, id string) (sign, error) {
	r, err := m.signs.Read(ctx, id)
	if err != nil && !errors.Is(err, connectors.ErrNotInBackend) {
		err = &connectors.NetworkError{Err: err}
	}
	return r, err
}

func (m plainErrors) Search(ctx context.Context, q time.Time) ([]string, error) {
	ids, err := m.signs.Search(ctx, q)
	if err != nil && ctx.Err() == nil {
		err = errors.New("it did not work")
	}
	return ids, err
}

func (m plainErrors) Delete(ctx context.Context, id string) error {
	err := m.signs.Delete(ctx, id)
	if _, is := errors.AsType[*connectors.RefusedError](err); is {
		err = errors.New("it did not work")
	}
	return err
}

func (m final) Read(ctx context.Context, id string) (sign, error) {
	r, err := m.signs.Read(ctx, id)
	if _, is := errors.AsType[*connectors.NetworkError](err); is {
		err = queue.Permanent(err)
	}
	return r, err
}

// torn serves one task at a time, and the others badly.
func (m torn) Read(ctx context.Context, id string) (sign, error) {
	if !m.busy.CompareAndSwap(false, true) {
		return sign{}, errors.New("the line is taken")
	}
	defer m.busy.Store(false)
	time.Sleep(time.Millisecond)
	return m.signs.Read(ctx, id)
}

// TestAdapterCatches is what is broken about an adapter, with the part of the suite that
// must say so, and its words.
func TestAdapterCatches(t *testing.T) {
	for _, c := range []struct {
		broken      func(*signs) connectors.BackendAdapter[sign]
		part, words string
	}{
		{func(m *signs) connectors.BackendAdapter[sign] { return nameless{m} }, "capabilities", "no name"},
		{func(m *signs) connectors.BackendAdapter[sign] { return mute{m} }, "capabilities", "look at the types"},
		{func(m *signs) connectors.BackendAdapter[sign] { return dirty{m} }, "read", "not the same"},
		{func(m *signs) connectors.BackendAdapter[sign] { return dirty{m} }, "create", "another one than it should be"},
		{func(m *signs) connectors.BackendAdapter[sign] { return doubling{m} }, "search", "twice"},
		{func(m *signs) connectors.BackendAdapter[sign] { return blind{m} }, "search", "does not find"},
		{func(m *signs) connectors.BackendAdapter[sign] { return endless{m} }, "pages", "no last one"},
		{func(m *signs) connectors.BackendAdapter[sign] { return greedy{m} }, "pages", "has 2 ids"},
		{func(m *signs) connectors.BackendAdapter[sign] { return forgetful{m} }, "create again", "the same key again"},
		{func(m *signs) connectors.BackendAdapter[sign] { return forgetful{m} }, "create, answer lost", "there are 2 records"},
		{func(m *signs) connectors.BackendAdapter[sign] { return sameForAll{m} }, "create", "one id"},
		{func(m *signs) connectors.BackendAdapter[sign] { return sameForAll{m} }, "create again", "another key"},
		{func(m *signs) connectors.BackendAdapter[sign] { return vague{m} }, "create, answer lost", "beside an error"},
		{func(m *signs) connectors.BackendAdapter[sign] { return lazy{m} }, "write", "another one than it should be"},
		{func(m *signs) connectors.BackendAdapter[sign] { return crossed{m} }, "write", "another one than it should be"},
		{func(m *signs) connectors.BackendAdapter[sign] { return whole{m} }, "write a part", "another one than it should be"},
		{func(m *signs) connectors.BackendAdapter[sign] { return lazy{m} }, "write, answer lost", "another one than it should be"},
		{func(m *signs) connectors.BackendAdapter[sign] { return undead{m} }, "delete", "want ErrNotInBackend"},
		{func(m *signs) connectors.BackendAdapter[sign] { return strict{m} }, "delete", "Delete("},
		{func(m *signs) connectors.BackendAdapter[sign] { return strict{m} }, "no such record", "what is not there is deleted"},
		{func(m *signs) connectors.BackendAdapter[sign] { return maker{m} }, "no such record", "Write("},
		{func(m *signs) connectors.BackendAdapter[sign] { return maker{m} }, "delete", "Write() of a deleted record"},
		{func(m *signs) connectors.BackendAdapter[sign] { return numeric{m} }, "no such record", `Read("00")`},
		{func(m *signs) connectors.BackendAdapter[sign] { return deaf{m} }, "context over", "Create() whose context is over = <nil>"},
		{func(m *signs) connectors.BackendAdapter[sign] { return stubborn{m} }, "context ends", "does not return"},
		{func(m *signs) connectors.BackendAdapter[sign] { return blaming{m} }, "context over", "not to blame"},
		{func(m *signs) connectors.BackendAdapter[sign] { return plainErrors{m} }, "no answer", "Search() without an answer"},
		{func(m *signs) connectors.BackendAdapter[sign] { return plainErrors{m} }, "refused", "Delete() that is refused"},
		{func(m *signs) connectors.BackendAdapter[sign] { return final{m} }, "no answer", "which ends the job"},
		{func(m *signs) connectors.BackendAdapter[sign] { return torn{m, new(atomic.Bool)} }, "at once", "the line is taken"},
	} {
		t.Run(fmt.Sprintf("%T %s", c.broken(nil), c.part), func(t *testing.T) {
			in(t, func(t *testing.T) {
				s := &spy{TB: t, part: c.part}
				connectortest.Adapter(s, func(testing.TB) signSystem { return signsAround(newSigns(), c.broken) })
				s.caught(c.words)
			})
		})
	}
}
