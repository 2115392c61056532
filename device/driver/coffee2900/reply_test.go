package coffee2900

import (
	"context"
	"errors"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"crema/device"
)

// scripted is a machine that answers each operation with the payload that the test
// wrote, an ERR where that begins with "!".
func scripted(t *testing.T, answers map[operation]string) device.Dialer {
	return func(context.Context) (device.Line, error) {
		near, far := net.Pipe()
		go func() {
			var d deframer
			buf := make([]byte, 2048)
			for {
				n, err := far.Read(buf)
				if err != nil {
					return
				}
				d.feed(buf[:n], func(f frame) {
					body, err := parse(f.payload)
					if err != nil {
						t.Errorf("request % x: %v", f.payload, err)
						return
					}
					op := operation(readFields("request", body).uint(0, 99))
					answer, bad := strings.CutPrefix(answers[op], "!")
					typ := byte(typeRES)
					if bad {
						typ = typeERR
					}
					far.Write(appendFrame(nil, frame{typ, f.seq, unhex(t, answer)}))
				})
			}
		}()
		return near, nil
	}
}

const goodHello = "a8 01 6432393030 02 6131 03 6131 04 01 05 11 06 50 000102030405060708090a0b0c0d0e0f 07 1820 08 f6"

// Replies that can't be: every one is an ErrBadReply that names operation and key, and
// the connection goes on.
func TestRepliesThatCannotBe(t *testing.T) {
	for _, c := range []struct {
		op     operation
		answer string
		call   func(ctx context.Context, m *Machine) error
		want   string
	}{
		{opStatus, "a1 06 f4", status, "STATUS key 1"},
		{opStatus, "a6 01 02 02 6161 03 80 04 01 05 01 06 f4", status, "STATUS key 2"},
		{opStatus, "a6 01 02 02 00 03 816161 04 01 05 01 06 f4", status, "STATUS key 3"},
		{opStatus, "a6 01 02 02 00 03 80 04 00 05 00 06 f4", status, "STATUS key 4"},
		{opStatus, "a6 01 02 02 00 03 80 04 01 05 02 06 f4", status, "STATUS key 4"},
		{opStatus, "a6 01 02 02 00 03 80 04 01 05 01 06 00", status, "STATUS key 6"},
		{opStatus, "80", status, "STATUS"},
		{opStatus, "a10102ff", status, "STATUS"},
		{opStatus, "", status, "STATUS"},
		{opSlotList, "a1 01 81 82 00 f4", slots, "SLOT.LIST key 1"},
		{opSlotList, "a1 01 81 81 00", slots, "SLOT.LIST key 1"},
		{opSlotList, "a1 01 81 83 00 01 02", slots, "SLOT.LIST key 1"},
		{opSlotList, "a1 01 81 82 1820 01", slots, "SLOT.LIST key 1"},
		{opSlotRead, "a7 01 03 02 01 03 6161 04 01 05 63455552 06 f5 07 a4 01 01 02 01 03 01 04 01", readSlot(4), "SLOT.READ key 1"},
		{opSlotRead, "a7 01 04 02 01 03 4161 04 01 05 63455552 06 f5 07 a4 01 01 02 01 03 01 04 01", readSlot(4), "SLOT.READ key 3"},
		{opSlotRead, "a7 01 04 02 01 03 6161 04 1a000f4241 05 63455552 06 f5 07 a4 01 01 02 01 03 01 04 01", readSlot(4), "SLOT.READ key 4"},
		{opSlotRead, "a7 01 04 02 01 03 6161 04 01 05 63455552 06 f5 07 a3 01 01 02 01 04 01", readSlot(4), "SLOT.READ key 7 key 3"},
		{opSlotRead, "a7 01 04 02 01 03 6161 04 01 05 63455552 06 f5 07 f6", readSlot(4), "SLOT.READ key 7"},
		{opLevels, "a1 01 81 a6 01 01 02 6162 03 05 04 05 05 02 06 01", levels, "LEVELS key 1 item 0 key 5"},
		{opLevels, "a1 01 81 01", levels, "LEVELS key 1 item 0"},
		{opLevels, "a1 01 81 a6 01 01 02 6162 03 20 04 05 05 00 06 01", levels, "LEVELS key 1 item 0 key 3"},
		{opCounters, "a1 01 a1 00 1b0000000100000000", counters, "COUNTERS key 1"},
		{opCounters, "a1 01 a1 1820 01", counters, "COUNTERS key 1"},
		{opCounters, "a1 01 80", counters, "COUNTERS key 1"},
		{opJournalRead, "a3 01 80 02 01 03 01", journal(1), "JOURNAL.READ key 4"},
		{opJournalRead, "a4 01 81 a6 01 02 02 f6 03 01 04 00 05 01 09 a0 02 09 03 01 04 00", journal(1), "entry 1 under 9, not 2"},
		{opJournalRead, "a4 01 81 a6 01 02 02 f6 03 01 04 00 05 01 09 a0 02 02 03 01 04 00", journal(2), "entry 2 under 2, not 2"},
		{opJournalRead, "a4 01 81 a6 01 01 02 f4 03 01 04 00 05 01 09 a0 02 09 03 01 04 00", journal(1), "JOURNAL.READ key 1 item 0 key 2"},
		{opJournalRead, "a4 01 81 a7 01 01 02 f6 03 01 04 00 05 00 06 01 09 a0 02 09 03 01 04 00", journal(1), "JOURNAL.READ key 1 item 0 key 7"},
		{opJournalRead, "a4 01 81 a6 01 01 02 f6 03 01 04 00 05 01 09 a1 01 6161 02 09 03 01 04 00", journal(1), "JOURNAL.READ key 1 item 0 key 9"},
		{opBrew, "a0", brew, "BREW key 1"},
		{opBrew, "a1 01 00", brew, "BREW key 1"},
		{opLock, "!a1 00 187b", lock, "LOCK: refused with error 123"},
		{opLock, "!a0", lock, "LOCK error key 0"},
		{opLock, "!a1 00 14", lock, "LOCK error key 1"},
		{opHello, "a0", connected, "HELLO key 1"},
		{opHello, strings.Replace(goodHello, "06 50 00", "06 4f ", 1), connected, "HELLO key 6"},
		{opHello, strings.Replace(goodHello, "04 01", "04 02", 1), connected, "HELLO key 4"},
		{opHello, strings.Replace(goodHello, "07 1820", "07 1821", 1), connected, "HELLO key 7"},
		{opLogin, "a1 01 01", connected, "LOGIN key 1"},
	} {
		t.Run(c.want, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				answers := map[operation]string{opHello: goodHello, opLogin: "a1 01 6161"}
				m := New(scripted(t, answers), Options{Password: func() (string, error) { return "x", nil }})
				defer m.Close()
				answers[c.op] = c.answer
				_, err := m.Connect(t.Context())
				if err == nil {
					err = c.call(t.Context(), m)
				}
				if !errors.Is(err, device.ErrBadReply) || !strings.Contains(err.Error(), c.want) {
					t.Errorf("%s answered with %q: %v, want ErrBadReply and %q", c.op, c.answer, err, c.want)
				}
				changed := c.op.changes() && !strings.HasPrefix(c.answer, "!")
				if errors.Is(err, device.ErrOutcomeUnknown) != changed {
					t.Errorf("%s answered with %q: %v; ErrOutcomeUnknown should be %v", c.op, c.answer, err, changed)
				}
			})
		})
	}
}

func status(ctx context.Context, m *Machine) error    { _, err := m.Status(ctx); return err }
func slots(ctx context.Context, m *Machine) error     { _, err := m.Slots(ctx); return err }
func levels(ctx context.Context, m *Machine) error    { _, err := m.Levels(ctx); return err }
func counters(ctx context.Context, m *Machine) error  { _, err := m.ReadCounters(ctx); return err }
func lock(ctx context.Context, m *Machine) error      { return m.Lock(ctx, true) }
func connected(ctx context.Context, m *Machine) error { return errors.New("connected") }
func brew(ctx context.Context, m *Machine) error {
	_, err := m.Brew(ctx, 0, device.Token{})
	return err
}

func readSlot(n int) func(context.Context, *Machine) error {
	return func(ctx context.Context, m *Machine) error { _, err := m.ReadSlot(ctx, n); return err }
}

func journal(from uint64) func(context.Context, *Machine) error {
	return func(ctx context.Context, m *Machine) error { _, err := m.ReadJournal(ctx, from, 16); return err }
}

// Every error code of the manual, in package device's words.
func TestRefusals(t *testing.T) {
	for code, want := range map[string]error{
		"01": device.ErrBadArgument, "02": device.ErrUnsupported, "03": device.ErrBadArgument,
		"04": device.ErrBusy, "05": device.ErrNotReady, "06": device.ErrSlotDisabled,
		"07": device.ErrIngredientEmpty, "08": device.ErrMemory, "09": device.ErrUnsupported,
		"10": device.ErrLogin, "12": device.ErrRestarted,
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				m := New(scripted(t, map[operation]string{
					opHello: goodHello, opLogin: "a1 01 6161", opBrew: "!a1 00 " + code,
				}), Options{Password: func() (string, error) { return "x", nil }})
				defer m.Close()
				if _, err := m.Connect(t.Context()); err != nil {
					t.Fatal(err)
				}
				_, err := m.Brew(t.Context(), 0, device.Token{})
				if !errors.Is(err, want) || errors.Is(err, device.ErrOutcomeUnknown) {
					t.Errorf("error %s is %v, want %v", code, err, want)
				}
			})
		})
	}
	r := refusal{op: opSlotWrite, code: codeRevDiffers, detail: 7}
	var differs *device.RevDiffersError
	if !errors.As(r, &differs) || differs.Current != 7 {
		t.Errorf("error 20 is %v", r)
	}
	r = refusal{op: opLogin, code: codeLockedOut, detail: 1 << 62}
	var out *device.LockedOutError
	if !errors.As(r, &out) || out.Wait <= 0 {
		t.Errorf("error 17 is %v", r)
	}
}

// Unknown keys, long numbers and indefinite lengths are as good as what the simulator
// writes; unknown kinds and payments don't hide an entry.
func TestUnusualReplies(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := New(scripted(t, map[operation]string{
			opHello: goodHello, opLogin: "bf 01 6161 1863 f97e00 6161 80 ff",
			opJournalRead: `bf 02 1b0000000000000009 03 1807 04 00 01 9f
				bf 01 1907 00 ff ff ff`,
		}), Options{Password: func() (string, error) { return "x", nil }})
		defer m.Close()
		if _, err := m.Connect(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := m.ReadJournal(t.Context(), 1, 16); !errors.Is(err, device.ErrBadReply) {
			t.Errorf("an entry without anything: %v", err)
		}
	})
	it, err := parse(unhex(t, `bf 01 1a00000007 02 1b000000006553f100 03 1903e8 04 1803 05 09
		06 1818 07 7f 6145 625552 ff 08 08 09 bf 01 08 0203 ff 0a 6141 18ff d9d9f7 80 ff`))
	if err != nil {
		t.Fatal(err)
	}
	f := readFields("entry", it)
	got := readEntry(f)
	want := device.Entry{
		Number: 7, Time: time.Unix(1700000000, 0).UTC(), Uptime: 1000 * time.Second, Slot: 3, Kind: "kind 9",
		Price: &device.Money{Amount: 24, Currency: "EUR"}, Payment: "payment 8",
		Used: map[int]int64{1: 8, 2: 3}, Badge: "A",
	}
	if diff := cmp.Diff(want, got); diff != "" || f.fault() != nil {
		t.Errorf("entry (-want +got):\n%s%v", diff, f.fault())
	}
}

// Events that can't be are acknowledged by the reader all the same, and told nobody.
func TestEvents(t *testing.T) {
	alarm := func(code int, s device.Severity, text string) *device.Alarm {
		return &device.Alarm{Code: code, Severity: s, Text: text, Fix: newAlarm(code).Fix}
	}
	for octets, want := range map[string]device.Event{
		"a2 00 01 01 190412":             {Kind: device.EventJournal, Number: 1042},
		"a4 00 02 01 01 02 02 03 6178":   {Kind: device.EventAlarmRaised, Number: 1, Alarm: alarm(1, device.SeverityFault, "water empty")},
		"a4 00 02 01 1818 02 01 03 6178": {Kind: device.EventAlarmRaised, Number: 24, Alarm: alarm(24, device.SeverityWarning, "x")},
		"a2 00 03 01 0a":                 {Kind: device.EventAlarmCleared, Number: 10},
		"a2 00 04 01 05":                 {Kind: device.EventState, Number: 5, State: device.StateError},
		"a2 00 04 01 18c8":               {Kind: device.EventState, Number: 200, State: device.StateUnknown},
		"a2 00 05 01 03":                 {Kind: device.EventLevelLow, Number: 3},
		"bf 01 181f 6161 f7 00 1806 ff":  {Kind: device.EventSlotChanged, Number: 31},
	} {
		it, err := parse(unhex(t, octets))
		if err != nil {
			t.Fatal(err)
		}
		got, ok, err := readEvent(it)
		if diff := cmp.Diff(want, got); diff != "" || !ok || err != nil {
			t.Errorf("%s: %v, %v (-want +got):\n%s", octets, ok, err, diff)
		}
	}
	for _, octets := range []string{"a1 00 07", "a0", "a1 00 01", "a2 00 06 01 1820", "a2 00 01 01 6161", "01"} {
		it, err := parse(unhex(t, octets))
		if err != nil {
			t.Fatal(err)
		}
		if e, ok, err := readEvent(it); ok && err == nil {
			t.Errorf("%s is taken for %+v", octets, e)
		}
	}
}
