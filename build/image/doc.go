// Package image makes the image that is written to a card as it is, and starts it in an emulator: `go run ./build image`.
//
// # What is in it
//
// gokrazy, packed by its own packer, and crema as its appliance: a kernel, a root that can't be written, no shell and no
// package manager. gokrazy/go.mod pins the packer, the kernel and the firmware, in a module of its own, so that nothing of it
// gets into crema's. Of the partitions the board boots from the first (FAT, which a laptop reads and writes), two are for the
// root, and /perm (ext4) has what crema keeps. The program in start runs first, takes what a person wrote onto the first, and
// then runs crema.
//
// A Pi 3, 4, 5 and Zero 2 W start from the same image, and so does QEMU's board virt: one kernel, with a device tree for each.
//
//	serial    no console on it. On a Pi 3, 4 and Zero 2 W Bluetooth is off, so that the good UART (PL011) is the machine's,
//	          on the pins 8 and 10, as /dev/ttyAMA0; on a Pi 5 it is switched on there
//	network   Ethernet, a USB adapter's too, by DHCP or as network.txt says (package network)
//	Wi-Fi     the chip on the board, in a network with a passphrase (WPA2). Its firmware is Debian's (firmware.go), which is not free
//	          software; what joins the network is in gokrazy/wifi, and the handshake is the chip's, so that a BCM43430/2, which some
//	          Zero 2 W have, can't. No country is set: what is not allowed in all of them is not used
//	time      time servers, those of the Internet or of network.txt. gokrazy's ntp is left out: it does not tell the kernel that the clock is right,
//	          which crema and a Pi 5's battery clock go by (gokrazy/clock)
//	/perm     ext4, mounted by gokrazy, without e2fsck; the kernel takes no more writes where it finds an error. start says so, and where
//	          it can't be mounted (start/perm.go)
//	GPIO      /dev/gpiochip*: crema is root here
//	watchdog  gokrazy's own is taken out (gokrazy/nowatchdog), so that crema has it, which sees more than the kernel
//	others    nothing listens but crema; gokrazy's page is on a local socket, and its way of updating is not used: the
//	          first partition is made anew, since the packer leaves no room there, in a way that gokrazy does not read
//
// # Checks
//
// `go run ./build image check` makes it (without Wi-Fi's firmware where that can't be fetched) and starts it six times under virt, each time after the power was cut: without a
// configuration, with a bad one, with a good one, with a bad one again, with another good one, and with what it keeps damaged. Its
// address comes by DHCP, is given from the third on, and comes by DHCP again from the fifth on, which names a Wi-Fi network as well: the
// kernel takes the modules, finds no chip, and the screen says so. From the third on there is a time server, which crema must trust.
// At the end of the fifth the kernel crashes and stays so, and the watchdog, an i6300esb, must bite
// (crashed in the first, where crema does not run and nobody has armed it, the board stayed as it was, on 2026-11-22). The Coffee 1900 is a
// simulated one at the board's UART, Odoo the stand-in on this computer; a cup that is sold must be booked, once, and what
// was done on the board before a power cut be there after it. The bad configurations are the control: a board that took one, or did not say on its page,
// its screen and its card what is wrong by line, fails. `--machine raspi3b` takes QEMU's Pi 3, with the true device tree and
// the overlay that config.txt names, but no watchdog, as that resets QEMU. Its clock begins in 1970 at each start, and has the time by the
// time server alone. It is several times slower: on 2026-11-22 all six starts were good once, in
// 263 s, and once its network, QEMU's on USB, took no more packets in the third, which ended the check; the computer was busy both times.
// Whether its cups are booked is not asked there.
//
// `--controls` starts two boards on which the watchdog is not armed, no time server answers and nothing is damaged: the looks for these
// must fail there. It is the night's.
//
// A power cut here is the end of the emulator, which keeps what the kernel had written but not flushed: the checks of package
// board cut harder. What an emulator can't show at all: the Pi's firmware, and so config.txt; a true card, USB, Ethernet and
// Wi-Fi: that a chip takes its firmware and joins. Nothing of it was seen on a real board yet.
package image
