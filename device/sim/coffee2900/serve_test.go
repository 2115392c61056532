package coffee2900

import (
	"context"
	"errors"
	"io"
	"net"
	"testing"
	"testing/synctest"
	"time"
)

// Serve speaks until ctx ends, on one line after the other; what the machine remembers
// stays.
func TestServe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := New(Options{})
		near, far := net.Pipe()
		defer near.Close()
		for round := range 3 {
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error)
			go func() { ended <- m.Serve(ctx, far) }()
			hello := wrap(append([]byte{typeREQ, byte(round)}, encode(dict{{0, opHello}, {1, "x"}, {2, []any{1}}})...))
			if _, err := near.Write(hello); err != nil {
				t.Fatal(err)
			}
			var s splitter
			if got := s.push(receive(t, near)); len(got) != 1 || got[0][0] != typeRES || got[0][1] != byte(round) {
				t.Fatalf("round %d: reply % x", round, got)
			}
			// An event is sent again each 500 ms.
			m.Alarm(12, round%2 == 0)
			m.ackAlarm(12)
			start := time.Now()
			for range 6 {
				if got := s.push(receive(t, near)); len(got) != 1 || got[0][0] != typeEVT {
					t.Fatalf("round %d: event % x", round, got)
				}
			}
			if d := time.Since(start); d != 2500*time.Millisecond {
				t.Errorf("round %d: six times in %v, want 2.5 s", round, d)
			}
			cancel()
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Errorf("round %d: Serve = %v", round, err)
			}
		}
		ended := make(chan error)
		go func() { ended <- m.Serve(t.Context(), far) }()
		synctest.Wait()
		near.Close()
		if err := <-ended; !errors.Is(err, io.EOF) {
			t.Errorf("Serve on a line that is gone = %v, want its error", err)
		}
	})
}

func receive(t testing.TB, line net.Conn) []byte {
	t.Helper()
	buf := make([]byte, 1<<12)
	n, err := line.Read(buf)
	if err != nil {
		t.Fatal(err)
	}
	return buf[:n]
}
