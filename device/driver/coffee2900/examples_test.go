package coffee2900

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
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

// frames is every good frame of a stream, its payload copied.
func frames(stream []byte) []frame {
	var d deframer
	var list []frame
	d.feed(stream, func(f frame) {
		f.payload = bytes.Clone(f.payload)
		list = append(list, f)
	})
	return list
}

// TestManualExamples holds every example of the manual's section 3, both ways.
func TestManualExamples(t *testing.T) {
	nonce := unhex(t, "000102030405060708090a0b0c0d0e0f")
	for _, c := range []struct {
		name, line string
		want       frame
	}{
		{
			"HELLO, seq 0", "7e 01 00 a3 00 01 01 65 63 72 65 6d 61 02 81 01 0b 96 7e",
			frame{typeREQ, 0, newRequest(opHello).text(1, "crema").uints(2, 1).body},
		},
		{
			"its reply",
			`7e 02 00 a8 01 64 32 39 30 30 02 69 32 39 2d 30 30 30 37 33 31 03 65 34 2e 32 2e 30 04 01 05 11
			 06 50 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 07 18 20 08 f6 1c 26 7e`,
			frame{typeRES, 0, unhex(t, "a8 01 64 32393030 02 69 32392d303030373331 03 65 342e322e30 04 01 05 11 06 50 000102030405060708090a0b0c0d0e0f 07 1820 08 f6")},
		},
		{
			"LOGIN, seq 1",
			`7e 01 01 a3 00 02 01 67 73 65 72 76 69 63 65 02 58 20 37 fe 7b 99 97 1f 70 92 56 a2 5b f9 ce 88
			 50 9e b0 d6 9d b3 1b 19 ac 68 3e af ca 61 3d 15 28 68 a5 08 7e`,
			frame{typeREQ, 1, newRequest(opLogin).text(1, "service").bytes(2, loginProof("s3cret", nonce, "service")).body},
		},
		{"STATUS, seq 7D", "7e 01 7d 5d a1 00 03 69 72 7e", frame{typeREQ, 0x7D, newRequest(opStatus).body}},
		{"SLOT.READ of slot 0, seq 7E", "7e 01 7d 5e a2 00 04 01 00 f3 69 7e", frame{typeREQ, 0x7E, newRequest(opSlotRead).uint(1, 0).body}},
		{"EVT journal 1042, seq 9", "7e 03 09 a2 00 01 01 19 04 12 41 43 7e", frame{typeEVT, 9, unhex(t, "a2 00 01 01 19 0412")}},
		{"its ACK", "7e 04 09 e6 f5 7e", frame{typeACK, 9, nil}},
	} {
		line := unhex(t, c.line)
		if got := appendFrame(nil, c.want); !bytes.Equal(got, line) {
			t.Errorf("%s: encoded % x, want % x", c.name, got, line)
		}
		got := frames(line)
		if len(got) != 1 || got[0].typ != c.want.typ || got[0].seq != c.want.seq || !bytes.Equal(got[0].payload, c.want.payload) {
			t.Errorf("%s: decoded %x, want %x", c.name, got, c.want)
		}
	}
}

// TestManualHelloReply reads the manual's reply to HELLO as Connect does.
func TestManualHelloReply(t *testing.T) {
	m, err := parse(unhex(t, "a8 01 64 32393030 02 69 32392d303030373331 03 65 342e322e30 04 01 05 11 06 50 000102030405060708090a0b0c0d0e0f 07 1820 08 f6"))
	if err != nil {
		t.Fatal(err)
	}
	f := readFields("HELLO", m)
	got := []any{f.text(1), f.text(2), f.text(3), f.uint(4, 9), f.uint(5, 99), f.uint(7, slotsMax), f.time(8).IsZero()}
	want := []any{"2900", "29-000731", "4.2.0", uint64(1), uint64(17), uint64(32), true}
	if diff := cmp.Diff(want, got); diff != "" || f.fault() != nil {
		t.Errorf("HELLO's reply (-want +got):\n%s%v", diff, f.fault())
	}
}
