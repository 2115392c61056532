package coffee2900

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// stuffed is a frame around octets that needn't be a good one, its FCS right.
func stuffed(content []byte) []byte {
	sum := ^fcs(fcsStart, content)
	b := appendStuffed([]byte{flag}, content)
	return append(appendStuffed(b, []byte{byte(sum), byte(sum >> 8)}), flag)
}

func TestFCSOfRFC1662(t *testing.T) {
	// The check value of CRC-16/X-25, which is this FCS.
	if got := ^fcs(fcsStart, []byte("123456789")); got != 0x906E {
		t.Errorf("FCS of 123456789 = %04x, want 906e", got)
	}
}

func TestFramesAreDropped(t *testing.T) {
	good := appendFrame(nil, frame{typeRES, 7, []byte{0xA0}})
	long := make([]byte, frameMax-2)
	for name, c := range map[string]struct {
		stream []byte
		want   int // good frames in it
	}{
		"a good one":                     {good, 1},
		"noise before it":                {append([]byte("noise"), good...), 1},
		"half of one before it":          {append(slices.Clone(good[:4]), good...), 1},
		"a shared flag":                  {append(slices.Clone(good), good[1:]...), 2},
		"many flags":                     {append(bytes.Repeat([]byte{flag}, 9), good...), 1},
		"no flag at its beginning":       {good[1:], 0},
		"no flag at its end":             {good[:len(good)-1], 0},
		"a wrong FCS":                    {append(append(slices.Clone(good[:3]), good[3]^1), good[4:]...), 0},
		"three octets":                   {stuffed([]byte{1}), 0},
		"type and seq":                   {stuffed([]byte{4, 9}), 1},
		"1,100 octets":                   {stuffed(long), 1},
		"1,101 octets":                   {stuffed(append(long, 0)), 0},
		"a long one, then a good one":    {append(stuffed(make([]byte, 5000)), good[1:]...), 1},
		"ended by 7D 7E":                 {append(append(slices.Clone(good[:len(good)-1]), escape), good...), 1},
		"only 7D between flags":          {[]byte{flag, escape, flag}, 0},
		"an octet escaped without need":  {unnecessary(good), 1},
		"an endless one without a flag":  {make([]byte, 1<<20), 0},
		"an endless one of escapes only": {bytes.Repeat([]byte{escape}, 1<<20), 0},
	} {
		for _, chunk := range []int{1, 2, 7, 1 << 20} {
			var d deframer
			got := 0
			for part := range slices.Chunk(c.stream, chunk) {
				d.feed(part, func(frame) { got++ })
			}
			if got != c.want {
				t.Errorf("%s, in parts of %d: %d frames, want %d", name, chunk, got, c.want)
			}
		}
	}
}

// unnecessary escapes a frame's first octet, which RFC 1662 allows.
func unnecessary(good []byte) []byte {
	return slices.Concat(good[:1], []byte{escape, good[1] ^ toggle}, good[2:])
}

// Whatever is lost or spoiled, the next frame between two flags of its own is found.
func TestResynchronisation(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 0))
	var d deframer
	for n := range 5000 {
		noise := make([]byte, rng.IntN(40))
		for i := range noise {
			noise[i] = []byte{flag, escape, 0, byte(rng.Uint32())}[rng.IntN(4)]
		}
		d.feed(noise, func(frame) {})
		want := frame{typeRES, byte(n), []byte(fmt.Sprint(n))}
		found := false
		d.feed(appendFrame(nil, want), func(f frame) {
			found = found || f.seq == want.seq && bytes.Equal(f.payload, want.payload)
		})
		if !found {
			t.Fatalf("frame %d was not found after % x", n, noise)
		}
	}
}

// FuzzDeframer: no stream makes it panic or give what has no right check, and what it
// gives goes on the line and comes back as it is.
func FuzzDeframer(f *testing.F) {
	f.Add(appendFrame(nil, frame{typeEVT, 9, []byte{0xA1, 0x00, 0x7D}}))
	f.Add(stuffed(bytes.Repeat([]byte{0x7E}, 1098)))
	f.Add([]byte{flag, escape, flag, 1, 2, 3, 4, flag})
	f.Fuzz(func(t *testing.T, stream []byte) {
		for _, got := range frames(stream) {
			if len(got.payload) > frameMax-frameMin {
				t.Fatalf("a payload of %d octets", len(got.payload))
			}
			again := frames(appendFrame(nil, got))
			if len(again) != 1 || again[0].typ != got.typ || again[0].seq != got.seq || !bytes.Equal(again[0].payload, got.payload) {
				t.Fatalf("%x came back as %x", got, again)
			}
		}
		// In front of a good frame, a stream costs nothing.
		last := frame{typeACK, 0x7D, []byte("end")}
		all := frames(append(slices.Clone(stream), appendFrame(nil, last)...))
		if len(all) == 0 || !bytes.Equal(all[len(all)-1].payload, last.payload) {
			t.Fatalf("after % x, the next frame is not found", stream)
		}
	})
}
