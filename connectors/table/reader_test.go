package table

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var readTable = Table{Name: "t", Columns: []Column{{Name: "a", Required: true}, {Name: "b"}}}

// readAll gives the records of a file, as "line: cells", or what is wrong with them.
func readAll(text string) (list []string, err error) {
	r := newReader(strings.NewReader(text))
	if _, err := r.header(readTable); err != nil {
		return nil, err
	}
	for {
		row, err := r.record()
		if err == io.EOF {
			return list, nil
		}
		if err != nil {
			return list, err
		}
		if row.Wrong != "" {
			wrong, _, _ := strings.Cut(row.Wrong, ":")
			list = append(list, fmt.Sprintf("%d: wrong: %s", row.Line, wrong))
			continue
		}
		list = append(list, fmt.Sprintf("%d: %q", row.Line, row.Cells))
	}
}

func TestReader(t *testing.T) {
	const quote = `wrong: a quote " is missing or too much`
	for name, c := range map[string]struct {
		text string
		want []string
	}{
		"commas":              {"a,b\n1,2\n", []string{`2: ["1" "2"]`}},
		"semicolons":          {"a;b\n1,5;2\n", []string{`2: ["1,5" "2"]`}},
		"a mark":              {"\xEF\xBB\xBFa,b\n1,2", []string{`2: ["1" "2"]`}},
		"CR LF":               {"a,b\r\n1,\"x\r\ny\"\r\n3,4\r\n", []string{`2: ["1" "x\ny"]`, `4: ["3" "4"]`}},
		"another order":       {"B , A\n1,2\n", []string{`2: ["1" "2"]`}},
		"blank lines":         {"\na,b\n\n1,2\n\n\n3,4\n", []string{`4: ["1" "2"]`, `7: ["3" "4"]`}},
		"space":               {"a,b\n 1 ,\t2\n", []string{`2: ["1" "2"]`}},
		"empty ones behind":   {"a,b\n1,2,,\n", []string{`2: ["1" "2"]`}},
		"too few":             {"a,b\n1\n3,4\n", []string{`2: wrong: it has 1 cells, and the first line of the file 2. It begins with`, `3: ["3" "4"]`}},
		"too many":            {"a,b\n1,2,3\n", []string{`2: wrong: it has 3 cells, and the first line of the file 2. It begins with`}},
		"quotes":              {"a,b\n\"x\"\"y\",\"1;2\"\n", []string{`2: ["x\"y" "1;2"]`}},
		"an apostrophe":       {"a,b\n'=1,'x\n", []string{`2: ["=1" "'x"]`}},
		"never closed":        {"a,b\n\"1,2\n3,4\n5,6\n", []string{"2: " + quote, `3: ["3" "4"]`, `4: ["5" "6"]`}},
		"closed much later":   {"a,b\n\"1,2\n3,4\n5,\"6\"\n\"7\n7\",8\n", []string{"2: " + quote, `3: ["3" "4"]`, `4: ["5" "6"]`, `5: ["7\n7" "8"]`}},
		"in the middle":       {"a,b\n5\" cup,x\n3,4\n5\" cup,y\n", []string{"2: " + quote, `3: ["3" "4"]`, "4: " + quote}},
		"a pair in two lines": {"a,b\n5\" cup,x\n7\" cup,y\n3,4\n", []string{"2: " + quote, "3: " + quote, `4: ["3" "4"]`}},
	} {
		got, err := readAll(c.text)
		if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
			t.Errorf("%s: %v (-want +got):\n%s", name, err, diff)
		}
	}
}

// A file of quotes alone costs no more than its length.
func TestReaderIsNotSlowedDown(t *testing.T) {
	text := "a,b\n" + strings.Repeat("\"x\n", 200_000)
	r := newReader(strings.NewReader(text))
	if _, err := r.header(readTable); err != nil {
		t.Fatal(err)
	}
	n, most := 0, 0
	for ; ; n++ {
		if _, err := r.record(); err == io.EOF {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		most = max(most, len(r.again))
	}
	if n != 200_000 || most > 2 {
		t.Errorf("%d records, up to %d lines read again", n, most)
	}
}

func TestGuardedCells(t *testing.T) {
	for cell, want := range map[string]string{
		"": "", "x": "x", "=1+1": "'=1+1", "+41 79": "'+41 79", "-x": "'-x", "@SUM(A1)": "'@SUM(A1)", "\t=1": "'\t=1", "\r=1": "'\r=1",
		"-5": "-5", "+1.50": "+1.50", "-1,5": "-1,5", "-5-5": "'-5-5", "'": "'", "'x": "'x", "'=x": "''=x", "'-5": "''-5", "a=1": "a=1",
	} {
		if got := guarded(cell); got != want || unguarded(got) != cell {
			t.Errorf("%q is exported as %q, want %q; read back it is %q", cell, got, want, unguarded(got))
		}
	}
	if unguarded("'-5") != "-5" { // as a person would write it
		t.Error("an apostrophe before a number is not taken off")
	}
}

// Whatever is in a file, each of its lines is in one record or none, by rising number, and
// what an export wrote is read back as it was.
func FuzzReader(f *testing.F) {
	for _, seed := range []string{"a,b\n1,2\n", "a;b\n\"1\n\";2\n", "a,b\n\"1,2\n3,4\n", "a,b\n5\" x,2\n\"3\n", "\xEF\xBB\xBFa,b\r\n'=1,\x00\r\n", "a,b\n\xff,2\n\"\"\"\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := newReader(strings.NewReader(text))
		if _, err := r.header(readTable); err != nil {
			if _, ok := errors.AsType[*FileError](err); !ok {
				t.Fatalf("%v is no FileError", err)
			}
			return
		}
		var out strings.Builder
		w := newWriter(&out)
		w.row([]string{"a", "b"})
		var want [][]string
		for last := 1; ; {
			row, err := r.record()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if row.Line <= last || row.Line > 1+strings.Count(text, "\n") {
				t.Fatalf("line %d after %d", row.Line, last)
			}
			last = row.Line
			if row.Wrong == "" {
				if len(row.Cells) != r.width {
					t.Fatalf("%q has not %d cells", row.Cells, r.width)
				}
				if r.width == 2 {
					want = append(want, append([]string(nil), row.Cells...))
					w.row(row.Cells)
				}
			}
		}
		if err := w.end(t.Context()); err != nil {
			t.Fatal(err)
		}
		again := newReader(strings.NewReader(out.String()))
		if _, err := again.header(readTable); err != nil {
			t.Fatal(err)
		}
		for _, cells := range want {
			if strings.ContainsRune(strings.Join(cells, ""), '\r') { // encoding/csv reads CR LF in a cell as LF
				return
			}
			row, err := again.record()
			if err == nil && row.Wrong == "" && strings.Join(cells, "") == "" {
				continue
			}
			if diff := cmp.Diff(cells, row.Cells); err != nil || diff != "" {
				t.Fatalf("%v %s (-want +got):\n%s", err, row.Wrong, diff)
			}
		}
	})
}
