package coffee2900

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// player is a controller that speaks octets and waits for nothing.
type player struct {
	t   testing.TB
	m   *Machine
	s   splitter
	now time.Time

	seq    byte
	nonce  []byte
	events []dict // told since events were last taken; not acknowledged
}

// play makes a machine whose clock the player moves, and says HELLO and LOGIN to it.
func play(t testing.TB, o Options) *player {
	t.Helper()
	p := &player{t: t, now: time.Unix(1_000_000, 0)}
	o.Now = func() time.Time { return p.now }
	p.m = New(o)
	p.begin()
	return p
}

// begin is HELLO and LOGIN.
func (p *player) begin() {
	p.t.Helper()
	p.hello()
	if code := p.login("s3cret"); code != 0 {
		p.t.Fatalf("LOGIN: error %d", code)
	}
}

func (p *player) hello() dict {
	p.t.Helper()
	reply := p.good(opHello, pair{1, "test"}, pair{2, []any{1}})
	v, _ := reply.get(6)
	p.nonce = v.([]byte)
	return reply
}

// login returns the error code, 0 without any.
func (p *player) login(password string) uint64 {
	p.t.Helper()
	mac := hmac.New(sha256.New, []byte(password))
	mac.Write(append(bytes.Clone(p.nonce), "service"...))
	_, code, _ := p.ask(opLogin, pair{1, "service"}, pair{2, mac.Sum(nil)})
	return code
}

// talk sends octets and returns what is sent back at once.
func (p *player) talk(b []byte) []byte {
	for _, content := range p.s.push(b) {
		p.m.receive(content)
	}
	frames, _ := p.m.outgoing()
	return bytes.Join(frames, nil)
}

// exact holds the octets that come back for octets.
func (p *player) exact(request, want string) {
	p.t.Helper()
	if got, want := p.talk(unhex(p.t, request)), unhex(p.t, want); !bytes.Equal(got, want) {
		p.t.Errorf("% s\n got % x\nwant % x", request, got, want)
	}
}

// content is that of the first frame.
func (p *player) content(line []byte) []byte {
	p.t.Helper()
	var s splitter
	contents := s.push(line)
	if len(contents) == 0 {
		p.t.Fatalf("no frame in % x", line)
	}
	return contents[0]
}

// take keeps the events of what came back and returns the one reply among it, nil
// without any.
func (p *player) take(line []byte) (reply []byte) {
	p.t.Helper()
	var s splitter
	for _, content := range s.push(line) {
		if content[0] != typeEVT {
			if reply != nil {
				p.t.Errorf("two replies: % x", line)
			}
			reply = content
			continue
		}
		v, err := decode(content[2:])
		if err != nil {
			p.t.Fatalf("event % x: %v", content, err)
		}
		p.events = append(p.events, v.(dict))
		p.talk(wrap([]byte{typeACK, content[1]}))
	}
	return reply
}

// request is the frame of the next request.
func (p *player) request(op int, keys ...pair) []byte {
	p.seq++
	return wrap(append([]byte{typeREQ, p.seq}, encode(append(dict{{0, op}}, keys...))...))
}

// ask sends a request and reads its reply: the map, and of an ERR code and key 1.
func (p *player) ask(op int, keys ...pair) (reply dict, code, detail uint64) {
	p.t.Helper()
	got := p.take(p.talk(p.request(op, keys...)))
	if got == nil || got[1] != p.seq {
		p.t.Fatalf("operation %d: reply % x", op, got)
	}
	v, err := decode(got[2:])
	if err != nil {
		p.t.Fatalf("operation %d: reply % x: %v", op, got, err)
	}
	reply = v.(dict)
	if got[0] == typeERR {
		code, _ = uintArg(reply, 0)
		detail, _ = uintArg(reply, 1)
	}
	return reply, code, detail
}

// good is a request that is not refused; bad one that is refused with this code.
func (p *player) good(op int, keys ...pair) dict {
	p.t.Helper()
	reply, code, _ := p.ask(op, keys...)
	if code != 0 {
		p.t.Fatalf("operation %d %v: error %d", op, keys, code)
	}
	return reply
}

func (p *player) bad(want uint64, op int, keys ...pair) {
	p.t.Helper()
	if _, code, _ := p.ask(op, keys...); code != want {
		p.t.Errorf("operation %d %v: error %d, want %d", op, keys, code, want)
	}
}

// number is a number of a reply.
func (p *player) number(reply dict, key uint64) uint64 {
	p.t.Helper()
	n, ok := uintArg(reply, key)
	if !ok {
		p.t.Fatalf("key %d of %v is no number", key, reply)
	}
	return n
}

// told holds the events since the last time, in order.
func (p *player) told(want ...dict) {
	p.t.Helper()
	p.take(p.talk(nil))
	if diff := cmp.Diff(norm(want), norm(p.events)); diff != "" {
		p.t.Errorf("events (-want +got):\n%s", diff)
	}
	p.events = nil
}

// norm makes what tests write of what decode gives.
func norm(list []dict) []string {
	s := []string{}
	for _, d := range list {
		s = append(s, string(encode(d)))
	}
	return s
}
