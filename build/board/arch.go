package board

import (
	"fmt"
	"slices"
	"strings"
)

// An arch is a processor that crema is built for, the emulator's board that has it, and Debian's kernel for it.
type arch struct {
	name     string   // as --arch takes it
	debian   string   // Debian's name of it
	meta     string   // the package that depends on the newest kernel
	builds   []string // what Go builds for, in its environment
	emulator string   // the program
	machine  []string // its board
	watchdog string   // the kernel's module
	soft     bool     // that is a part of the kernel, and hangs with it
	lacks    []string // the checks that it can't do
}

var arches = []arch{
	{name: "arm64", debian: "arm64", meta: "linux-image-arm64", builds: []string{"GOARCH=arm64"},
		emulator: "qemu-system-aarch64", machine: []string{"-M", "virt,gic-version=2", "-cpu", "cortex-a53"}, watchdog: "i6300esb"},
	// The kernel is for ARMv7; crema is the one build that there is for 32-bit boards, see README.md.
	{name: "armv7", debian: "armhf", meta: "linux-image-armmp", builds: []string{"GOARCH=arm", "GOARM=6"},
		emulator: "qemu-system-arm", machine: []string{"-M", "virt,gic-version=2,highmem=off", "-cpu", "cortex-a7"},
		watchdog: "softdog", soft: true, lacks: []string{"memory", "pi", "figures"}},
}

// archNamed finds one.
func archNamed(name string) (arch, error) {
	i := slices.IndexFunc(arches, func(a arch) bool { return a.name == name })
	if i < 0 {
		return arch{}, fmt.Errorf("there is no board with %q; there are: %s", name, archNames())
	}
	return arches[i], nil
}

func archNames() string {
	names := make([]string, len(arches))
	for i, a := range arches {
		names[i] = a.name
	}
	return strings.Join(names, ", ")
}
