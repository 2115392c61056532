package board

import (
	"encoding/json"
	"regexp"
	"strconv"
	"strings"
)

var bareKey = regexp.MustCompile(`^[A-Za-z0-9_-]+$`)

// example is how the setting is written: `port = "/dev/ttyACM0"`.
func (s *Setting) example() string {
	text := s.Example
	if text == "" {
		text = map[string]string{"integer": "10", "boolean": "true", "duration": "10s", "time": "03:00", "map": `{"KEY":"VALUE"}`}[s.Type]
	}
	switch {
	case s.Type == "integer", s.Type == "boolean":
		return s.key() + " = " + text
	case s.Type == "map":
		return s.key() + " = " + inlineTable(text)
	case text == "" && len(s.Choices) > 0:
		text = s.Choices[0]
	case text == "":
		text = "…"
	}
	return s.key() + " = " + strconv.Quote(text)
}

// inlineTable writes a JSON object of texts as TOML.
func inlineTable(object string) string {
	var texts map[string]string
	if json.Unmarshal([]byte(object), &texts) != nil {
		return "{ … }"
	}
	var parts []string
	for _, key := range sortedKeys(texts) {
		written := key
		if !bareKey.MatchString(key) {
			written = strconv.Quote(key)
		}
		parts = append(parts, written+" = "+strconv.Quote(texts[key]))
	}
	return "{ " + strings.Join(parts, ", ") + " }"
}
