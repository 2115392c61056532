package coffee2900

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"crema/device/sim"
)

// unhex reads octets as the manual prints them.
func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.Join(strings.Fields(s), ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestManualConversation plays the manual's section 3 to a machine that is in the state
// that the examples tell of, octet for octet.
func TestManualConversation(t *testing.T) {
	m := New(Options{Nonce: func(b []byte) {
		for i := range b {
			b[i] = byte(i)
		}
	}})
	for range 16 {
		m.Restart() // to boot count 0x11
	}
	m.SetJournalNext(1042)
	p := &player{t: t, m: m}
	p.exact("7e 01 00 a3 00 01 01 65 63 72 65 6d 61 02 81 01 0b 96 7e",
		`7e 02 00 a8 01 64 32 39 30 30 02 69 32 39 2d 30 30 30 37 33 31 03 65 34 2e 32 2e 30 04 01 05 11
		 06 50 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 07 18 20 08 f6 1c 26 7e`)
	login := p.content(p.talk(unhex(t,
		`7e 01 01 a3 00 02 01 67 73 65 72 76 69 63 65 02 58 20 37 fe 7b 99 97 1f 70 92 56 a2 5b f9 ce 88
		 50 9e b0 d6 9d b3 1b 19 ac 68 3e af ca 61 3d 15 28 68 a5 08 7e`)))
	if login[0] != typeRES {
		t.Fatalf("the manual's LOGIN is answered with % x", login)
	}
	status := p.content(p.talk(unhex(t, "7e 01 7d 5d a1 00 03 69 72 7e")))
	if status[0] != typeRES || status[1] != 0x7D {
		t.Errorf("the manual's STATUS is answered with % x", status)
	}
	slot := p.content(p.talk(unhex(t, "7e 01 7d 5e a2 00 04 01 00 f3 69 7e")))
	if slot[0] != typeRES || slot[1] != 0x7E {
		t.Errorf("the manual's SLOT.READ is answered with % x", slot)
	}
	m.session.eventSeq = 9
	if _, err := m.Buy(sim.Order{Slot: 0}); err != nil {
		t.Fatal(err)
	}
	if got, want := p.talk(nil), unhex(t, "7e 03 09 a2 00 01 01 19 04 12 41 43 7e"); !bytes.Equal(got, want) {
		t.Errorf("event: % x, want % x", got, want)
	}
	p.talk(unhex(t, "7e 04 09 e6 f5 7e"))
	if n := len(m.session.events); n != 0 {
		t.Errorf("%d events wait after the manual's ACK", n)
	}
}

// TestManualFrames holds this package's frame codec to every example, both ways.
func TestManualFrames(t *testing.T) {
	for _, line := range []string{
		"7e 01 00 a3 00 01 01 65 63 72 65 6d 61 02 81 01 0b 96 7e",
		"7e 01 7d 5d a1 00 03 69 72 7e",
		"7e 01 7d 5e a2 00 04 01 00 f3 69 7e",
		"7e 03 09 a2 00 01 01 19 04 12 41 43 7e",
		"7e 04 09 e6 f5 7e",
	} {
		var s splitter
		contents := s.push(unhex(t, line))
		if len(contents) != 1 {
			t.Fatalf("%s: %d frames", line, len(contents))
		}
		if diff := cmp.Diff(unhex(t, line), wrap(contents[0])); diff != "" {
			t.Errorf("%s: wrapped again (-want +got):\n%s", line, diff)
		}
	}
}
