package coffee2900

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
)

// describe is an item in RFC 8949's diagnostic notation, by the readers that the driver
// has; "-" where none of them takes it.
func describe(it item) string {
	if n, ok := it.uint(); ok {
		return fmt.Sprint(n)
	}
	if n, ok := it.signed(); ok {
		return fmt.Sprint(n)
	}
	if b, ok := it.boolean(); ok {
		return fmt.Sprint(b)
	}
	if it.null() {
		return "null"
	}
	if b, ok := it.bytes(); ok {
		return fmt.Sprintf("h'%x'", b)
	}
	if s, ok := it.text(); ok {
		var b bytes.Buffer
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		e.Encode(s)
		return strings.TrimSpace(b.String())
	}
	if members, ok := it.array(); ok {
		var list []string
		for member := range members {
			list = append(list, describe(member))
		}
		return "[" + strings.Join(list, ", ") + "]"
	}
	if members, ok := it.fields(); ok {
		var list []string
		for k, v := range members {
			list = append(list, describe(k)+": "+describe(v))
		}
		return "{" + strings.Join(list, ", ") + "}"
	}
	return "-"
}

// lines is a testdata file without its comments.
func lines(t testing.TB, name string) []string {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for line := range strings.Lines(string(b)) {
		if line = strings.TrimSuffix(line, "\n"); !strings.HasPrefix(line, "#") {
			list = append(list, line)
		}
	}
	return list
}

func TestRFC8949AppendixA(t *testing.T) {
	for _, line := range lines(t, "rfc8949-a.tsv") {
		octets, want, _ := strings.Cut(line, "\t")
		it, err := parse(unhex(t, octets))
		if err != nil {
			t.Errorf("%s: %v", octets, err)
			continue
		}
		if got := describe(it); got != want {
			t.Errorf("%s reads %s, want %s", octets, got, want)
		}
	}
}

func TestRFC8949AppendixF(t *testing.T) {
	for _, octets := range strings.Fields(strings.Join(lines(t, "rfc8949-f.txt"), " ")) {
		if it, err := parse(unhex(t, octets)); err == nil {
			t.Errorf("%s is taken for %s", octets, describe(it))
		}
		// Nor is it well-formed as the value of an unknown key.
		if _, err := parse(append([]byte{0xA1, 0x18, 0x63}, unhex(t, octets)...)); err == nil {
			t.Errorf("%s is taken as a value", octets)
		}
	}
}

// TestDeterministicEncoding: of Appendix A, what the driver writes is as it stands there.
func TestDeterministicEncoding(t *testing.T) {
	for want, got := range map[string][]byte{
		"17":                 appendUint(nil, 23),
		"1818":               appendUint(nil, 24),
		"18ff":               appendUint(nil, 255),
		"190100":             appendUint(nil, 256),
		"19ffff":             appendUint(nil, 1<<16-1),
		"1a000f4240":         appendUint(nil, 1_000_000),
		"1b000000e8d4a51000": appendUint(nil, 1_000_000_000_000),
		"1bffffffffffffffff": appendUint(nil, 1<<64-1),
		"64f0908591":         appendText(nil, "𐅑"),
		"4401020304":         appendBytes(nil, []byte{1, 2, 3, 4}),
		"f5":                 appendBool(nil, true),
		"f4":                 appendBool(nil, false),
	} {
		if !bytes.Equal(got, unhex(t, want)) {
			t.Errorf("encoded %x, want %s", got, want)
		}
	}
	r := newRequest(opSlotWrite).uint(1, 31).uint(2, 256).text(3, "é").uint(4, 230).text(5, "EUR").bool(6, false).uintMap(7, 85, 40, 0, 930)
	want := "a8 0005 01181f 02190100 0362c3a9 0418e6 0563455552 06f4 07a4 011855 021828 0300 041903a2"
	if !bytes.Equal(r.body, unhex(t, want)) {
		t.Errorf("SLOT.WRITE is % x, want %s", r.body, want)
	}
}

func TestParseRefuses(t *testing.T) {
	deep := append(bytes.Repeat([]byte{0x81}, depthMax+1), 0)
	for name, c := range map[string]struct {
		octets []byte
		want   error
	}{
		"nothing":                          {nil, errShort},
		"octets left over":                 {unhex(t, "a000"), errLeftOver},
		"a key twice":                      {unhex(t, "a2 0001 0002"), errTwice},
		"a key twice, in two lengths":      {unhex(t, "a2 0501 1a0000000502"), errTwice},
		"a high key twice":                 {unhex(t, "a2 186401 19006402"), errTwice},
		"a text key twice, once in chunks": {unhex(t, "a2 626162 01 7f61616162ff 02"), errTwice},
		"a negative key twice":             {unhex(t, "a2 2001 380002"), errTwice},
		"a key twice, far inside":          {unhex(t, "a1 18c8 81 a2 0101 0101"), errTwice},
		"a key twice, indefinite":          {unhex(t, "bf 0001 0002 ff"), errTwice},
		"a text that is no UTF-8":          {unhex(t, "61ff"), errText},
		"a chunk that is no UTF-8":         {unhex(t, "7f 61c3 61a9 ff"), errText},
		"too deep":                         {deep, errDeep},
		"too deep, in tags":                {append(bytes.Repeat([]byte{0xC1}, depthMax+1), 0), errDeep},
		"too long":                         {append(unhex(t, "590800"), make([]byte, 2048)...), errLong},
		"a list of 2^64 − 1":               {unhex(t, "9bffffffffffffffff 00"), errShort},
		"a map of 2^63":                    {unhex(t, "bb8000000000000000 0000"), errShort},
		"a string of 2^63 − 1":             {unhex(t, "5b7fffffffffffffff 00"), errShort},
	} {
		if _, err := parse(c.octets); !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
	if _, err := parse(deep[1:]); err != nil {
		t.Errorf("%d levels: %v", depthMax, err)
	}
}

// FuzzParse: no octets make the codec panic, and what is taken reads the same after it
// was written again in the shortest form.
func FuzzParse(f *testing.F) {
	for _, line := range lines(f, "rfc8949-a.tsv") {
		octets, _, _ := strings.Cut(line, "\t")
		f.Add(unhex(f, octets))
	}
	for _, octets := range strings.Fields(strings.Join(lines(f, "rfc8949-f.txt"), " ")) {
		f.Add(unhex(f, octets))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		it, err := parse(b)
		if err != nil {
			return
		}
		if rest := skip(it); len(rest) != 0 {
			t.Fatalf("%x: skip leaves %x, check nothing", b, rest)
		}
		short := shortest(nil, it)
		again, err := parse(short)
		if err != nil { // it may be longer: a head with a count of 256 takes one octet more than a head and a break without
			t.Fatalf("%x became %x: %v", b, short, err)
		}
		if describe(it) != describe(again) {
			t.Fatalf("%x reads %s, written again %s", b, describe(it), describe(again))
		}
	})
}

// shortest writes an item again with every head as short as it can be.
func shortest(dst []byte, it item) []byte {
	if members, ok := it.array(); ok {
		var list [][]byte
		for m := range members {
			list = append(list, shortest(nil, m))
		}
		return append(appendHead(dst, majorArray, uint64(len(list))), bytes.Join(list, nil)...)
	}
	if members, ok := it.fields(); ok {
		var list [][]byte
		for k, v := range members {
			list = append(list, shortest(shortest(nil, k), v))
		}
		return append(appendHead(dst, majorMap, uint64(len(list))), bytes.Join(list, nil)...)
	}
	return appendCanonical(dst, it)
}
