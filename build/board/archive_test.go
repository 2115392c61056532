package board

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestArchive reads an archive as the kernel does: each entry a header of 110 bytes, the name, the content, aligned to four.
func TestArchive(t *testing.T) {
	var a archive
	a.console()
	a.add("etc/crema/crema.toml", 0o600, []byte("data = \"x\"\n"))
	a.add("etc/crema/odoo.key", 0o600, nil)
	a.end()
	var got []string
	for rest := a.Bytes(); len(rest) > 0; {
		if len(a.Bytes())%4 != 0 || string(rest[:6]) != "070701" {
			t.Fatalf("not an entry: %q", rest[:min(len(rest), 20)])
		}
		field := func(i int) int {
			n, err := strconv.ParseUint(string(rest[6+8*i:14+8*i]), 16, 32)
			if err != nil {
				t.Fatal(err)
			}
			return int(n)
		}
		name := string(rest[110 : 110+field(11)-1])
		content := (110 + field(11) + 3) &^ 3
		got = append(got, fmt.Sprintf("%s %o %q", name, field(1), rest[content:content+field(6)]))
		rest = rest[(content+field(6)+3)&^3:]
	}
	want := []string{`dev 40755 ""`, `dev/console 20600 ""`, `etc 40755 ""`, `etc/crema 40755 ""`, `etc/crema/crema.toml 100600 "data = \"x\"\n"`, `etc/crema/odoo.key 100600 ""`, `TRAILER!!! 0 ""`}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
