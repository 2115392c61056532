package coffee

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"crema/connectors"
)

// settingsOfWires are those of header J7: all of them optional. line is [Deps.Line].
func settingsOfWires(line func(string) string) []connectors.Setting {
	only1900 := []string{Coffee1900.VersionName()}
	wire := func(name, label, help string) connectors.Setting {
		return connectors.Setting{Name: name, Label: label, Help: help, Type: connectors.SettingText, Versions: only1900, Unique: "GPIO line", Same: line, Example: "GPIO17", Check: checkLine}
	}
	return []connectors.Setting{
		wire("gpio_busy", "Line of BUSY", "Header J7: low while a cup is made."),
		wire("gpio_flow", "Line of FLOW", "Header J7: the flow meter's pulses."),
		wire("gpio_cup", "Line of CUP", "Header J7: low while a cup stands under the spout."),
		wire("gpio_door", "Line of DOOR", "Header J7: high while the door is open."),
		wire("gpio_start", "Line of START", "Header J7: lets crema start the drink chosen last; needs BUSY, CUP and DOOR."),
		wire("gpio_inhibit", "Line of INHIBIT", "Header J7: keeps the panel locked also while the machine does not answer."),
		wire("gpio_reset", "Line of RESET", "Header J7: lets crema restart the machine; needs BUSY."),
		{Name: "gpio_pull", Label: "Pull-ups", Help: "The board's own pull-ups on the lines from the machine.",
			Type: connectors.SettingBoolean, Versions: only1900, Default: "true"},
		{Name: "ml_per_pulse", Label: "Water of a pulse", Help: "Millilitres for one pulse of FLOW, until it is calibrated.",
			Type: connectors.SettingText, Versions: only1900, Default: "0.5", Example: "0.5", Check: checkPerPulse},
		{Name: "rinse_ml", Label: "Rinse", Help: "Water up to so many millilitres is a rinse, no cup.",
			Type: connectors.SettingInteger, Versions: only1900, Default: "9", Min: "0", Max: "999"},
		{Name: "reset_after", Label: "Restart when silent for", Help: "How long the machine may be silent before RESET restarts it; empty: never by itself.",
			Type: connectors.SettingDuration, Versions: only1900, Min: "5m", Max: "24h"},
	}
}

var (
	lineName  = regexp.MustCompile(`^[^/\s]+(/[0-9]{1,3})?$`)
	chipName  = regexp.MustCompile(`^(/dev/)?gpiochip[0-9]+(/|$)`)
	decimalML = regexp.MustCompile(`^[0-9]{1,2}(\.[0-9]{1,4})?$`)
)

// checkLine wants the name of a line, or its chip's label and its offset.
func checkLine(value string) error {
	fix := `write the line's name, such as "GPIO17", or its chip's label and its offset there, such as "pinctrl-rp1/17"`
	switch {
	case chipName.MatchString(value):
		return &connectors.SettingError{Wrong: fmt.Sprintf("%q has the number of a chip, which changes with the kernel", value), Fix: fix}
	case !lineName.MatchString(value):
		return &connectors.SettingError{Wrong: fmt.Sprintf("%q is no line", value), Fix: fix}
	}
	return nil
}

// checkPerPulse wants 0.01 to 20 ml.
func checkPerPulse(value string) error {
	if n := perPulse(value); n < leastPerPulse || n > mostPerPulse {
		return &connectors.SettingError{Wrong: fmt.Sprintf("%q is not possible", value), Fix: `write millilitres with a point, "0.01" to "20", such as "0.5"`}
	}
	return nil
}

// Water for one pulse, in 0.0001 ml: what flow meters can have.
const leastPerPulse, mostPerPulse = 100, 200_000

// perPulse reads decimal millilitres as 0.0001 ml, 0 for what are none.
func perPulse(value string) int64 {
	if !decimalML.MatchString(value) {
		return 0
	}
	whole, part, _ := strings.Cut(value, ".")
	var n int64
	for _, c := range whole + (part + "0000")[:4] {
		n = 10*n + int64(c-'0')
	}
	return n
}

// checkWires says which wire another one needs.
func checkWires(b connectors.Backend) error {
	var errs []error
	needs := func(name string, others ...string) {
		for _, other := range others {
			if b.Settings[name] != "" && b.Settings[other] == "" {
				errs = append(errs, &connectors.SettingError{Setting: other, Wrong: "it is missing", Fix: fmt.Sprintf("%s needs it: write it, or take %s out", name, name)})
			}
		}
	}
	needs("gpio_start", "gpio_busy", "gpio_cup", "gpio_door")
	needs("gpio_reset", "gpio_busy")
	needs("reset_after", "gpio_reset")
	return errors.Join(errs...)
}
