// Package gpio is the board's lines: inputs with their edges, and outputs that are high
// whenever nobody wants them low. It is the one importer of go-gpiocdev.
//
// # Words
//
// High and low are electrical levels, never "active". A line is found by its name
// ("GPIO17"), or by its chip's label and its offset there ("pinctrl-rp1/17",
// "9030000.pl061/2") where lines have no names. A chip's number ("gpiochip0") is no
// address: on a Pi 5 it depends on the kernel.
//
// # Inputs
//
// The kernel stamps and numbers the edges of each line (Linux 5.10 or later). Where its
// queue overflows it drops the oldest; the numbers tell how many are missing, and a
// [Counter] counts them. Edges closer than the kernel's answer to an interrupt merge
// without a trace. Contacts are debounced by the kernel; a line that counts must not be,
// since its timer has the resolution of a tick (4 ms on most kernels), as long as half a
// pulse.
//
// # Outputs, and what happens to them
//
// An output is an open drain: low is driven, high is left to the pull-up. It is high from
// the moment that it is opened, and after Close.
//
// When the program dies the kernel frees its lines and changes nothing about them that the
// chip's driver doesn't: the Pi's makes them inputs again, unless it was told to keep outputs
// (persist_gpio_outputs, which is the default of newer kernels of the Pi), and others leave
// them as they are. A line that was high is high then. One that was low at that moment
// would stay low, so a program with outputs has a guard ([Chips.Guard]): a second process of
// itself that does nothing until the first is gone, and then sets them high. It is started
// anew where it dies first, and [Guard].Err says why where it can't be. Once the program is gone it ends
// by itself, within 5 s. Only who kills both within a second leaves a line low, until the program is
// started again: the OOM killer of a control group (memory.oom.group), or systemd, whose last SIGKILL is for all
// processes of a unit (KillMode=control-group and mixed), and with KillMode=process for the program alone. A program that could not make
// its outputs high at its end does not tell the guard that all is well, which then tries in its place.
//
// A guard does not watch over a program that lives: the kernel lets nobody but its holder
// drive a line. One that stands still in the midst of a pulse (SIGSTOP, memory that is swapped out)
// holds it low until it goes on, or until a watchdog ends it and the guard acts.
//
// The guard has 2.1 MB of memory of its own, in 5 threads that sleep (amd64, measured); the 14 MB more
// that it seems to have are the program's file, which it shares with the program that it guards.
// main has it stand before all else: behind the command line it would have 4.4 MB.
//
// # What the wiring needs
//
// A pull-up of 10 kΩ to 3.3 V on each line but where the machine has one: a Pi's own is
// weak (50 kΩ), on from when the line is opened, and between power-on and that only GPIO 0
// to 8 are pulled up, the others down. Nothing above 3.3 V; the ground is shared. Into an
// opto-coupler's LED an open drain pulls from 3.3 V through its resistor.
//
// # Caveats
//
// The handler of an input runs in a goroutine of its own line and must return at once; it
// must not close the line. The tests here have no chip: [Chips] itself and its guard are shown on
// the emulated board's, by `go run ./build board gpio`. What uses lines is tested with [Lines] of
// its own.
package gpio
