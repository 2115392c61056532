// Package board runs the real crema, cross-built, on an emulated Raspberry Pi, and checks how it gets on there. The board is
// QEMU's `virt` with Debian's kernel, a small first process of our own ([crema/build/board/guest]) and a card that keeps what
// was not flushed in memory; it needs neither KVM nor root. This computer plays what is around it: simulated machines at the
// far ends of its serial lines, and a stand-in Odoo over TLS on the emulator's own network.
//
//	go run ./build board [checks…] [--arch armv7] [--nightly] [--cuts N] [--seed N] [--jobs N] [--processors N]
//
// It fetches what it needs, once: a kernel, which is unpacked below the user's cache directory and never installed. As many checks as
// there are processors are done at a time, and told of in their order, what takes longest first; beside them as many of those
// that wait most of their time. gpio, which measures lengths, and figures have the computer to themselves, behind the others. The checks run crema as it is. What loops and full need otherwise, and what the controls
// do wrong, is in one other crema, which is built beside the first checks: see package control.
//
// In CI the boards have one processor, as a Pi Zero has, but for gpio's two and the four of a Pi 3 (pi), which take turns on one of this computer's.
// At night, and where figures are measured, they have two, and memory's store is three times as large. On 2026-11-23 a run of CI took 4 min 39 s
// on two processors, of which it used 7 min 50 s.
//
// # Checks
//
// Each has a control, which must fail, and is told with the result. Each time that a board goes off its console is read: a crema that ended by
// itself or not well, an error in its log, or of its card or kernel, fails the check, unless the check is about that; so does an order for
// what no machine made.
//
//   - boot: the time from power on to the first good answer, and the page, which shows both machines. Control: a configuration with a
//     wrong key has no page, and its mistake on the console.
//   - serial: each machine's cable is out while cups are made; the 2900's is USB, so that the device is gone with it. Controls:
//     the books are wrong while it is out, and stay so with a crema that opens no line again.
//   - cuts: the power goes behind the n-th write to the card, while cups are sold; a random part of the sectors that were not
//     flushed is kept. At a third of the starts a day has passed, so that a snapshot of the store is written. The store opens each time,
//     the board complains of nothing, and each cup is booked once, on ext4 and on f2fs with `fastboot`. Control: a disk that says it
//     flushed and didn't; of its board's complaints only a restored store, a damaged file system or one that can't be mounted count.
//   - clock: begun in 1970 with Odoo away, and told the time later by Odoo; then the time jumps by more than a year, both ways; then begun
//     in 1970 again, and told by its kernel, as a time server's client does. Each order has the right time, nothing runs by schedule
//     by a wrong one, and a jump makes no jobs. Controls: before anybody told it the time, the board doesn't believe its clock; a
//     crema that believes any books in 1970, and runs its schedules then.
//   - away: six weeks without a network while cups are made, begun in 1970 and told the time by nobody, then by a battery clock; all is in
//     the ledger meanwhile, and each cup is booked once when the network is back, with its time. The clock is set ahead from week to
//     week: the kernel's uptime is that of the seven minutes that it takes. Control: the books are wrong until then.
//   - full, readonly: the card has no room, or takes no writes, while cups are made. The board says so, and books them all once
//     it has a card again. For full it is a crema whose store takes room by 64 kB at a time and keeps a short log, so that some dozens of cups are more than
//     it has. Controls: it doesn't say so with room on the card; the books are wrong while it takes no writes; and with a crema
//     that has the 2900 forget cups before they are kept, they are missing in the end.
//   - usermode: what is built for GOARM=6 runs on an ARM1176. Control: what is built for GOARM=7 dies there
//     of an instruction that it lacks.
//   - memory: 128 MB, with 30,000 finished jobs and 15,000 booked sales in the store, at night 256 and 512 MB, too, with 100,000 and 50,000, which 128 MB
//     can't hold. crema drops the jobs beyond what it keeps while it runs, the cups are booked, its own check finds nothing, and of its own it has
//     35 MB at most. Control: a crema that holds 96 MB more is ended by the kernel.
//   - watchdog: crema is frozen, then the kernel crashes and stays so; an i6300esb restarts the board, and the books are right.
//     Control: without a watchdog a frozen crema stays frozen, and a kernel that crashed as it is, for longer than the timeout.
//   - loops: one of crema's main loops hangs: the store's, the queue's, either machine's line, the page's; at night each in turn, in CI the one that
//     the seed says. The board restarts, and crema tells which it was. It is the controls' crema, see package control. Control: without
//     a watchdog it says that the loop is stuck, and stays so.
//   - gpio: header J7 of the 1900 is on the PL061's lines. All pulses of a cup are counted, a cup's bouncing contact and the door are
//     shown, START and RESET have their lengths, and INHIBIT is low only while it is wanted: high after a stop and after crema was
//     killed, as are START and RESET if that comes while they are low. Controls: of two pulses at once one is missing; INHIBIT stays low where crema's guard was killed with it.
//   - pi: an emulated Raspberry Pi 3 comes to its page, has the machine at its PL011, and finds its lines by name. Control: a line
//     that it doesn't have.
//
// With --arch armv7 the board is a 32-bit one (a Cortex-A7, Debian's kernel armmp), and crema is the build for GOARM=6, the only one for
// 32-bit boards. In CI it boots there; on 2026-11-22 it passed all that it has, with two power cuts on ext4, and the page came 8 to 9 s after
// power on. Debian's kernel lacks the driver of the i6300esb there: the watchdog is softdog, which hangs with the kernel, so that crema
// alone is frozen. It has no memory, whose sizes are those of arm64, no pi, which is one, and no figures.
//
// `figures` is no check: it measures what crema takes of a board, beside a service that only says hello, and writes FIGURES.md. It fails where
// crema takes more than it may.
// The processor is measured where the emulator counts instructions, so that what else the computer does is not in it.
//
// The chance of a run is in its seed: it decides after which write a power cut comes and what of the cache is kept, and who
// buys what. When that happens is up to the computer, so the same seed is not the same run.
//
// # Power cuts and f2fs
//
// The checks mount f2fs with `fastboot`, by which an fsync that takes new blocks is a checkpoint. Without it f2fs keeps such an fsync in a
// chain of node blocks, from which the next mount rolls forward, and a power cut can lose what the fsync had kept, in two ways:
//
//   - that mount writes its first node block over the chain's first one, before the checkpoint that is to replace the chain. A cut
//     between the two loses the chain. The file has its old blocks then: bbolt's header, which is written in place, is the new one, and the
//     pages that it names are zero;
//   - a node block has no checksum. One that the card wrote in part is believed, with what lay there before.
//
// It was seen without crema on 2026-11-22, by a small program on such a disk that writes pages, an fdatasync, then a page that names
// them, an fdatasync, as bbolt does. It was not kept. After how many cuts pages were lost that had been kept, or their file couldn't be read:
//
//   - Debian's Linux 6.1, a card that keeps sectors: 6 of 196, with fsync_mode=strict 7 of 336, with fastboot none of 404;
//   - the same, a card that keeps whole blocks of 4096 bytes, half of the cuts aimed at the mount: 1 of 72, 1 of 48, none of 51;
//   - Linux 6.12 from bookworm-backports, sectors: 3 of 134, with fastboot none of 120; whole blocks: 4 of 172, with fastboot none of 45.
//
// The card of an earlier run, of whose store crema restored a snapshot, has the first in its node blocks.
//
// ext4's cards are made without metadata checksums: Linux 6.1 takes a last block of the journal that was written in part for damage then, and
// doesn't mount the card. Newer kernels accept it.
//
// # The last long run of cuts
//
// go run ./build board cuts --nightly passed on 2026-11-22 with seed 13479817240400084073, with Debian's Linux 6.1, in 27 minutes on a
// busy computer: 200 cuts in one go, after each of which the store opened and the board complained of nothing. It ran before the seed
// decided which sectors are kept, and who buys what: the same seed decides otherwise now.
//
//   - ext4: 120 cuts, 66 of them before the page; of 2570 sectors that were not flushed 1302 were kept; 852 cups, each booked once.
//   - f2fs with fastboot: 80 cuts, 33 of them before the page; of 2632 sectors 1262 were kept; 567 cups, each booked once.
//   - The disk that doesn't flush showed after one cut: the store was restored from a snapshot, and the board said so.
//
// # Not shown here
//
// Edges on a Pi's own GPIO chip, which QEMU's has not, pulses at 120 Hz (each waits until the last was counted), an uptime of
// weeks, and a kernel that hangs on a 32-bit board.
//
// The boards of the cuts check have a battery clock. One that begins in 1970 and loses its power before anybody told it the time
// books what it read meanwhile once a later boot knows it, dated too late by as long as it was off.
package board
