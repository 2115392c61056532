package coffee2900

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"slices"
	"time"
)

// The frame types.
const (
	typeREQ = 1
	typeRES = 2
	typeEVT = 3
	typeACK = 4
	typeERR = 5
)

const (
	repliesKept     = 8
	requestsWaiting = 4
)

// session is what HELLO begins.
type session struct {
	begun    bool
	nonce    []byte
	loggedIn bool
	served   []byte  // the content of the frame that was served last
	replies  []reply // the last eight, oldest first
	eventSeq byte
	events   []*event
}

// reply is one that was made; its request waits for it until due.
type reply struct {
	seq   byte
	frame []byte
	due   time.Time
	wait  bool
}

// lockout counts the wrong logins in a row.
type lockout struct {
	wrong int
	until time.Time
}

const (
	wrongMost   = 5
	lockoutTime = 60 * time.Second
)

func randomNonce(b []byte) { rand.Read(b) }

// receive takes the content of a frame.
func (m *Machine) receive(content []byte) {
	defer m.act()()
	seq, payload := content[1], content[2:]
	switch content[0] {
	case typeACK:
		m.session.acked(seq)
	case typeREQ:
		m.request(content, seq, payload)
	}
}

// request serves a REQ: from memory, or by doing it.
func (m *Machine) request(content []byte, seq byte, payload []byte) {
	v, err := decode(payload)
	body, isMap := v.(dict)
	op, isOp := uintArg(body, 0)
	hello := err == nil && isMap && isOp && op == opHello

	s := &m.session
	known := slices.IndexFunc(s.replies, func(r reply) bool { return r.seq == seq })
	if hello && !bytes.Equal(content, s.served) {
		known = -1
	}
	if known >= 0 {
		s.served = bytes.Clone(content)
		if r := &s.replies[known]; !r.wait {
			r.wait, r.due = true, m.o.Now()
		}
		return
	}
	waiting := 0
	for _, r := range s.replies {
		if r.wait {
			waiting++
		}
	}
	if waiting == requestsWaiting {
		return // a fifth
	}

	var good, bad dict
	if err != nil || !isMap {
		bad = failure(errBadCBOR)
	} else if !isOp {
		bad = failure(errUnknown)
	} else {
		good, bad = m.execute(op, body)
	}
	typ, answer := byte(typeRES), good
	if bad != nil {
		typ, answer = typeERR, bad
	}
	var delay time.Duration
	if m.o.Delay != nil {
		delay = m.o.Delay(op)
	}
	s = &m.session // HELLO made a new one
	s.served = bytes.Clone(content)
	s.replies = slices.DeleteFunc(s.replies, func(r reply) bool { return r.seq == seq })
	s.replies = append(s.replies, reply{
		seq:   seq,
		frame: wrap(append([]byte{typ, seq}, encode(answer)...)),
		due:   m.o.Now().Add(delay),
		wait:  true,
	})
	// The oldest goes, but none that was not sent yet.
	for i := 0; len(s.replies) > repliesKept && i < len(s.replies); i++ {
		if !s.replies[i].wait {
			s.replies = slices.Delete(s.replies, i, i+1)
			break
		}
	}
	m.log.Debug("served", "op", op, "seq", seq, "type", typ)
}

// hello begins a session.
func (m *Machine) hello(body dict) (reply, refusal dict) {
	_, isName := textArg(body, 1)
	v, _ := body.get(2)
	versions, isList := v.([]any)
	for _, v := range versions {
		_, is := v.(uint64)
		isList = isList && is
	}
	if !isName || !isList {
		return nil, failure(errArgument)
	}
	if !slices.Contains(versions, any(uint64(1))) {
		return nil, failure(errVersion)
	}
	nonce := make([]byte, 16)
	m.o.Nonce(nonce)
	m.session = session{begun: true, nonce: nonce}
	return dict{
		{1, m.model}, {2, m.kept.Serial}, {3, m.kept.Firmware}, {4, 1}, {5, m.kept.Boot},
		{6, nonce}, {7, len(m.kept.Slots)}, {8, m.unix()},
	}, nil
}

// login checks user and proof.
func (m *Machine) login(body dict) (reply, refusal dict) {
	user, isUser := textArg(body, 1)
	v, _ := body.get(2)
	proof, isProof := v.([]byte)
	if !isUser || !isProof {
		return nil, failure(errArgument)
	}
	now, l := m.o.Now(), &m.lockout
	if l.wrong >= wrongMost {
		if left := l.until.Sub(now); left > 0 {
			return nil, append(failure(errLockedOut), pair{1, int((left + time.Second - 1) / time.Second)})
		}
		*l = lockout{}
	}
	mac := hmac.New(sha256.New, []byte(m.o.Password))
	mac.Write(m.session.nonce)
	mac.Write([]byte(user))
	if m.session.nonce == nil || user != m.o.User || !hmac.Equal(proof, mac.Sum(nil)) {
		if l.wrong++; l.wrong == wrongMost {
			l.until = now.Add(lockoutTime)
		}
		return nil, failure(errLogin)
	}
	*l = lockout{}
	m.session.loggedIn = true
	return dict{{1, "service"}}, nil
}
