package table

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// What a file and a record of it may have. A cell may hold line ends, so a record may have
// many lines.
const (
	// MaxFile is the most that an imported file may have, in bytes.
	MaxFile = 10 << 20
	// MaxRecords is the most records that it may have.
	MaxRecords = 100_000
	maxRecord  = 64 << 10 // bytes
)

// row is a record of a file as it was read; Wrong is why it could not be.
type row struct {
	Line  int      `json:"line"`
	Cells []string `json:"cells,omitempty"`
	Wrong string   `json:"wrong,omitempty"`
}

// reader splits a CSV file into records. encoding/csv takes each apart; the reader keeps
// it from swallowing the rest of the file where a quote is missing.
type reader struct {
	src   *bufio.Reader
	comma rune
	width int // cells of a record
	line  int // the last one read from src
	again []line
}

// line is one line of the file with its end, and its number.
type line struct {
	text   string
	number int
	long   bool // too long: text is only its beginning
}

func newReader(src io.Reader) *reader {
	return &reader{src: bufio.NewReaderSize(&bounded{src: src, left: MaxFile}, maxRecord), comma: ','}
}

// bounded fails when there is more in src than may be.
type bounded struct {
	src  io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.src.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return 0, &FileError{Wrong: fmt.Sprintf("the file has more than %d MB", MaxFile>>20), Fix: "split it into several"}
	}
	return n, err
}

// next is the next line; io.EOF at the end.
func (r *reader) next() (line, error) {
	if len(r.again) > 0 {
		l := r.again[0]
		r.again = r.again[1:]
		return l, nil
	}
	text, err := r.src.ReadSlice('\n')
	if len(text) == 0 {
		return line{}, err
	}
	r.line++
	l := line{text: string(text), number: r.line}
	for errors.Is(err, bufio.ErrBufferFull) {
		l.long = true
		_, err = r.src.ReadSlice('\n')
	}
	if err != nil && err != io.EOF {
		return line{}, err
	}
	return l, nil
}

// record is the next record; io.EOF at the end. Blank lines are passed over. One that can't
// be taken apart is given with what is wrong; where it has several lines, a quote may be
// missing or too much, and it is its first line alone.
func (r *reader) record() (row, error) {
	for {
		first, err := r.next()
		if err != nil {
			return row{}, err
		}
		if strings.Trim(first.text, "\r\n") == "" {
			continue
		}
		if first.long {
			return row{Line: first.number, Wrong: fmt.Sprintf("the line has more than %d kB; is a quote or a line end missing? It begins with: %s", maxRecord>>10, beginning(first.text))}, nil
		}
		text, rest, err := r.whole(first)
		if err != nil {
			return row{}, err
		}
		cells, wrong := r.split(text)
		if wrong == errQuote && len(rest) > 0 {
			r.again = append(rest, r.again...)
			text = first.text
		}
		if wrong != "" {
			return row{Line: first.number, Wrong: wrong + ". It begins with: " + beginning(text)}, nil
		}
		return row{Line: first.number, Cells: cells}, nil
	}
}

// whole adds lines to the first one of a record until no quote is open; rest are those.
func (r *reader) whole(first line) (text string, rest []line, err error) {
	var b strings.Builder
	b.WriteString(first.text)
	for open := strings.Count(first.text, `"`)%2 == 1; open; {
		l, err := r.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return "", nil, err
		}
		rest = append(rest, l)
		if l.long || b.Len()+len(l.text) > maxRecord {
			break
		}
		b.WriteString(l.text)
		open = strings.Count(l.text, `"`)%2 == 0
	}
	return b.String(), rest, nil
}

const errQuote = `a quote " is missing or too much: put the whole cell into quotes, and write each quote in it twice`

// split takes a record apart, or says what is wrong with it.
func (r *reader) split(text string) (cells []string, wrong string) {
	c := csv.NewReader(strings.NewReader(text))
	c.Comma, c.FieldsPerRecord = r.comma, -1
	cells, err := c.Read()
	if err != nil {
		return nil, errQuote
	}
	if _, err := c.Read(); err != io.EOF { // the quotes of two lines made up for each other
		return nil, errQuote
	}
	switch { // not before: the lines may be of several records yet
	case !utf8.ValidString(text):
		return nil, "it is not UTF-8: save the file as CSV UTF-8"
	case strings.ContainsRune(text, 0):
		return nil, "it holds a zero byte, which no text has"
	}
	for r.width > 0 && len(cells) > r.width && cells[len(cells)-1] == "" {
		cells = cells[:len(cells)-1] // spreadsheets leave empty cells behind
	}
	if r.width > 0 && len(cells) != r.width {
		return nil, fmt.Sprintf("it has %d cells, and the first line of the file %d", len(cells), r.width)
	}
	for i, cell := range cells {
		cells[i] = unguarded(strings.TrimSpace(cell))
	}
	return cells, ""
}

// beginning is as much of a text as is worth showing.
func beginning(text string) string {
	text = strings.ToValidUTF8(strings.TrimRight(text, "\r\n"), "\uFFFD")
	if shown := []rune(text); len(shown) > 80 {
		return string(shown[:80]) + "…"
	}
	return text
}

var byteOrderMark = []byte("\xEF\xBB\xBF")

// header reads the first line: what separates the cells, and the columns.
func (r *reader) header(t Table) (columns []string, err error) {
	if mark, _ := r.src.Peek(len(byteOrderMark)); bytes.Equal(mark, byteOrderMark) {
		_, _ = r.src.Discard(len(byteOrderMark)) // they are there
	}
	first, err := r.next()
	if err == io.EOF {
		return nil, &FileError{Wrong: "the file is empty", Fix: "its first line must have the columns: " + strings.Join(t.names(false), ",")}
	}
	if err != nil {
		return nil, err
	}
	if r.comma = ','; strings.Count(first.text, ";") > strings.Count(first.text, ",") {
		r.comma = ';'
	}
	r.again = append(r.again, first)
	head, err := r.record()
	if err == io.EOF {
		return nil, &FileError{Line: 1, Wrong: "the file is empty", Fix: "its first line must have the columns: " + strings.Join(t.names(false), ",")}
	}
	if err != nil {
		return nil, err
	}
	if head.Wrong != "" {
		return nil, &FileError{Line: head.Line, Wrong: "this is no CSV file: " + head.Wrong, Fix: "save it as CSV UTF-8, with the columns " + strings.Join(t.names(false), ",")}
	}
	r.width = len(head.Cells)
	return columnsOf(t, head)
}

// columnsOf says which column each cell of a record is.
func columnsOf(t Table, head row) (columns []string, err error) {
	bad := func(format string, args ...any) error {
		return &FileError{Line: head.Line, Wrong: fmt.Sprintf(format, args...), Fix: fmt.Sprintf("%s has the columns %s", t.Name, strings.Join(t.names(true), ", "))}
	}
	seen := map[string]bool{}
	for _, cell := range head.Cells {
		name := strings.ToLower(cell)
		_, known := t.column(name)
		switch {
		case name == "":
			return nil, bad("a column has no name")
		case seen[name]:
			return nil, bad("the column %q is there twice", name)
		case !known && name != lineColumn && name != errorColumn:
			return nil, bad("there is no column %q", beginning(name))
		}
		seen[name] = true
		columns = append(columns, name)
	}
	for _, c := range t.Columns {
		if c.Required && !seen[c.Name] {
			return nil, bad("the column %q is missing", c.Name)
		}
	}
	return columns, nil
}
