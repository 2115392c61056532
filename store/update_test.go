package store_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"crema/store"
	"crema/store/storetest"
)

// hold occupies the committer, so that what comes after waits for one commit
// together; release lets it go on and waits for it.
func hold(t *testing.T, s *store.Store) (release func()) {
	t.Helper()
	begun, end, done := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	go func() {
		done <- s.Update(context.Background(), func(*store.Tx) error {
			close(begun)
			<-end
			return nil
		})
	}()
	<-begun
	var once sync.Once
	release = func() {
		once.Do(func() {
			close(end)
			if err := <-done; err != nil {
				t.Errorf("the holding update: %v", err)
			}
		})
	}
	t.Cleanup(release)
	return release
}

// enqueue starts an Update and returns when it waits, the n-th one.
func enqueue(ctx context.Context, s *store.Store, n int, fn func(*store.Tx) error) <-chan error {
	done := make(chan error, 1)
	go func() { done <- s.Update(ctx, fn) }()
	for s.Waiting() < n {
		runtime.Gosched()
	}
	return done
}

// group runs fns in one commit, in order, and gives their errors.
func group(t *testing.T, s *store.Store, fns ...func(*store.Tx) error) []error {
	t.Helper()
	release := hold(t, s)
	var waits []<-chan error
	for i, fn := range fns {
		waits = append(waits, enqueue(t.Context(), s, i+1, fn))
	}
	release()
	errs := make([]error, len(fns))
	for i, w := range waits {
		errs[i] = <-w
	}
	return errs
}

func TestGroupSeesEarlierWritesInOrder(t *testing.T) {
	s := storetest.Open(t)
	before := s.Stats()
	var fns []func(*store.Tx) error
	for i := range 20 {
		fns = append(fns, func(tx *store.Tx) error {
			if got, _, _ := count.Get(tx, "n"); got != i {
				t.Errorf("step %d finds %d", i, got)
			}
			return count.Put(tx, "n", i+1)
		})
	}
	for i, err := range group(t, s, fns...) {
		if err != nil {
			t.Errorf("step %d: %v", i, err)
		}
	}
	after := s.Stats()
	if commits, ops := after.Commits-before.Commits, after.Ops-before.Ops; commits != 1 || ops != 20 {
		t.Errorf("%d commits of %d updates, want 1 of 20", commits, ops)
	}
}

func TestFailingStepIsTakenOutAlone(t *testing.T) {
	refused := errors.New("refused")
	for name, fail := range map[string]func(*store.Tx) error{
		"error before writing": func(*store.Tx) error { return refused },
		"error after writing": func(tx *store.Tx) error {
			return errors.Join(count.Put(tx, "bad", 1), count.Put(tx, "n", -1000), refused)
		},
		"panic":               func(*store.Tx) error { panic(refused) },
		"panic after writing": func(tx *store.Tx) error { _ = count.Put(tx, "bad", 1); panic(refused) },
		"number given": func(tx *store.Tx) error {
			_, err := numbers.Next(tx)
			return errors.Join(err, refused)
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := storetest.Open(t)
			add := func(tx *store.Tx) error {
				if count.Has(tx, "bad") {
					t.Error("a step sees the writes of one that failed")
				}
				n, _, err := count.Get(tx, "n")
				return errors.Join(err, count.Put(tx, "n", n+1))
			}
			hooks := 0
			hooked := func(fn func(*store.Tx) error) func(*store.Tx) error {
				return func(tx *store.Tx) error {
					tx.OnCommit(func() { hooks++ })
					return fn(tx)
				}
			}
			errs := group(t, s, hooked(add), hooked(fail), hooked(add), hooked(fail), hooked(add))
			for i, err := range errs {
				if bad := i%2 == 1; bad != errors.Is(err, refused) || bad != (err != nil) {
					t.Errorf("step %d: %v", i, err)
				}
			}
			if hooks != 3 {
				t.Errorf("%d hooks ran, want 3: none of those that failed, none twice", hooks)
			}
			view(t, s, func(tx *store.Tx) {
				if n, _, _ := count.Get(tx, "n"); n != 3 || count.Has(tx, "bad") {
					t.Errorf("n = %d, bad = %v, want 3 and none", n, count.Has(tx, "bad"))
				}
			})
			update(t, s, func(tx *store.Tx) error {
				if n, err := numbers.Next(tx); n != 1 || err != nil {
					t.Errorf("Next = %d, %v: the number of a failed step was not given back", n, err)
				}
				return nil
			})
		})
	}
}

func TestPanicGivesItsStack(t *testing.T) {
	s := storetest.Open(t)
	for name, run := range map[string]func(func(*store.Tx) error) error{
		"Update": func(fn func(*store.Tx) error) error { return s.Update(t.Context(), fn) },
		"View":   s.View,
	} {
		err := run(func(*store.Tx) error { return explode() })
		var p *store.PanicError
		if !errors.As(err, &p) || p.Value != "boom" || !strings.Contains(string(p.Stack), "store_test.explode") {
			t.Errorf("%s = %v, want a PanicError with the stack of explode", name, err)
		}
		// A nil map, a nil pointer: runtime errors, but no faults of the file.
		if err := run(func(*store.Tx) error { var p *cup; p.Price++; return nil }); !errors.As(err, &p) || s.Err() != nil {
			t.Errorf("%s with a nil pointer = %v; the store says %v", name, err, s.Err())
		}
	}
}

func explode() error { panic("boom") }

func TestFunctionThatEndsItsGoroutine(t *testing.T) {
	s := storetest.Open(t)
	add := func(key string) func(*store.Tx) error {
		return func(tx *store.Tx) error { return count.Put(tx, key, 1) }
	}
	exit := func(tx *store.Tx) error {
		_ = count.Put(tx, "bad", 1)
		runtime.Goexit()
		return nil
	}
	exitLater := func(tx *store.Tx) error {
		tx.OnCommit(runtime.Goexit)
		return count.Put(tx, "hook", 1)
	}
	errs := group(t, s, add("a"), exit, add("b"), exitLater, add("c"))
	for i, err := range errs {
		if (err != nil) != (i == 1) {
			t.Errorf("step %d: %v", i, err)
		}
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = s.View(func(*store.Tx) error { runtime.Goexit(); return nil })
	}()
	<-done
	view(t, s, func(tx *store.Tx) {
		if got := keysOf(count.All(tx)); !slices.Equal(got, []string{"a", "b", "c", "hook"}) {
			t.Errorf("stored: %q", got)
		}
	})
}

func TestContextBoundsTheWaitOnly(t *testing.T) {
	s := storetest.Open(t)
	release := hold(t, s)
	why := errors.New("had enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	waits := enqueue(ctx, s, 1, func(*store.Tx) error {
		t.Error("a function ran whose caller had gone")
		return nil
	})
	next := enqueue(t.Context(), s, 2, func(tx *store.Tx) error { return count.Put(tx, "next", 1) })
	cancel(why)
	if err := <-waits; !errors.Is(err, why) {
		t.Errorf("cancelled while waiting: %v, want %v", err, why)
	}
	release()
	if err := <-next; err != nil {
		t.Errorf("the one behind it: %v", err)
	}

	ctx, cancel = context.WithCancelCause(t.Context())
	err := s.Update(ctx, func(tx *store.Tx) error {
		cancel(why)
		return count.Put(tx, "running", 1)
	})
	if err != nil {
		t.Errorf("cancelled while running: %v, want the outcome", err)
	}
	if err := s.Update(ctx, func(*store.Tx) error { t.Error("it ran"); return nil }); !errors.Is(err, why) {
		t.Errorf("cancelled before: %v, want %v", err, why)
	}
	view(t, s, func(tx *store.Tx) {
		if got := keysOf(count.All(tx)); !slices.Equal(got, []string{"next", "running"}) {
			t.Errorf("stored: %q", got)
		}
	})
}

func TestHooksRunInOrderBeforeUpdateReturns(t *testing.T) {
	s := storetest.Open(t)
	var order []string
	fn := func(name string) func(*store.Tx) error {
		return func(tx *store.Tx) error {
			for _, part := range []string{"1", "2"} {
				tx.OnCommit(func() {
					order = append(order, name+part)
					_ = s.View(func(tx *store.Tx) error { // what it is about is there to be seen
						if !count.Has(tx, "a") || !count.Has(tx, "b") {
							t.Error("a hook ran before the commit")
						}
						return nil
					})
				})
			}
			tx.OnCommit(func() { panic("a hook's panic is logged and hurts nobody") })
			return count.Put(tx, name, 1)
		}
	}
	if err := errors.Join(group(t, s, fn("a"), fn("b"))...); err != nil {
		t.Fatal(err)
	}
	if want := []string{"a1", "a2", "b1", "b2"}; !slices.Equal(order, want) {
		t.Errorf("hooks ran as %q, want %q", order, want)
	}
	view(t, s, func(tx *store.Tx) { tx.OnCommit(func() { t.Error("a View ran a hook") }) })
}

func TestWritingNothingCostsNothing(t *testing.T) {
	s := storetest.Open(t)
	update(t, s, func(tx *store.Tx) error { return count.Put(tx, "a", 1) })
	before := s.Stats()
	hooks := 0
	update(t, s, func(tx *store.Tx) error {
		tx.OnCommit(func() { hooks++ })
		_, _, err := count.Get(tx, "a")
		return errors.Join(err, count.Delete(tx, "absent"))
	})
	if after := s.Stats(); after.Commits != before.Commits || hooks != 1 {
		t.Errorf("%d commits, %d hooks; want none and 1", after.Commits-before.Commits, hooks)
	}
}

func TestNestedUpdatesAreRefused(t *testing.T) {
	s, other := storetest.Open(t), storetest.Open(t)
	nest := func(where string) {
		t.Helper()
		if err := s.Update(t.Context(), func(*store.Tx) error { return nil }); !errors.Is(err, store.ErrNested) {
			t.Errorf("Update in %s: %v, want ErrNested", where, err)
		}
		if err := s.Close(); !errors.Is(err, store.ErrNested) {
			t.Errorf("Close in %s: %v, want ErrNested", where, err)
		}
		if err := other.Update(t.Context(), func(tx *store.Tx) error { return count.Put(tx, where, 1) }); err != nil {
			t.Errorf("Update of another store in %s: %v", where, err)
		}
	}
	update(t, s, func(tx *store.Tx) error {
		tx.OnCommit(func() { nest("a hook") })
		nest("an Update")
		return count.Put(tx, "a", 1)
	})
	view(t, s, func(tx *store.Tx) {
		nest("a View")
		for range count.All(tx) {
			nest("an iterator")
		}
		// Others may write meanwhile.
		done := make(chan error)
		go func() {
			done <- s.Update(context.Background(), func(tx *store.Tx) error { return count.Put(tx, "b", 1) })
		}()
		if err := <-done; err != nil {
			t.Errorf("Update beside a View: %v", err)
		}
	})
}

func TestStampIsInEveryCommit(t *testing.T) {
	stamps := store.NewBucket[string, int]("stamp", store.StringKey())
	n, bad := 0, error(nil)
	path := filepath.Join(t.TempDir(), "crema.db")
	s, err := store.Open(path, store.Options{
		Migrations: []store.Migration{{Version: 1, Name: "one", Up: func(tx *store.Tx) error { return count.Put(tx, "m", 1) }}},
		Stamp: func(tx *store.Tx) error {
			n++
			return errors.Join(stamps.Put(tx, "n", n), bad)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if n != 0 {
		t.Error("a migration was stamped")
	}
	read := func() (got int) {
		view(t, s, func(tx *store.Tx) { got, _, _ = stamps.Get(tx, "n") })
		return got
	}
	update(t, s, func(tx *store.Tx) error { return count.Put(tx, "a", 1) })
	update(t, s, func(tx *store.Tx) error { return nil })
	if got := read(); got != 1 {
		t.Errorf("stamp %d, want 1: of the commit, not of the Update without one", got)
	}
	bad = errors.New("no time")
	if err := s.Update(t.Context(), func(tx *store.Tx) error { return count.Put(tx, "a", 2) }); !errors.Is(err, bad) {
		t.Errorf("Update with a failing stamp: %v", err)
	}
	bad = nil
	view(t, s, func(tx *store.Tx) {
		if v, _, _ := count.Get(tx, "a"); v != 1 {
			t.Error("written without its stamp")
		}
	})
	n = 41
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = store.Open(path, store.Options{Migrations: []store.Migration{{Version: 1}}}); err != nil {
		t.Fatal(err)
	}
	if got := read(); got != 42 {
		t.Errorf("after Close the stamp is %d, want 42", got)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestCloseFinishesWhatWasAccepted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "crema.db")
	s, err := store.Open(path, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	release := hold(t, s)
	var waits []<-chan error
	for i := range 5 {
		waits = append(waits, enqueue(t.Context(), s, i+1, func(tx *store.Tx) error { return numbers.Put(tx, uint64(i), i) }))
	}
	closed := make(chan error, 2)
	go func() { closed <- s.Close() }()
	go func() { closed <- s.Close() }()
	for !s.Closing() {
		runtime.Gosched()
	}
	if err := s.Update(t.Context(), func(*store.Tx) error { return nil }); !errors.Is(err, store.ErrClosed) {
		t.Errorf("Update while closing: %v, want ErrClosed", err)
	}
	release()
	if err := errors.Join(<-closed, <-closed); err != nil {
		t.Errorf("Close: %v", err)
	}
	for i, w := range waits {
		if err := <-w; err != nil {
			t.Errorf("accepted update %d: %v", i, err)
		}
	}
	for name, err := range map[string]error{
		"Update":   s.Update(t.Context(), func(*store.Tx) error { return nil }),
		"View":     s.View(func(*store.Tx) error { return nil }),
		"Check":    s.Check(t.Context()),
		"Snapshot": second(s.Snapshot(t.Context(), nil)),
	} {
		if !errors.Is(err, store.ErrClosed) {
			t.Errorf("%s of a closed store: %v, want ErrClosed", name, err)
		}
	}
	if st := s.Stats(); st.Size != 0 || st.Commits == 0 {
		t.Errorf("Stats of a closed store: %+v", st)
	}
}

func second[A any](_ A, err error) error { return err }

func TestGatherWaitsOnSlowDisksOnly(t *testing.T) {
	for _, c := range []struct {
		last  time.Duration
		steps int
		want  time.Duration
	}{
		{0, 0, 0},
		{time.Second, 1, 0}, // a lone step never waits
		{100 * time.Microsecond, 16, 0},
		{4 * time.Millisecond, 16, 0},
		{5 * time.Millisecond, 16, 250 * time.Microsecond},
		{10 * time.Millisecond, 2, 500 * time.Microsecond},
		{time.Second, 2, time.Millisecond},
	} {
		if got := store.Gather(c.last, c.steps); got != c.want {
			t.Errorf("after a commit of %d steps in %v: gather %v, want %v", c.steps, c.last, got, c.want)
		}
	}
}

// Many writers and readers at random, with failures, against a model that each
// writer keeps of its own keys.
func TestManyWritersAgainstAModel(t *testing.T) {
	seed := seed(t)
	s := storetest.Open(t)
	total := store.NewBucket[string, int]("total", store.StringKey())
	refused := errors.New("refused")
	var all sync.WaitGroup
	sums := make([]int, 8)
	for w := range sums {
		rnd := rand.New(rand.NewPCG(seed, uint64(w)))
		all.Go(func() {
			model := map[string]int{}
			for range 150 {
				key, v := fmt.Sprintf("%d/%d", w, rnd.IntN(30)), rnd.IntN(100)
				bad := rnd.IntN(5)
				err := s.Update(t.Context(), func(tx *store.Tx) error {
					old, _, err := count.Get(tx, key)
					sum, _, _ := total.Get(tx, "sum")
					if old != model[key] {
						t.Errorf("%s is %d, want %d", key, old, model[key])
					}
					err = errors.Join(err, count.Put(tx, key, v), total.Put(tx, "sum", sum+v-old))
					switch bad {
					case 0:
						return refused
					case 1:
						panic("boom")
					}
					return err
				})
				if (err != nil) != (bad < 2) {
					t.Errorf("Update: %v", err)
				}
				if err == nil {
					sums[w] += v - model[key]
					model[key] = v
				}
			}
		})
		all.Go(func() {
			for range 50 {
				view(t, s, func(tx *store.Tx) {
					sum := 0
					for _, v := range count.All(tx) {
						sum += v
					}
					if got, _, _ := total.Get(tx, "sum"); got != sum {
						t.Errorf("a View sees a sum of %d over values of %d", got, sum)
					}
				})
			}
		})
	}
	all.Wait()
	want := 0
	for _, n := range sums {
		want += n
	}
	view(t, s, func(tx *store.Tx) {
		if got, _, _ := total.Get(tx, "sum"); got != want {
			t.Errorf("the sum is %d, want %d", got, want)
		}
	})
}
