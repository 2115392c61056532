package figures

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

const (
	status = "Name:\tcrema\nVmPeak:\t  999999 kB\nVmRSS:\t   42500 kB\nRssAnon:\t   19200 kB\nRssFile:\t   23300 kB\n"
	stat   = "1234 (cre ) ma) S 1 1234 1234 0 -1 4194560 9 8 7 6 150 25 3 4 20 0 9 0 5555 1 2 3\n"
	counts = "rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: 5\nwrite_bytes: 98304\ncancelled_write_bytes: 7\n"
)

func TestParse(t *testing.T) {
	p, err := Parse(status, stat, counts)
	if want := (Process{Resident: 42500 << 10, Own: 19200 << 10, CPU: 1750 * time.Millisecond, Written: 98304}); err != nil || p != want {
		t.Errorf("Parse = %+v, %v; want %+v", p, err, want)
	}
	for name, text := range map[string][3]string{
		"no memory":      {"", stat, counts},
		"memory in text": {"VmRSS: much kB\nRssAnon: 1 kB\n", stat, counts},
		"no bytes":       {status, stat, "wchar: 2\n"},
		"a short stat":   {status, "1 (a) S 1", counts},
		"times in text":  {status, "1 (a) S 1 2 3 4 5 6 7 8 9 10 x y 13", counts},
	} {
		if p, err := Parse(text[0], text[1], text[2]); err == nil {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

func TestOf(t *testing.T) {
	before, err := Of(os.Getpid())
	if err != nil {
		t.Skipf("this kernel does not tell: %v", err)
	}
	if before.Own <= 0 || before.Resident < before.Own {
		t.Errorf("memory of this program: %+v", before)
	}
	if err := os.WriteFile(filepath.Join(t.TempDir(), "file"), make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	after, err := Of(os.Getpid())
	if err != nil || after.Written < before.Written || after.CPU < before.CPU {
		t.Errorf("then %+v, %v, after %+v", after, err, before)
	}
	if _, err := Of(-1); err == nil {
		t.Error("a program that does not exist has figures")
	}
}
