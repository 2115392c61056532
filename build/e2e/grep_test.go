package e2e

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// needles are secrets by what they are.
type needles map[string]string

// found names the secrets that stand in a text, and the form in which they do. It shares nothing with what hides
// them. How often something was quoted does not matter: no backslash is looked at.
func (n needles) found(text []byte) (what []string) {
	bare := func(s string) string { return strings.ReplaceAll(s, `\`, "") }
	texts := []string{bare(string(text))}
	if unescaped := html.UnescapeString(string(text)); unescaped != string(text) {
		texts = append(texts, bare(unescaped))
	}
	for name, secret := range n {
		for _, line := range strings.Split(secret, "\n") {
			if len(line) < 8 || strings.HasPrefix(line, "-----") {
				continue
			}
			quoted, _ := json.Marshal(line)
			forms := map[string]string{
				"in clear": line, "as JSON": string(quoted[1 : len(quoted)-1]),
				"in a query": url.QueryEscape(line), "in a path": url.PathEscape(line),
				"as hex": hex.EncodeToString([]byte(line)), "as HEX": strings.ToUpper(hex.EncodeToString([]byte(line))),
			}
			for before := range 3 {
				// The digits that are its own alone, whatever stands beside it.
				coded := base64.StdEncoding.EncodeToString([]byte("\x00\x00\x00"[:before] + line + "\x00\x00\x00"))
				own := coded[4 : len(line)/3*4-4]
				forms["as base64, behind "+"..."[:before]] = own
				forms["as base64url, behind "+"..."[:before]] = strings.NewReplacer("+", "-", "/", "_").Replace(own)
			}
			for form, look := range forms {
				if slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(text, bare(look)) }) {
					what = append(what, name+" "+form)
				}
			}
		}
	}
	slices.Sort(what)
	return slices.Compact(what)
}

// The search finds what it is there for: each secret in each form, in the midst of a line of a log.
func TestSearchFindsSecrets(t *testing.T) {
	t.Parallel()
	const secret = `q9/+"<longer than it must be>&`
	n := needles{"it": secret, "a key": "-----BEGIN KEY-----\nc29tZSBvZiB0aGUga2V5\n-----END KEY-----\n"}
	for _, c := range []struct{ form, planted string }{
		{"it in clear", secret}, {"it in clear", fmt.Sprintf("%q", secret)}, {"it in clear", fmt.Sprintf("%q", fmt.Sprintf("%q", secret))}, {"it in clear", html.EscapeString(secret)},
		{"it as JSON", `q9/+\"\u003clonger than it must be\u003e\u0026`}, {"it as JSON", fmt.Sprintf("%q", `q9/+\"\u003clonger than it must be\u003e\u0026`)},
		{"it in a query", url.QueryEscape(secret)}, {"it in a path", url.PathEscape(secret)}, {"it as hex", fmt.Sprintf("%x", secret)}, {"it as HEX", fmt.Sprintf("%X", secret)},
		{"it as base64, behind ", base64.StdEncoding.EncodeToString([]byte(secret))}, {"it as base64, behind .", base64.StdEncoding.EncodeToString([]byte("u" + secret))},
		{"it as base64, behind ..", base64.StdEncoding.EncodeToString([]byte("user:" + secret + "!"))}, {"it as base64url, behind ", base64.RawURLEncoding.EncodeToString([]byte(secret))},
		{"a key in clear", "c29tZSBvZiB0aGUga2V5"},
	} {
		if got := n.found([]byte("time=now level=DEBUG msg=\"sent " + c.planted + "\" to=there\n")); !slices.Contains(got, c.form) {
			t.Errorf("%q is not found as %s but as %q", c.planted, c.form, got)
		}
	}
	if got := n.found([]byte("time=now level=INFO msg=\"a key of it is longer than it must be\"\n-----BEGIN KEY-----")); len(got) > 0 {
		t.Errorf("where there is no secret %q is found", got)
	}
}

// haystack is what a board wrote and said, by where.
type haystack map[string][]byte

// say notes what was said at a place, behind what was said there before.
func (h haystack) say(place string, text ...string) {
	h[place] = append(h[place], strings.Join(text, "\n")...)
}

// keep notes all files below a directory, but for those with these names. A running board writes some under another name first, and puts
// them in their places meanwhile: then all are noted once more.
func (h haystack) keep(t *testing.T, dir string, but ...string) {
	t.Helper()
	for tries := 1; ; tries++ {
		err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
			if err != nil || e.IsDir() || slices.Contains(but, e.Name()) {
				return err
			}
			text, err := os.ReadFile(path)
			if err == nil {
				h[path] = text
			}
			return err
		})
		if err == nil {
			return
		}
		if !errors.Is(err, fs.ErrNotExist) || tries == 10 {
			t.Fatalf("the files below %s: %v", dir, err)
		}
	}
}

// without reports each secret that is found anywhere.
func (h haystack) without(t *testing.T, n needles) {
	t.Helper()
	for place, text := range h {
		for _, what := range n.found(text) {
			t.Errorf("%s has %s", place, what)
		}
	}
}
