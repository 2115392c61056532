package queue

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"crema/store"
	"crema/store/storetest"
)

// TestJobStates is the row "job states": the table that stands in state.go's comment is the one that is kept, each change that it does not
// have is refused, and nothing of its commit is written.
func TestJobStates(t *testing.T) {
	s := storetest.Open(t)
	q, err := New(s, plainClock{}, Config{Channels: "root:0"})
	if err != nil {
		t.Fatal(err)
	}
	all := append([]State{stateNone}, states...)
	for _, from := range all {
		for _, to := range states {
			if from == to {
				continue
			}
			t.Run(fmt.Sprintf("%s to %s", from, to), func(t *testing.T) {
				err := s.Update(context.Background(), func(tx *store.Tx) error {
					e := q.edit(tx)
					r := &record{stored: stored{Kind: "x", Channel: "root", State: to}, id: 1, was: from, dirty: true}
					e.hold(r)
					if err := e.end(); err != nil {
						return err
					}
					return errUndo
				})
				listed := slices.Contains(transitions[from], to)
				switch {
				case listed && err != errUndo:
					t.Errorf("refused: %v", err)
				case !listed && (err == errUndo || !strings.Contains(err.Error(), "no job goes from")):
					t.Errorf("not refused: %v", err)
				}
			})
		}
	}
	if len(transitions[StateDone]) != 0 {
		t.Error("done is done")
	}
	for _, s := range states {
		if len(transitions[s]) == 0 != (s == StateDone) {
			t.Errorf("%s leads nowhere", s)
		}
	}
}

var errUndo = fmt.Errorf("undo")

// FuzzRecord reads anything as a record: it errs or gives one that is written and read again the same.
func FuzzRecord(f *testing.F) {
	full, _ := fullRecord().AppendBinary(nil)
	f.Add(full)
	f.Add([]byte{})
	f.Add([]byte{recordVersion, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		var s, again stored
		if s.UnmarshalBinary(b) != nil {
			return
		}
		out, err := s.AppendBinary(nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := again.UnmarshalBinary(out); err != nil {
			t.Fatalf("% x was read, written as % x and not read again: %v", b, out, err)
		}
		if fmt.Sprintf("%+v", s) != fmt.Sprintf("%+v", again) {
			t.Fatalf("%+v became %+v", s, again)
		}
	})
}
