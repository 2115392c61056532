package coffee2900

import (
	"bytes"
	"fmt"
	"os"
	"strings"
	"testing"
)

// describe is v in RFC 8949's diagnostic notation; "-" for what the machine doesn't use.
func describe(v any) string {
	switch v := v.(type) {
	case uint64, bool:
		return fmt.Sprint(v)
	case negative:
		if v == 1<<64-1 {
			return "-" // the RFC's −2^64, which no Go integer holds
		}
		return fmt.Sprint(-1 - int64(v))
	case nil:
		return "null"
	case []byte:
		return fmt.Sprintf("h'%x'", v)
	case string:
		return `"` + strings.NewReplacer(`"`, `\"`, `\`, `\\`).Replace(v) + `"`
	case []any:
		var list []string
		for _, member := range v {
			list = append(list, describe(member))
		}
		return "[" + strings.Join(list, ", ") + "]"
	case dict:
		var list []string
		for _, p := range v {
			list = append(list, describe(p.key)+": "+describe(p.value))
		}
		return "{" + strings.Join(list, ", ") + "}"
	default:
		return "-"
	}
}

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

func TestRFC8949(t *testing.T) {
	for _, line := range lines(t, "rfc8949-a.tsv") {
		octets, want, _ := strings.Cut(line, "\t")
		b := unhex(t, octets)
		v, err := decode(b)
		if err != nil || describe(v) != want {
			t.Errorf("%s reads %s, %v; want %s", octets, describe(v), err, want)
			continue
		}
		// The appendix has its numbers in the shortest form; indefinite lengths become
		// definite, and so shorter or as long.
		if again := encode(v); len(again) > len(b) || b[0]&31 != 31 && !strings.Contains(octets, "9f") && !strings.Contains(octets, "bf") && !bytes.Equal(again, b) {
			t.Errorf("%s written again: %x", octets, again)
		}
	}
	for _, octets := range strings.Fields(strings.Join(lines(t, "rfc8949-f.txt"), " ")) {
		if v, err := decode(unhex(t, octets)); err == nil {
			t.Errorf("%s is taken for %s", octets, describe(v))
		}
	}
	for _, bad := range []string{"a2 0001 0002", "a2 0001 180002", "a2 6161 00 7f 6161 ff 00", "61ff", "0000", strings.Repeat("81", 20) + "00"} {
		if v, err := decode(unhex(t, bad)); err == nil {
			t.Errorf("%s is taken for %s", bad, describe(v))
		}
	}
}

// FuzzReceive: no octets upset a machine, whatever frame they are in.
func FuzzReceive(f *testing.F) {
	for op := range 16 {
		f.Add(encode(dict{{0, op}, {1, 1}, {2, []byte("token001")}}))
		f.Add(encode(dict{{0, op}, {1, "test"}, {2, []any{1}}, {3, "name"}, {7, dict{{1, 1}, {2, 2}, {3, 3}, {4, 4}}}}))
	}
	f.Fuzz(func(t *testing.T, payload []byte) {
		p := play(t, Options{})
		p.talk(payload)
		if len(payload) <= payloadMost {
			p.talk(wrap(append([]byte{typeREQ, 77}, payload...)))
		}
		if v, err := decode(payload); err == nil {
			again, err := decode(encode(v))
			if err != nil || describe(again) != describe(v) {
				t.Fatalf("%x: %s came back as %s, %v", payload, describe(v), describe(again), err)
			}
		}
		p.begin()
		p.good(opStatus)
	})
}
