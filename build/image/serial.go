package image

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A pi is a board that the image is for.
type pi struct {
	name    string
	filters []string // the sections of config.txt that are its
	tree    string   // its device tree
	serial  string   // what gives the pins 8 and 10 the good UART
}

// Else the firmware gives the PL011 to Bluetooth, and the pins a UART whose speed follows the processor's; a Pi 5 has none there.
const noBluetooth, uart0 = "dtoverlay=disable-bt", "dtparam=uart0=on"

var pis = []pi{
	{"Pi 3 B", []string{"pi3"}, "bcm2710-rpi-3-b.dtb", noBluetooth},
	{"Pi 3 B+", []string{"pi3", "pi3+"}, "bcm2710-rpi-3-b-plus.dtb", noBluetooth},
	{"Zero 2 W", []string{"pi0", "pi0w", "pi02"}, "bcm2710-rpi-zero-2-w.dtb", noBluetooth},
	{"Pi 4 B", []string{"pi4"}, "bcm2711-rpi-4-b.dtb", noBluetooth},
	{"Pi 5 B", []string{"pi5"}, "bcm2712-rpi-5-b.dtb", uart0},
}

// settings are the lines of a config.txt that hold for the board.
func (p pi) settings(config string) (lines []string) {
	mine := true
	for line := range strings.Lines(config) {
		line, _, _ = strings.Cut(strings.TrimSpace(line), "#")
		if section, ok := strings.CutPrefix(line, "["); ok {
			section = strings.TrimSuffix(section, "]")
			mine = section == "all" || slices.Contains(p.filters, section)
		} else if mine && line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

// lineIsFree: the kernel's command line puts no console on the serial line, and config.txt gives the board its good UART there.
func (p pi) lineIsFree(config, cmdline string) error {
	for field := range strings.FieldsSeq(cmdline) {
		if strings.HasPrefix(field, "console=") && field != "console=tty1" {
			return fmt.Errorf("%s: a console is on the serial line: %s", p.name, cmdline)
		}
	}
	last := ""
	lines := p.settings(config)
	for _, line := range lines {
		if strings.HasPrefix(line, "enable_uart=") {
			last = line // the last one holds
		}
	}
	if last != "enable_uart=1" || !slices.Contains(lines, p.serial) {
		return fmt.Errorf("%s: config.txt has no enable_uart=1 and %s for it:\n%s", p.name, p.serial, config)
	}
	return nil
}

// line: nothing but the machine has the serial line of any board, by the card's files, and these have what is named there.
func (k *check) line(ctx context.Context) error {
	cmdline, _ := k.onCard(ctx, "cmdline.txt")
	config, _ := k.onCard(ctx, "config.txt")
	wrong := []error{k.has(ctx, "overlays/disable-bt.dtbo", true)}
	for _, p := range pis {
		wrong = append(wrong, p.lineIsFree(config, cmdline), k.has(ctx, p.tree, true))
	}
	return errors.Join(wrong...)
}
