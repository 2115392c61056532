package coffee2900

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"crema/device"
	"crema/device/sim"
)

func (p *player) buy(o sim.Order) sim.Cup {
	p.t.Helper()
	cup, err := p.m.Buy(o)
	if err != nil {
		p.t.Fatal(err)
	}
	return cup
}

// read is JOURNAL.READ: the numbers of the entries, and the reply.
func (p *player) read(from, n int) ([]uint64, dict) {
	p.t.Helper()
	reply := p.good(opJournalRead, pair{1, from}, pair{2, n})
	v, _ := reply.get(1)
	numbers := []uint64{}
	for _, e := range v.([]any) {
		numbers = append(numbers, p.number(e.(dict), 1))
	}
	return numbers, reply
}

// The entries of each kind have the keys that the manual gives them.
func TestEntries(t *testing.T) {
	p := play(t, Options{Brew: time.Hour})
	entry := func(from int) string {
		t.Helper()
		reply := p.good(opJournalRead, pair{1, from}, pair{2, 1})
		v, _ := reply.get(1)
		return describe(v)
	}
	p.now = p.now.Add(61500 * time.Millisecond)
	p.buy(sim.Order{Slot: 0, Payment: device.PaymentCash})
	p.good(opClock, pair{1, 1_800_000_000})
	p.now = p.now.Add(10 * time.Second)
	p.buy(sim.Order{Slot: 2, Payment: device.PaymentBadge, Badge: "04A2"})
	p.buy(sim.Order{Slot: 5, Kind: device.CupFree})
	p.buy(sim.Order{Slot: 5, Kind: device.CupTest})
	p.good(opBrew, pair{1, 1}, pair{2, []byte("token001")})
	if _, reply := p.read(1, 16); p.number(reply, 2) != 5 {
		t.Errorf("next moved before the cup was done: %v", reply)
	}
	p.m.Restart() // aborted: a remote cup, then a sale
	p.begin()
	p.now = p.now.Add(5 * time.Second)
	p.buy(sim.Order{Slot: 4, Payment: device.PaymentCard, Badge: "x", Brew: time.Hour})
	p.m.Restart()
	p.begin()
	for n, want := range []string{
		`[{1: 1, 2: null, 3: 61, 4: 0, 5: 0, 6: 120, 7: "EUR", 8: 1, 9: {1: 9, 2: 40}}]`,
		`[{1: 2, 2: 1800000010, 3: 71, 4: 2, 5: 0, 6: 230, 7: "EUR", 8: 3, 9: {1: 8, 2: 40, 3: 110}, 10: "04A2"}]`,
		`[{1: 3, 2: 1800000010, 3: 71, 4: 5, 5: 1, 8: 0, 9: {2: 200}}]`,
		`[{1: 4, 2: 1800000010, 3: 71, 4: 5, 5: 2, 9: {2: 200}}]`,
		`[{1: 5, 2: null, 3: 0, 4: 1, 5: 4, 9: {1: 5, 2: 60}}]`,
		`[{1: 6, 2: null, 3: 0, 4: 4, 5: 4, 6: 100, 7: "EUR", 8: 2, 9: {3: 75}, 10: "x"}]`,
	} {
		if got := entry(n + 1); got != want {
			t.Errorf("entry %d is %s\nwant %s", n+1, got, want)
		}
	}
	counters := p.good(opCounters)
	v, _ := counters.get(1)
	if got := describe(v); !strings.HasPrefix(got, "{0: 1, 1: 0, 2: 1, 3: 0, 4: 0, 5: 2, 6: 0") || len(v.(dict)) != 32 {
		t.Errorf("counters %s; aborted cups don't count", got)
	}
}

// The ring: what is overwritten, what is counted, where READ begins.
func TestJournalRing(t *testing.T) {
	p := play(t, Options{})
	fill := func(n int) {
		t.Helper()
		for range n {
			if err := p.m.SetLevel(water, 40_000); err != nil {
				t.Fatal(err)
			}
			p.buy(sim.Order{Slot: 5})
		}
		p.take(p.talk(nil))
		p.events = nil
	}
	check := func(what string, from, n int, wantNumbers []uint64, next, oldest, overwritten uint64) {
		t.Helper()
		numbers, reply := p.read(from, n)
		got := []uint64{p.number(reply, 2), p.number(reply, 3), p.number(reply, 4)}
		if diff := cmp.Diff(wantNumbers, numbers); diff != "" || !cmp.Equal(got, []uint64{next, oldest, overwritten}) {
			t.Errorf("%s: next, oldest, overwritten %v, want %v; numbers (-want +got):\n%s", what, got, []uint64{next, oldest, overwritten}, diff)
		}
	}
	open := func(want uint64) {
		t.Helper()
		if got := p.number(p.good(opStatus), 5); got != want {
			t.Errorf("the oldest not acknowledged is %d, want %d", got, want)
		}
	}
	check("an empty journal", 1, 16, []uint64{}, 1, 1, 0)
	open(1)
	fill(3)
	check("three entries", 2, 16, []uint64{2, 3}, 4, 1, 0)
	p.bad(errArgument, opJournalAck, pair{1, 4})
	p.good(opJournalAck, pair{1, 2})
	open(3)
	p.good(opJournalAck, pair{1, 1}) // goes back nowhere
	open(3)
	fill(255)
	check("two overwritten, both acknowledged", 1, 2, []uint64{3, 4}, 259, 3, 0)
	fill(4)
	check("four more, not acknowledged", 1, 1, []uint64{7}, 263, 7, 4)
	open(7)
	p.m.Restart()
	p.begin()
	check("kept over a restart", 7, 1, []uint64{7}, 263, 7, 4)
	p.good(opJournalAck, pair{1, 262})
	open(263)
	check("all acknowledged, and still there", 262, 16, []uint64{262}, 263, 7, 0)
	check("from the next number", 263, 1, []uint64{}, 263, 7, 0)
	check("from far beyond", 1<<50, 1, []uint64{}, 263, 7, 0)
	p.m.SetJournalNext(1042)
	check("another next number", 1, 16, []uint64{}, 1042, 1042, 0)
	open(1042)
}

// As many entries as fit one frame.
func TestEntriesThatDoNotFit(t *testing.T) {
	p := play(t, Options{})
	for range 16 {
		p.buy(sim.Order{Slot: 4, Payment: device.PaymentBadge, Badge: strings.Repeat("~}", 50)})
		if err := p.m.SetLevel(milk, 10_000); err != nil {
			t.Fatal(err)
		}
	}
	numbers, _ := p.read(1, 16)
	if len(numbers) < 7 || len(numbers) > 8 {
		t.Errorf("%d entries of about 130 octets in a frame", len(numbers))
	}
	line := p.talk(p.request(opJournalRead, pair{1, 1}, pair{2, 16}))
	if content := p.content(line); len(content)+2 > 1100 || len(content) < 900 {
		t.Errorf("the frame has %d octets", len(content)+2)
	}
}

// The last sixteen tokens are known again, over restarts too.
func TestTokens(t *testing.T) {
	p := play(t, Options{})
	brew := func(token string) uint64 {
		t.Helper()
		return p.number(p.good(opBrew, pair{1, 5}, pair{2, []byte(token)}), 1)
	}
	for n := range uint64(17) {
		if got := brew("token0" + string(rune('a'+n)) + "x"); got != n+1 {
			t.Fatalf("brewing is number %d, want %d", got, n+1)
		}
	}
	p.m.Restart()
	p.begin()
	p.m.Alarm(7, true) // in any state
	if got := brew("token0bx"); got != 2 {
		t.Errorf("the oldest kept: number %d, want 2", got)
	}
	p.bad(errNotReady, opBrew, pair{1, 5}, pair{2, []byte("token0ax")}) // forgotten
	p.m.Alarm(7, false)
	if got := brew("token0ax"); got != 18 { // a refused one was not kept
		t.Errorf("a new one: number %d, want 18", got)
	}
	if n := len(p.m.Truth().Cups); n != 18 {
		t.Errorf("%d cups", n)
	}
}

// BREW tells the first of 4, 5, 6, 7.
func TestBrewPrecedence(t *testing.T) {
	p := play(t, Options{Brew: time.Hour, Slots: []device.Slot{
		{Enabled: false, Recipe: &device.Recipe{Milk: 100}},
		{Enabled: true, Recipe: &device.Recipe{Milk: 100}},
		{Enabled: true, Recipe: &device.Recipe{Water: 100}},
	}})
	n := byte(0)
	bad := func(want uint64, slot int) {
		t.Helper()
		n++
		p.bad(want, opBrew, pair{1, slot}, pair{2, []byte{n, 0, 0, 0, 0, 0, 0, 0}})
	}
	p.m.Alarm(3, true)
	bad(errEmpty, 1)
	bad(errDisabled, 0)
	p.m.Alarm(13, true)
	bad(errNotReady, 0)
	p.m.Alarm(13, false) // still set, but its cause is gone
	bad(errDisabled, 0)
	bad(0, 2)
	p.m.Alarm(13, true)
	bad(errBusy, 0)
	bad(errArgument, 3)
}
