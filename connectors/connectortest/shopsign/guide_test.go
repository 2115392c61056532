package shopsign

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

const guide = "../../GUIDE.md"

// TestGuideCode: every block of Go in the guide stands in this package, word for word.
func TestGuideCode(t *testing.T) {
	code := words(sources(t, "*.go"))
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(read(t, guide), -1)
	if len(blocks) < 15 {
		t.Errorf("the guide has %d blocks of Go", len(blocks))
	}
	for _, b := range blocks {
		if !strings.Contains(code, words(b[1])) {
			t.Errorf("the guide has code that is not in this package:\n%s", b[1])
		}
	}
}

// TestGuideLinks: what the guide points at is there.
func TestGuideLinks(t *testing.T) {
	text := regexp.MustCompile("(?s)```.*?```").ReplaceAllString(read(t, guide), "")
	headings := strings.NewReplacer("'", "", " ", "-").Replace(strings.ToLower(text))
	for _, m := range regexp.MustCompile(`\]\(([^)]+)\)`).FindAllStringSubmatch(text, -1) {
		if heading, here := strings.CutPrefix(m[1], "#"); here {
			if !strings.Contains(headings, "#-"+heading+"\n") {
				t.Errorf("the guide has no heading %q", heading)
			}
			continue
		}
		if _, err := os.Stat(filepath.Join(filepath.Dir(guide), m[1])); err != nil {
			t.Error(err)
		}
	}
}

// TestGuideIsShort: an afternoon's work stays one.
func TestGuideIsShort(t *testing.T) {
	count := func(pattern string) (lines int) {
		for line := range strings.Lines(sources(t, pattern)) {
			if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "//") {
				lines++
			}
		}
		return lines
	}
	lines := count("*.go") - count("*_test.go")
	if lines < 300 || lines > 400 {
		t.Errorf("the example has %d lines of code", lines)
	}
}

// sources are the package's files of a pattern, one after the other.
func sources(t *testing.T, pattern string) string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, f := range files {
		all.WriteString(read(t, f))
	}
	return all.String()
}

func read(t *testing.T, file string) string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// words is a text without its spaces and line ends.
func words(s string) string { return strings.Join(strings.Fields(s), " ") }
