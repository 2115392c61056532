package store_test

import (
	"bytes"
	"cmp"
	"math"
	"strings"
	"testing"
	"time"

	"crema/store"
)

// holds proves of two keys: each comes back, and their encodings compare as they do.
func holds[K any](t *testing.T, key store.Key[K], a, b K, want int) {
	t.Helper()
	ea, eb := key.Encode(nil, a), key.Encode([]byte("before"), b)
	eb, ok := bytes.CutPrefix(eb, []byte("before"))
	if !ok {
		t.Fatalf("Encode(%v) did not append", b)
	}
	if got := bytes.Compare(ea, eb); got != want {
		t.Errorf("%v ↔ %v: encodings %x ↔ %x compare as %d, want %d", a, b, ea, eb, got, want)
	}
	back, err := key.Decode(ea)
	if err != nil {
		t.Errorf("Decode(%x) of %v: %v", ea, a, err)
	} else if again := key.Encode(nil, back); !bytes.Equal(again, ea) {
		t.Errorf("%v came back as %v", a, back)
	}
}

func TestNumbersKeepTheirOrder(t *testing.T) {
	us := []uint64{0, 1, 2, 0xFF, 0x100, math.MaxInt64, math.MaxInt64 + 1, math.MaxUint64}
	for _, a := range us {
		for _, b := range us {
			holds(t, store.Uint64Key(), a, b, cmp.Compare(a, b))
		}
	}
	is := []int64{math.MinInt64, -256, -255, -1, 0, 1, 255, 256, math.MaxInt64}
	for _, a := range is {
		for _, b := range is {
			holds(t, store.Int64Key(), a, b, cmp.Compare(a, b))
			holds(t, store.Int64KeyOf[time.Duration](), time.Duration(a), time.Duration(b), cmp.Compare(a, b))
		}
	}
}

// What could be confused: ends, escapes, and what follows them.
var awkward = []string{"", "\x00", "\x00\x00", "\x00\xFF", "\x00\x01", "\x01", "a", "a\x00", "a\x00\x00", "a\x00\xFF", "a\x00b", "ab", "a\xFF", "\xFF", "\xFF\xFF"}

func TestTuplesKeepTheirOrder(t *testing.T) {
	pair := store.PairKey(store.StringKey(), store.StringKey())
	swapped := store.PairKey(store.Int64Key(), store.StringKey())
	triple := store.TripleKey(store.StringKey(), store.Uint64Key(), store.StringKey())
	nested := store.PairKey(pair, store.StringKey())
	for _, a1 := range awkward {
		for _, a2 := range awkward {
			for _, b1 := range awkward {
				for _, b2 := range awkward {
					a, b := store.Pair[string, string]{A: a1, B: a2}, store.Pair[string, string]{A: b1, B: b2}
					want := cmp.Or(strings.Compare(a1, b1), strings.Compare(a2, b2))
					holds(t, pair, a, b, want)
					n, m := int64(len(a1))-1, int64(len(b1))-1
					holds(t, swapped, store.Pair[int64, string]{A: n, B: a2}, store.Pair[int64, string]{A: m, B: b2},
						cmp.Or(cmp.Compare(n, m), strings.Compare(a2, b2)))
					holds(t, triple, store.Triple[string, uint64, string]{A: a1, B: uint64(len(a2)), C: a2},
						store.Triple[string, uint64, string]{A: b1, B: uint64(len(b2)), C: b2},
						cmp.Or(strings.Compare(a1, b1), cmp.Compare(len(a2), len(b2)), strings.Compare(a2, b2)))
					holds(t, nested, store.Pair[store.Pair[string, string], string]{A: a, B: b1},
						store.Pair[store.Pair[string, string], string]{A: b, B: b1}, want)
				}
			}
		}
	}
}

func TestLeadingFindsWholePartsOnly(t *testing.T) {
	key := store.PairKey(store.StringKey(), store.Uint64Key())
	for _, lead := range awkward {
		for _, s := range awkward {
			encoded := key.Encode(nil, store.Pair[string, uint64]{A: s, B: 0})
			if got := bytes.HasPrefix(encoded, store.Leading(store.StringKey(), lead)); got != (s == lead) {
				t.Errorf("Leading(%q) is a prefix of {%q, 0}: %v", lead, s, got)
			}
		}
	}
}

func TestKeysNobodyMadeAreRefused(t *testing.T) {
	pair := store.PairKey(store.StringKey(), store.Uint64Key())
	for name, b := range map[string]string{
		"nothing": "", "no end": "abc", "half an end": "abc\x00", "bad escape": "a\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00",
		"short number": "a\x00\x001234567", "long": "a\x00\x00123456789",
	} {
		if k, err := pair.Decode([]byte(b)); err == nil {
			t.Errorf("%s: decoded as %v", name, k)
		}
	}
	for _, b := range []string{"", "1234567", "123456789"} {
		if _, err := store.Uint64Key().Decode([]byte(b)); err == nil {
			t.Errorf("uint64 of %q was decoded", b)
		}
		if _, err := store.Int64Key().Decode([]byte(b)); err == nil {
			t.Errorf("int64 of %q was decoded", b)
		}
	}
}

func FuzzTupleOrder(f *testing.F) {
	f.Add("a", uint64(1), "b", "a\x00", uint64(0), "")
	f.Add("\x00\xFF", uint64(math.MaxUint64), "\xFF", "\x00", uint64(0), "\x00")
	key := store.TripleKey(store.StringKey(), store.Uint64Key(), store.StringKey())
	f.Fuzz(func(t *testing.T, a1 string, a2 uint64, a3, b1 string, b2 uint64, b3 string) {
		holds(t, key, store.Triple[string, uint64, string]{A: a1, B: a2, C: a3}, store.Triple[string, uint64, string]{A: b1, B: b2, C: b3},
			cmp.Or(strings.Compare(a1, b1), cmp.Compare(a2, b2), strings.Compare(a3, b3)))
	})
}

func FuzzTupleDecode(f *testing.F) {
	key := store.TripleKey(store.StringKey(), store.Int64Key(), store.PairKey(store.StringKey(), store.Uint64Key()))
	f.Add(key.Encode(nil, store.Triple[string, int64, store.Pair[string, uint64]]{A: "a\x00b", B: -1, C: store.Pair[string, uint64]{A: "\x00", B: 7}}))
	f.Fuzz(func(t *testing.T, b []byte) {
		k, err := key.Decode(b)
		if err != nil {
			return
		}
		if again := key.Encode(nil, k); !bytes.Equal(again, b) {
			t.Errorf("%x was decoded as %v, whose encoding is %x", b, k, again)
		}
	})
}
