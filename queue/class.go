package queue

import (
	"strings"
	"unicode"
)

const maxClass = 120 // bytes

// classOf is an error's text without what varies from one time to the next, numbers above all: errors of one class have one cause.
func classOf(text string) string {
	text, _, _ = strings.Cut(text, "\n")
	var b strings.Builder
	number := false
	for _, r := range text {
		if b.Len() >= maxClass {
			break
		}
		if unicode.IsDigit(r) {
			if !number {
				b.WriteByte('#')
			}
			number = true
			continue
		}
		number = false
		b.WriteRune(r)
	}
	return b.String()
}
