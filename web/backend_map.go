package web

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// mapLines is a map as people write it: a line KEY = VALUE for each entry, in quotes what
// would else be read as something else. A text that is no map is shown as it is.
func mapLines(value string) string {
	var entries map[string]string
	if json.Unmarshal([]byte(value), &entries) != nil {
		return value
	}
	var out strings.Builder
	for _, key := range slices.Sorted(maps.Keys(entries)) {
		out.WriteString(mapWord(key) + " = " + mapWord(entries[key]) + "\n")
	}
	return out.String()
}

func mapWord(text string) string {
	plain := text == strings.TrimSpace(text) && text != "" && !strings.ContainsAny(text, "=\"\n\r")
	if plain {
		return text
	}
	return strconv.Quote(text)
}

// readMap is the inverse of mapLines, and takes the quotes of the configuration file too.
// No entry at all is "".
func readMap(lines string) (string, error) {
	entries := map[string]string{}
	for i, line := range strings.Split(lines, "\n") {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		key, rest, err := mapPart(line)
		if err == nil && !strings.HasPrefix(rest, "=") {
			err = fmt.Errorf("%q has no =", line)
		}
		var value string
		if err == nil {
			value, err = mapValue(strings.TrimSpace(rest[1:]))
		}
		if _, twice := entries[key]; err == nil && twice {
			err = fmt.Errorf("%q is there twice", key)
		}
		if err == nil && key == "" {
			err = fmt.Errorf("%q has nothing before the =", line)
		}
		if err != nil {
			return "", fmt.Errorf("line %d: %w", i+1, err)
		}
		entries[key] = value
	}
	if len(entries) == 0 {
		return "", nil
	}
	text, err := json.Marshal(entries)
	return string(text), err
}

// mapPart takes a key off a line.
func mapPart(line string) (key, rest string, err error) {
	if !strings.HasPrefix(line, `"`) {
		key, _, _ = strings.Cut(line, "=")
		return strings.TrimSpace(key), line[len(key):], nil
	}
	quoted, err := strconv.QuotedPrefix(line)
	if err != nil {
		return "", "", fmt.Errorf("the quotes of %q don’t close", line)
	}
	key, err = strconv.Unquote(quoted)
	return key, strings.TrimSpace(line[len(quoted):]), err
}

func mapValue(text string) (string, error) {
	if !strings.HasPrefix(text, `"`) {
		return text, nil
	}
	value, err := strconv.Unquote(text)
	if err != nil {
		return "", fmt.Errorf("the quotes of %q don’t close", text)
	}
	return value, nil
}
