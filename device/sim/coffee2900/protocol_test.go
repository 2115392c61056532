package coffee2900

import (
	"bytes"
	"testing"
	"time"
)

// Of several errors the first of 1, 2, 18, 3 and the operation's own is told.
func TestErrorPrecedence(t *testing.T) {
	p := play(t, Options{})
	raw := func(want byte, payload string) {
		t.Helper()
		p.seq++
		got := p.content(p.talk(wrap(append([]byte{typeREQ, p.seq}, unhex(t, payload)...))))
		if got[0] != typeERR || !bytes.Equal(got[2:], []byte{0xA1, 0x00, want}) {
			t.Errorf("%q is answered with % x, want error %d", payload, got, want)
		}
	}
	p.m.Restart() // no login
	for _, c := range []struct {
		want    byte
		payload string
	}{
		{1, ""}, {1, "80"}, {1, "03"}, {1, "a1"}, {1, "a10003ff"}, {1, "a10003a0"},
		{1, "a2 0003 0003"}, {1, "a2 0003 180003"}, {1, "a2 0004 01 a2 0101 0102"},
		{1, "a1 00 63ffffff"}, {1, "a1 0018"}, {1, "ff"},
		{2, "a0"}, {2, "a1 0000"}, {2, "a1 000f"}, {2, "a1 00 6161"}, {2, "a1 0103"}, {2, "a1 00 1bffffffffffffffff"},
		{18, "a1 0004"}, {18, "a2 0004 01 6161"}, {18, "a1 0006"}, {18, "a3 0007 0100 0240"},
		{3, "a1 0001"}, {3, "a3 0001 0101 0281 01"}, {3, "a3 0001 01 6161 02 01"}, {3, "a3 0001 01 6161 02 81 6161"},
		{9, "a3 0001 01 6161 02 80"}, {9, "a3 0001 01 6161 02 82 02 03"},
		{3, "a1 0002"}, {3, "a3 0002 01 6161 02 6161"}, {3, "a3 0002 01 4161 02 4161"},
	} {
		raw(c.want, c.payload)
	}
	p.begin()
	for _, payload := range []string{
		"a1 0004", "a2 0004 01 1820", "a2 0004 01 6161", "a2 0004 01 20", "a2 0004 01 f6",
		"a2 0007 0100", "a3 0007 0100 02 47 00000000000000", "a3 0007 01 1820 02 48 0000000000000000",
		"a2 0008 0101", "a3 0008 0100 0201", "a3 0008 0101 0200", "a3 0008 0101 0211",
		"a1 0009", "a2 0009 0101", "a2 0009 01 f4",
		"a1 000b", "a2 000b 0100", "a2 000b 010f", "a1 000c", "a2 000c 01 f6", "a2 000c 01 20",
		"a1 000d", "a2 000d 0101", "a2 0005 0100", "a3 0005 0100 02 f4", "a2 0005 0201",
	} {
		raw(3, payload)
	}
	// What is unknown is ignored; any well-formed form will do.
	for _, payload := range []string{
		"bf 00 1b0000000000000004 01 1800 ff", "a4 0004 0100 1863 fb3ff199999999999a 6161 c074",
		"a3 0004 0100 1863 9f 5f 4100 ff ff",
	} {
		p.seq++
		got := p.take(p.talk(wrap(append([]byte{typeREQ, p.seq}, unhex(t, payload)...))))
		if payload[:2] == "a4" {
			if got[0] != typeERR { // c074 is cut off
				t.Errorf("%q is answered with % x", payload, got)
			}
		} else if got[0] != typeRES {
			t.Errorf("%q is answered with % x", payload, got)
		}
	}
}

// Frames that no manual knows are dropped in silence.
func TestFramesThatAreDropped(t *testing.T) {
	p := play(t, Options{})
	status := p.request(opStatus)
	for name, line := range map[string][]byte{
		"a wrong FCS":         append(append(bytes.Clone(status[:4]), status[4]^1), status[5:]...),
		"three octets":        wrap([]byte{typeREQ}),
		"over 1,100 octets":   wrap(append([]byte{typeREQ, 1, 0xA1, 0x00, 0x59, 0x08, 0x00}, make([]byte, 2048)...)),
		"ended by 7D 7E":      append(append(bytes.Clone(status[:len(status)-1]), 0x7D), 0x7E),
		"a reply":             wrap([]byte{typeRES, 9, 0xA0}),
		"an event":            wrap([]byte{typeEVT, 9, 0xA1, 0x00, 0x01}),
		"an error":            wrap([]byte{typeERR, 9, 0xA1, 0x00, 0x01}),
		"a type of its own":   wrap([]byte{77, 9}),
		"an ACK of no event":  wrap([]byte{typeACK, 200}),
		"no frame":            []byte("ATZ\r\n"),
		"flags":               bytes.Repeat([]byte{0x7E}, 10),
		"an endless sequence": make([]byte, 1<<20),
	} {
		if got := p.talk(line); len(got) != 0 {
			t.Errorf("%s is answered with % x", name, got)
		}
	}
	if got := p.talk(append([]byte{0x7E}, status...)); len(got) == 0 {
		t.Error("a good one after it is not answered")
	}
	// 1,100 octets are no more than a frame can hold.
	full := []byte{typeREQ, 250, 0xA2, 0x00, 0x03, 0x18, 0x63, 0x59, 0x04, 0x40}
	full = append(full, make([]byte, 1088)...)
	if got := p.talk(wrap(full)); len(full)+2 != 1100 || len(got) == 0 {
		t.Errorf("a frame of %d octets is not answered", len(full)+2)
	}
}

// A repeated request is answered from memory, by seq alone; the last eight replies are
// kept.
func TestRepeatedRequests(t *testing.T) {
	p := play(t, Options{})
	brew := p.request(opBrew, pair{1, 0}, pair{2, []byte("token001")})
	first := p.talk(brew)
	reply := p.take(first)
	p.told(dict{{0, evJournal}, {1, 1}})
	if again := p.talk(brew); !bytes.Equal(p.content(again), reply) {
		t.Errorf("repeated: % x, want % x", again, reply)
	}
	// By seq alone: another request under the same seq gets the same reply.
	other := wrap(append([]byte{typeREQ, p.seq}, encode(dict{{0, opLock}, {1, true}})...))
	if again := p.talk(other); !bytes.Equal(p.content(again), reply) || p.m.Truth().Locked {
		t.Errorf("another request with its seq: % x, locked %v", again, p.m.Truth().Locked)
	}
	brewed := p.seq
	for range 7 {
		p.good(opStatus)
	}
	if again := p.talk(brew); !bytes.Equal(p.content(again), reply) {
		t.Errorf("after seven others: % x, want % x", again, reply)
	}
	p.good(opStatus)
	lock := wrap(append([]byte{typeREQ, brewed}, encode(dict{{0, opLock}, {1, true}})...))
	if again := p.take(p.talk(lock)); again[0] != typeRES || !p.m.Truth().Locked {
		t.Errorf("after eight others the seq is free: % x, locked %v", again, p.m.Truth().Locked)
	}
	if n := len(p.m.Truth().Cups); n != 1 {
		t.Errorf("%d cups", n)
	}
	// Errors are remembered like others.
	bad := p.request(opSlotRead, pair{1, 99})
	if a, b := p.talk(bad), p.talk(bad); !bytes.Equal(a, b) {
		t.Errorf("an error repeated: % x, then % x", a, b)
	}
}

// HELLO is a repeat only where it is the very frame that was served last.
func TestHelloBeginsAnew(t *testing.T) {
	p := play(t, Options{})
	hello := p.request(opHello, pair{1, "test"}, pair{2, []any{1}})
	first, again := p.talk(hello), p.talk(hello)
	if !bytes.Equal(first, again) {
		t.Errorf("the same HELLO: % x, then % x", first, again)
	}
	p.bad(errNoLogin, opLevels) // it forgot the login
	third := p.talk(hello)
	if bytes.Equal(first, third) {
		t.Error("the same HELLO after another request is a repeat")
	}
	p.seq++
	other := p.talk(wrap(append([]byte{typeREQ, p.seq}, encode(dict{{0, opHello}, {1, "test"}, {2, []any{2, 1}}})...)))
	if bytes.Equal(p.content(other)[2:], p.content(third)[2:]) {
		t.Error("another HELLO gets the nonce of the one before")
	}
	// Whatever its seq: one that is in memory too.
	p.hello()
	used := p.seq
	p.good(opStatus)
	got := p.take(p.talk(wrap(append([]byte{typeREQ, used + 1}, encode(dict{{0, opHello}, {1, "x"}, {2, []any{1}}})...))))
	if v, _ := decode(got[2:]); len(v.(dict)) != 8 {
		t.Errorf("HELLO with the seq of a STATUS: %v", v)
	}
	// A refused one begins nothing.
	p.begin()
	p.bad(errVersion, opHello, pair{1, "x"}, pair{2, []any{7}})
	p.good(opLevels)
}

// Up to four requests wait for their replies, which come in any order; a fifth is
// dropped, and one that is repeated while it waits is answered once.
func TestRequestsThatWait(t *testing.T) {
	slow := false
	p := play(t, Options{Delay: func(op uint64) time.Duration {
		if !slow {
			return 0
		}
		return time.Duration(20-op) * time.Millisecond
	}})
	slow = true
	var sent [][]byte
	for _, op := range []int{opSlotList, opLevels, opCounters, opStatus} {
		sent = append(sent, p.request(op))
	}
	fifth := p.request(opLock, pair{1, true})
	for _, b := range append(sent, fifth, sent[0], sent[3]) {
		if got := p.talk(b); len(got) != 0 {
			t.Fatalf("answered at once: % x", got)
		}
	}
	if p.m.Truth().Locked {
		t.Error("the fifth was executed")
	}
	var order []byte
	for range 30 {
		p.now = p.now.Add(time.Millisecond)
		if got := p.take(p.talk(nil)); got != nil {
			order = append(order, got[1])
		}
	}
	first := p.seq - 4
	if want := []byte{first + 2, first + 1, first, first + 3}; !bytes.Equal(order, want) {
		t.Errorf("replies in the order % x, want % x", order, want)
	}
	if got := p.talk(fifth); len(got) != 0 || !p.m.Truth().Locked {
		t.Errorf("the fifth, later: % x, locked %v", got, p.m.Truth().Locked)
	}
}

// The fifth wrong login still gets 16, later ones 17, right or not; power-off forgets.
func TestLockout(t *testing.T) {
	p := play(t, Options{})
	wrong := func(want uint64) {
		t.Helper()
		if code := p.login("wrong"); code != want {
			t.Errorf("a wrong login: error %d, want %d", code, want)
		}
	}
	for range 4 {
		wrong(errLogin)
	}
	if code := p.login("s3cret"); code != 0 {
		t.Fatalf("the right one after four wrong ones: error %d", code)
	}
	for range 5 {
		wrong(errLogin)
	}
	p.now = p.now.Add(1500 * time.Millisecond)
	_, code, wait := p.ask(opLogin, pair{1, "service"}, pair{2, make([]byte, 32)})
	if code != errLockedOut || wait != 59 {
		t.Errorf("the sixth: error %d, %d s", code, wait)
	}
	p.hello() // no way round it
	if code := p.login("s3cret"); code != errLockedOut {
		t.Errorf("the right one, locked out: error %d", code)
	}
	p.now = p.now.Add(59 * time.Second)
	if code := p.login("s3cret"); code != 0 {
		t.Errorf("the right one after 60 s: error %d", code)
	}
	for range 5 {
		wrong(errLogin)
	}
	p.m.Restart()
	p.begin()
	// The nonce is gone with the power, and another user is as wrong.
	p.m.Restart()
	if code := p.login("s3cret"); code != errLogin {
		t.Errorf("LOGIN without HELLO: error %d", code)
	}
	p.hello()
	if _, code, _ := p.ask(opLogin, pair{1, "root"}, pair{2, make([]byte, 32)}); code != errLogin {
		t.Errorf("another user: error %d", code)
	}
}

// Events come from HELLO on, four at most wait for their ACK, each is sent six times.
func TestEvents(t *testing.T) {
	p := play(t, Options{})
	p.m.Restart()
	p.m.Alarm(12, true) // before HELLO: nobody hears
	if got := p.talk(nil); len(got) != 0 {
		t.Errorf("before HELLO: % x", got)
	}
	p.hello()
	for code := 10; code <= 12; code++ {
		p.m.Alarm(code, true)
	}
	p.m.Alarm(14, true)
	p.m.Alarm(6, true) // and its state: a fifth and a sixth
	sent := p.talk(nil)
	var s splitter
	contents := s.push(sent)
	if len(contents) != 4 {
		t.Fatalf("%d events, want 4: % x", len(contents), sent)
	}
	for n, c := range contents {
		if c[0] != typeEVT || c[1] != byte(n) {
			t.Errorf("event %d is % x", n, c)
		}
	}
	p.talk(wrap([]byte{typeACK, 1}))
	times := 1
	for range 100 {
		p.now = p.now.Add(100 * time.Millisecond)
		again := p.talk(nil)
		if len(again) == 0 {
			continue
		}
		times++
		if got := s.push(again); len(got) != 3 || got[0][1] != 0 || got[1][1] != 2 {
			t.Errorf("again: % x", again)
		}
	}
	if times != 6 {
		t.Errorf("sent %d times, want 6", times)
	}
	// HELLO drops those that wait and begins at 0.
	p.m.Alarm(6, false)
	p.hello()
	p.m.Alarm(7, true)
	if got := s.push(p.talk(nil)); len(got) != 2 || got[0][1] != 0 || got[1][1] != 1 {
		t.Errorf("after HELLO: % x", got)
	}
}
