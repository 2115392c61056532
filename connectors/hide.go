package connectors

import (
	"cmp"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// leastHidden is how long a secret is at least that is looked for, in bytes: one of three letters would be
// found in many words, and told by those that are missing.
const leastHidden = 4

// mostHeard bounds what is kept of a text, in bytes.
const mostHeard = 4096

// hidden stands where a secret was.
const hidden = "[secret]"

// Hide makes a text that another system had a say in fit to be kept and shown: each of the secrets, as it is and
// as base64, hexadecimal digits, a part of a URL or of JSON, or quotes have it, becomes "[secret]"; control
// characters but line ends and tabs become spaces; of more than 4096 bytes the rest is cut off. A system that repeats what was
// sent, as some do when they refuse it, is taken care of by that; one that wants to give a secret away
// finds another form. Secrets of less than 4 bytes are not looked for.
func Hide(text string, secrets ...string) string {
	var pairs []string
	for _, form := range forms(secrets) {
		pairs = append(pairs, form, hidden)
	}
	text = strings.NewReplacer(pairs...).Replace(strings.ToValidUTF8(text, "\uFFFD"))
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return ' '
		}
		return r
	}, text)
	if len(text) <= mostHeard {
		return text
	}
	end := mostHeard
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}

// HideIn gives err another text, by [Hide]; nil, and an error whose text stays, come back as they are. What is
// in err is found as before, and has its own text: hide where a text comes in.
func HideIn(err error, secrets ...string) error {
	if err == nil {
		return nil
	}
	text := Hide(err.Error(), secrets...)
	if text == err.Error() {
		return err
	}
	return &hiddenError{text, err}
}

type hiddenError struct {
	text string
	err  error
}

func (e *hiddenError) Error() string { return e.text }

func (e *hiddenError) Unwrap() error { return e.err }

// forms are the ways in which secrets may stand in a text, the longest first, so that none hides a part of another.
// Of one with many lines each line counts, but for the head and the foot of a key.
func forms(secrets []string) []string {
	var all []string
	for _, s := range secrets {
		for line := range strings.Lines(s) {
			line = strings.TrimRight(line, "\r\n")
			if len(line) >= leastHidden && !strings.HasPrefix(line, "-----") {
				all = append(all, formsOf(line)...)
			}
		}
	}
	slices.SortFunc(all, func(a, b string) int { return cmp.Or(len(b)-len(a), strings.Compare(a, b)) })
	return slices.Compact(all)
}

func formsOf(secret string) []string {
	quoted, _ := json.Marshal(secret) // a string can always be
	digits := hex.EncodeToString([]byte(secret))
	all := []string{secret, string(quoted[1 : len(quoted)-1]), url.QueryEscape(secret), url.PathEscape(secret), digits, strings.ToUpper(digits)}
	for _, encoding := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		// Behind other text it may begin with any octet of three: the digits that it shares with what is
		// before and behind it are left out.
		for shift := range 3 {
			coded := encoding.EncodeToString([]byte("xx"[:shift] + secret))
			end := (len(secret) + shift) * 8 / 6
			if begin := (shift*8 + 5) / 6; end-begin >= leastHidden {
				all = append(all, coded[begin:end])
			}
		}
	}
	for _, form := range all { // as errors print what they quote
		quoted := strconv.Quote(form)
		all = append(all, quoted[1:len(quoted)-1])
	}
	return all
}
