package gpio

import (
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"syscall"
	"testing"
)

// What is wrong with a line says what to do about it, and nothing else.
func TestWhatKeepsALineFromBeingFound(t *testing.T) {
	denied := fmt.Errorf("gpiochip0: %w", syscall.EACCES)
	full := fmt.Errorf("gpiochip0: %w", syscall.EMFILE)
	two := []place{{"gpiochip0", "soc", 5}, {"gpiochip1", "expander", 7}}
	for _, x := range []struct {
		look look
		none bool // NoLineError: another name mends it
		says []string
		not  string
	}{
		{look{name: "RELAY", found: two, labels: []string{"soc", "expander"}}, true, []string{"2 lines", `"soc/5" or "expander/7"`}, "/17"},
		{look{name: "expander/5", label: "expander", found: two}, true, []string{`2 chips have the label "expander"`, "write the line's name"}, "the offset"},
		{look{name: "GPIO5", labels: []string{"expander"}, failed: []error{denied}}, false, []string{"gpiochip0", "group gpio"}, "there is no line"},
		{look{name: "GPIO5", labels: []string{"expander"}, failed: []error{full}}, false, []string{"gpiochip0", syscall.EMFILE.Error()}, "group"},
		{look{name: "GPIO5", labels: []string{"soc", "expander"}}, true, []string{"soc, expander", "gpioinfo"}, "group"},
		{look{name: "GPIO5"}, true, []string{"no GPIO chip"}, "group"},
	} {
		_, err := x.look.one()
		var none *NoLineError
		if errors.As(err, &none) != x.none || errors.Is(err, fs.ErrPermission) != strings.Contains(fmt.Sprint(err), "group gpio") || strings.Contains(err.Error(), x.not) {
			t.Errorf("%+v: %v", x.look, err)
		}
		for _, part := range x.says {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("%+v: %q does not say %q", x.look, err, part)
			}
		}
	}
	if p, err := (look{name: "GPIO5", found: two[:1], failed: []error{full}}).one(); err != nil || p != two[0] {
		t.Errorf("one that is there: %+v, %v", p, err)
	}
}
