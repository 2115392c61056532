package connectors

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// Parse returns the text that is kept of a value as somebody wrote it: without spaces
// around it, a duration as Go prints it, a map with its keys in order. "" and an empty
// map are no value, and right for every type: that one is needed is [Setting.Required].
// The errors are SettingErrors with the setting's name; a secret is in none of them.
func (s Setting) Parse(text string) (string, error) {
	if s.Type != SettingSecret { // which may begin or end with a space
		text = strings.TrimSpace(text)
	}
	allowed := ""
	if s.Multiline {
		text, allowed = strings.ReplaceAll(text, "\r\n", "\n"), "\n\t"
	}
	err := plain(text, allowed)
	if err == nil && text != "" {
		text, err = s.parse(text)
	}
	if err == nil && text != "" && s.Check != nil {
		err = s.Check(text)
	}
	if err != nil {
		return "", s.named(err)
	}
	return text, nil
}

// parse reads a value that is there, by its type.
func (s Setting) parse(text string) (string, error) {
	switch s.Type {
	case SettingInteger:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return "", wrong(`write a whole number, such as "`+cmp.Or(s.Example, "10")+`"`, "%q is no whole number that is possible", text)
		}
		return strconv.FormatInt(n, 10), between(s, n, func(b string) (int64, error) { return strconv.ParseInt(b, 10, 64) })
	case SettingBoolean:
		return text, oneOf(text, []string{"true", "false"})
	case SettingDuration:
		d, err := time.ParseDuration(text)
		if err != nil {
			return "", wrong(`write a number with a unit: "500ms", "10s", "5m", "1h"`, "%q is no duration", text)
		}
		return short(d), between(s, d, time.ParseDuration)
	case SettingTime:
		if !timeOfDay.MatchString(text) {
			return "", wrong(`write hours and minutes: "03:00"`, "%q is no time of day", text)
		}
	case SettingChoice:
		return text, oneOf(text, s.Choices)
	case SettingPath:
		if strings.HasPrefix(text, "~") {
			return "", wrong("write the path in full", "%q: nothing stands for ~ here", text)
		} else if !filepath.IsAbs(text) {
			return "", wrong("write the path in full, from / on", "%q says not where it begins", text)
		}
		return filepath.Clean(text), nil
	case SettingURL:
		return text, s.checkURL(text)
	case SettingMap:
		return s.parseMap(text)
	}
	return text, nil
}

// always tells whether a setting with a default can't be none: then "" is its default.
func (s Setting) always() bool {
	return slices.Contains([]SettingType{SettingInteger, SettingBoolean, SettingDuration, SettingChoice}, s.Type)
}

var timeOfDay = regexp.MustCompile(`^([01][0-9]|2[0-3]):[0-5][0-9]$`)

func (s Setting) checkURL(text string) error {
	fix := `write it as "` + cmp.Or(s.Example, "https://example.com/") + `"`
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Scheme == "" || u.Opaque != "":
		return wrong(fix, "it is no URL") // and may hold a password
	case u.User != nil:
		return wrong("write the URL without them", "user and password don't belong into a URL")
	case u.Scheme != "https" && u.Scheme != "http":
		return wrong(fix, "%q is neither https nor http", u.Scheme)
	case u.Hostname() == "":
		return wrong(fix, "it has no host")
	}
	return nil
}

// parseMap reads a JSON object of texts.
func (s Setting) parseMap(text string) (string, error) {
	var given map[string]string
	if err := json.Unmarshal([]byte(text), &given); err != nil {
		return "", wrong(`write it as `+cmp.Or(s.Example, `{"KEY":"VALUE"}`), "it is no JSON object of texts")
	}
	var errs []error
	for _, key := range slices.Sorted(maps.Keys(given)) {
		given[key] = strings.TrimSpace(given[key])
		err := cmp.Or(plain(key, ""), plain(given[key], ""))
		switch {
		case err != nil:
		case strings.TrimSpace(key) == "":
			err = wrong("write a key before the value", "a value has no key")
		case s.Choices != nil && !slices.Contains(s.Choices, key):
			err = wrong("write one of "+strings.Join(s.Choices, ", "), "there is no such key")
		case given[key] == "":
			err = wrong("write a value, or leave it out", "it is empty")
		}
		for _, e := range SettingErrors(err) {
			e.Entry = key
			errs = append(errs, e)
		}
	}
	if len(errs) > 0 || len(given) == 0 {
		return "", errors.Join(errs...)
	}
	sorted, err := json.Marshal(given)
	return string(sorted), err
}

// plain refuses control characters, but for those allowed.
func plain(text, allowed string) error {
	for _, r := range text {
		if unicode.IsControl(r) && !strings.ContainsRune(allowed, r) {
			fix := "write it in one line, without control characters"
			if allowed != "" {
				fix = "write it without control characters"
			}
			return wrong(fix, "it has the control character %q", r)
		}
	}
	return nil
}

func oneOf(text string, known []string) error {
	if slices.Contains(known, text) {
		return nil
	}
	return wrong("write one of "+strings.Join(known, ", "), "%q is not possible", text)
}

// short is a duration as people write it: "5m", not "5m0s".
func short(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}

// between refuses a number out of the setting's bounds.
func between[N int64 | time.Duration](s Setting, n N, parse func(string) (N, error)) error {
	var fixes []string
	out := false
	for _, b := range []struct {
		bound, fix string
		sign       int
	}{{s.Min, "at least ", -1}, {s.Max, "at most ", 1}} {
		if b.bound == "" {
			continue
		}
		bound, err := parse(b.bound)
		if err != nil {
			return fmt.Errorf("its bound is declared as %q: %w", b.bound, err)
		}
		fixes = append(fixes, b.fix+b.bound)
		out = out || cmp.Compare(n, bound) == b.sign
	}
	if !out {
		return nil
	}
	return wrong("write "+strings.Join(fixes, " and "), "%v is not possible", n)
}

// named puts the setting's name to what is wrong with it.
func (s Setting) named(err error) error {
	var errs []error
	for _, e := range SettingErrors(err) {
		e.Setting = s.Name
		errs = append(errs, e)
	}
	return errors.Join(errs...)
}

func wrong(fix, format string, args ...any) error {
	return &SettingError{Wrong: fmt.Sprintf(format, args...), Fix: fix}
}
