package coffee

import (
	"strings"
	"testing"
)

// TestSecondOverrun: what could not be told of one loss is not told of the next one.
func TestSecondOverrun(t *testing.T) {
	w := newWorld(t, "2900")
	w.open()
	lose := func(slot int) {
		for range 10 {
			w.m.Buy(slot)
		}
		for range 256 {
			w.m.Buy(3)
		}
	}
	lose(2)
	w.meddle = func() { w.m.Buy(3) } // the counters and the journal never go together
	if err := w.poll(); err != nil {
		t.Fatal(err)
	}
	w.work()
	lose(4)
	w.work()
	found := w.checkpoints(reasonJournalGap)
	last := found[len(found)-1].Message
	if !strings.Contains(found[0].Message, "is not known") || !strings.Contains(last, `10 × "Drink 104"`) || strings.Contains(last, "Drink 102") {
		t.Errorf("checkpoints %+v", found)
	}
}
