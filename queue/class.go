package queue

import (
	"errors"
	"strings"
	"unicode"
)

const maxClass = 120 // bytes

// classOfError is the class that an error of the chain names by a method ErrorClass() string, or else that of its text.
func classOfError(err error) (class string) {
	defer func() {
		if recover() != nil { // a method that panics names nothing
			class = classOf(err.Error())
		}
	}()
	var named interface{ ErrorClass() string }
	if errors.As(err, &named) {
		if name := strings.TrimSpace(named.ErrorClass()); name != "" {
			return cutClass(name)
		}
	}
	return classOf(err.Error())
}

// classOf is an error's text without what varies from one time to the next: errors of one class have one cause. Of its first line, what
// stands in quotes becomes "…"; words with a digit, an @ or :// in them (numbers, ids, addresses, times) become #. Codes of a protocol
// stay: the number after HTTP, status, code or errno tells one cause from another.
func classOf(text string) string {
	text, _, _ = strings.Cut(text, "\n")
	var words []string
	for _, word := range strings.Fields(unquoted(text)) {
		bare := strings.TrimRight(word, ":,.;!?)]}")
		end := word[len(bare):]
		open := bare[:len(bare)-len(strings.TrimLeft(bare, "([{"))]
		bare = bare[len(open):]
		if varies(bare) && !(len(words) > 0 && isCode(words[len(words)-1], bare)) {
			if strings.ContainsAny(bare, "])}") { // [fe80::1]:80
				open = ""
			}
			bare = "#"
		}
		word = open + bare + end
		if word == "#" && len(words) > 0 && words[len(words)-1] == "#" {
			continue
		}
		words = append(words, word)
	}
	return cutClass(strings.Join(words, " "))
}

func cutClass(s string) string {
	if len(s) <= maxClass {
		return strings.ToValidUTF8(s, "�")
	}
	return shortenTo(s, maxClass-len("…"))
}

// unquoted replaces what stands between quotes by an ellipsis. An apostrophe inside a word is none.
func unquoted(text string) string {
	closing := map[rune]rune{'"': '"', '\'': '\'', '`': '`', '“': '”', '„': '“', '«': '»', '‘': '’'}
	var b strings.Builder
	runes := []rune(text)
	for i := 0; i < len(runes); i++ {
		end, ok := closing[runes[i]]
		if ok && runes[i] == '\'' && i > 0 && isWord(runes[i-1]) {
			ok = false
		}
		if ok {
			if j := closes(runes, i+1, end); j > 0 {
				b.WriteString(`"…"`)
				i = j
				continue
			}
		}
		b.WriteRune(runes[i])
	}
	return b.String()
}

// closes finds the end of a quotation, or 0.
func closes(runes []rune, from int, end rune) int {
	for i := from; i < len(runes); i++ {
		switch {
		case runes[i] == '\\':
			i++
		case runes[i] == end && !(end == '\'' && i+1 < len(runes) && isWord(runes[i+1])):
			return i
		}
	}
	return 0
}

func isWord(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// varies tells whether a word is likely another one the next time.
func varies(word string) bool {
	return strings.ContainsFunc(word, unicode.IsDigit) || strings.Contains(word, "@") || strings.Contains(word, "://")
}

// isCode tells whether a number is a code of what the word before it says.
func isCode(before, number string) bool {
	if len(number) > 4 || strings.Trim(number, "0123456789") != "" {
		return false
	}
	switch strings.ToLower(strings.Trim(before, ":([{")) {
	case "http", "status", "code", "errno", "error":
		return true
	}
	return false
}
