package connectors

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

// TestSettingValues is each type with what it keeps of a value, and what it refuses: a
// piece of the error that names setting, entry, what is wrong and what to do.
func TestSettingValues(t *testing.T) {
	even := func(v string) error {
		if strings.ContainsAny(v[len(v)-1:], "13579") {
			return errors.New("it is odd")
		}
		return nil
	}
	once := func(string) error {
		return errors.Join(&SettingError{Entry: "b", Wrong: "it is taken", Fix: "take another"}, &SettingError{Setting: "other", Wrong: "no", Fix: "do"})
	}
	for _, c := range []struct {
		s          Setting
		text, want string
		err        string
	}{
		{Setting{Type: SettingText}, "  a  cup ", "a  cup", ""},
		{Setting{Type: SettingText}, "a\nb", "", `s: it has the control character '\n'; write it in one line`},
		{Setting{Type: SettingText, Multiline: true}, " a\r\n\tb\r\n", "a\n\tb", ""},
		{Setting{Type: SettingText, Multiline: true}, "a\x1bb", "", `control character '\x1b'; write it without`},
		{Setting{Type: SettingSecret, Multiline: true}, "KEY\nkey\n", "KEY\nkey\n", ""},
		{Setting{Type: SettingNameOrID}, " 42 ", "42", ""},
		{Setting{Type: SettingInteger}, "+007", "7", ""},
		{Setting{Type: SettingInteger}, "1e3", "", `s: "1e3" is no whole number that is possible; write a whole number`},
		{Setting{Type: SettingInteger}, "99999999999999999999", "", "no whole number that is possible"},
		{Setting{Type: SettingInteger, Min: "0"}, "-1", "", "s: -1 is not possible; write at least 0"},
		{Setting{Type: SettingInteger, Min: "0", Max: "9"}, "10", "", "write at least 0 and at most 9"},
		{Setting{Type: SettingInteger, Min: "0", Max: "9"}, "9", "9", ""},
		{Setting{Type: SettingInteger, Max: "nine"}, "9", "", `its bound is declared as "nine"`},
		{Setting{Type: SettingInteger, Check: even}, "3", "", "s: it is odd"},
		{Setting{Type: SettingInteger, Check: even}, "4", "4", ""},
		{Setting{Type: SettingBoolean}, "true", "true", ""},
		{Setting{Type: SettingBoolean}, "yes", "", `s: "yes" is not possible; write one of true, false`},
		{Setting{Type: SettingDuration}, "90s", "1m30s", ""},
		{Setting{Type: SettingDuration}, "0.5s", "500ms", ""},
		{Setting{Type: SettingDuration}, "90", "", `"90" is no duration; write a number with a unit`},
		{Setting{Type: SettingDuration, Min: "200ms", Max: "1h"}, "100ms", "", "100ms is not possible; write at least 200ms and at most 1h"},
		{Setting{Type: SettingDuration, Min: "200ms", Max: "1h"}, "60m", "1h", ""},
		{Setting{Type: SettingTime}, "03:00", "03:00", ""},
		{Setting{Type: SettingTime}, "3:00", "", `"3:00" is no time of day; write hours and minutes: "03:00"`},
		{Setting{Type: SettingTime}, "24:00", "", "no time of day"},
		{Setting{Type: SettingChoice, Choices: []string{"a", "b"}}, "b", "b", ""},
		{Setting{Type: SettingChoice, Choices: []string{"a", "b"}}, "B", "", `"B" is not possible; write one of a, b`},
		{Setting{Type: SettingPath}, "/dev/../dev/ttyACM0/", "/dev/ttyACM0", ""},
		{Setting{Type: SettingPath}, "ttyACM0", "", "write the path in full"},
		{Setting{Type: SettingPath}, "~/tty", "", "nothing stands for ~"},
		{Setting{Type: SettingURL}, "https://odoo.example.com:8443/hook?a=b", "https://odoo.example.com:8443/hook?a=b", ""},
		{Setting{Type: SettingURL, Example: "https://o/"}, "odoo.example.com", "", `write it as "https://o/"`},
		{Setting{Type: SettingURL}, "mqtt://o", "", `"mqtt" is neither`},
		{Setting{Type: SettingURL}, "https:///x", "", "no host"},
		{Setting{Type: SettingURL}, "https://u:geheim@o", "", "user and password don't belong"},
		{Setting{Type: SettingURL}, "https://u:geheim@o:x", "", "it is no URL"},
		{Setting{Type: SettingMap}, `{"b":" 2 ","a":"1"}`, `{"a":"1","b":"2"}`, ""},
		{Setting{Type: SettingMap}, ` { } `, "", ""},
		{Setting{Type: SettingMap}, `{"a":1}`, "", "no JSON object of texts"},
		{Setting{Type: SettingMap}, `["a"]`, "", "no JSON object of texts"},
		{Setting{Type: SettingMap}, `{"b":"","a":"x"}`, "", "s.b: it is empty; write a value, or leave it out"},
		{Setting{Type: SettingMap}, `{" ":"x"}`, "", "a value has no key"},
		{Setting{Type: SettingMap}, `{"a":"x\u0000"}`, "", "s.a: it has the control character"},
		{Setting{Type: SettingMap, Choices: []string{"cash", "card"}}, `{"cach":"Cash","card":"Card"}`, "", "s.cach: there is no such key; write one of cash, card"},
		{Setting{Type: SettingMap, Check: once}, `{"b":"1"}`, "", "s.b: it is taken; take another\ns: no; do"},
		{Setting{Type: SettingSecret}, " s3cret ", " s3cret ", ""},
		{Setting{Type: SettingSecret}, "s3cret\n", "", "control character"},
		{Setting{Type: SettingDuration, Required: true, Check: even}, " ", "", ""}, // no value is not wrong here
	} {
		c.s.Name = "s"
		got, err := c.s.Parse(c.text)
		if got != c.want || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s %q: %q, %v, want %q, %q", c.s.Type, c.text, got, err, c.want, c.err)
		}
		if err == nil {
			if again, err := c.s.Parse(got); again != got || err != nil {
				t.Errorf("%s %q: what is kept is read as %q, %v", c.s.Type, c.text, again, err)
			}
			continue
		}
		for _, hidden := range []string{"s3cret", "geheim"} {
			if strings.Contains(err.Error(), hidden) {
				t.Errorf("%s: the error shows a secret: %v", c.s.Type, err)
			}
		}
		for _, e := range SettingErrors(err) {
			if e.Setting != "s" {
				t.Errorf("%s %q: the error is one of %q", c.s.Type, c.text, e.Setting)
			}
		}
	}
}

func TestSettingErrors(t *testing.T) {
	port := &SettingError{Setting: "port", Wrong: "it is missing", Fix: "write one"}
	plain := errors.New("no")
	got := SettingErrors(errors.Join(port, errors.Join(plain)))
	if len(got) != 2 || got[0] != port || *got[1] != (SettingError{Wrong: "no"}) || SettingErrors(nil) != nil {
		t.Errorf("%+v", got)
	}
	for _, c := range []struct {
		e    SettingError
		want string
	}{
		{SettingError{"payment", "cash", "it is empty", "leave it out"}, "payment.cash: it is empty; leave it out"},
		{SettingError{"", "", "no", ""}, "no"},
		{SettingError{"port", "", "", "write one"}, "port; write one"},
	} {
		if got := fmt.Sprint(&c.e); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
