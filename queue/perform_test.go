package queue

import (
	"context"
	"errors"
	"testing"
	"time"

	"crema/store"
	"crema/store/storetest"
)

// TestPerformBesideARun: a Perform that is refused, as Run goes on, keeps no job from starting whose turn came in that moment.
func TestPerformBesideARun(t *testing.T) {
	s := storetest.Open(t)
	q, err := New(s, walkingClock{since: time.Now()}, Config{})
	if err != nil {
		t.Fatal(err)
	}
	k := Kind[string]{Name: "x"}
	entered, leave := make(chan struct{}, 2), make(chan struct{})
	Register(q, k, func(context.Context, *Job[string]) (Done, error) {
		entered <- struct{}{}
		<-leave
		return nil, nil
	})
	add := func() (id ID) {
		err := s.Update(t.Context(), func(tx *store.Tx) (err error) {
			id, err = Enqueue(tx, q, k, "x", Options{})
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return id
	}
	first, second := add(), add()
	ctx, stop := context.WithCancel(t.Context())
	ended := make(chan error)
	go func() { ended <- q.Run(ctx) }()
	<-entered
	performed := make(chan error, 1)
	q.mu.Lock()
	go func() { performed <- q.Perform(t.Context(), first) }()
	for range 1000 { // until Perform has chosen, or waits for the mutex
		time.Sleep(time.Millisecond / 10)
		if q.chosen.Load() != nil {
			break
		}
	}
	close(leave)
	for state := StateStarted; state != StateDone; { // its end is committed, while the hooks wait for the mutex
		err := s.View(func(tx *store.Tx) error {
			i, err := q.Get(tx, first)
			state = i.State
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	q.mu.Unlock()
	if err := <-performed; !errors.Is(err, ErrAlreadyRunning) {
		t.Errorf("Perform() = %v, want ErrAlreadyRunning", err)
	}
	if i, err := q.Wait(t.Context(), second); err != nil || i.State != StateDone {
		t.Errorf("the job whose turn came meanwhile: %v, %v", i.State, err)
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
