package board

import (
	"errors"
	"testing"
)

func TestInTurn(t *testing.T) {
	done, broken := 0, errors.New("broken")
	works := func(n int) error { done += n; return nil }
	fails := func() error { return broken }
	if err := inTurn(with(works, 1), fails, with(works, 10)); err != broken || done != 1 {
		t.Errorf("%v, after %d", err, done)
	}
	if err := inTurn(with(works, 1), with(works, 1)); err != nil || done != 3 {
		t.Errorf("%v, after %d", err, done)
	}
}

// TestOff asks a board that is off.
func TestOff(t *testing.T) {
	w := &world{}
	if err := w.api("GET", "status", nil); !errors.Is(err, errOff) {
		t.Error(err)
	}
	if h := w.health(); h.Status != "" || h.FirstError != errOff.Error() {
		t.Errorf("%+v", h)
	}
}
