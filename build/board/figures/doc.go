// Package figures reads what a program costs the board that it runs on: memory, time of
// the processor, and what it has the disk write, as the kernel tells it in /proc. It takes
// the text of these files as well, so that it serves for a program in an emulated board.
//
// # Words
//
// Resident is all that the kernel has in memory for the program. The part of it that is
// its own ([Process.Own]) stays until it is given back; the rest is pages of files, of the
// program itself and of its store, which the kernel takes away when memory gets scarce
// and reads again.
//
// Written is what the program has dirtied of the disk's pages: whole pages of 4 KiB, each
// time that one is written after it went to the disk. The file system's own journal comes
// on top.
//
// # Figures
//
// Of crema with a 1900 and a 2900 that are read every 2 s, on two cores of a server, by
// TestFigures of build/e2e, on 2026-11-22:
//
//	what                                      before          after
//	idle, written                             0               0
//	idle, processor                           0.33 % of one   0.11 %
//	the same, read each minute                0.25 %          0.02 %
//	own memory; resident with files           19 MB; 43 MB    the same
//	the same, after 100,000 jobs              20 MB; 55 MB    the same
//	a cup, read and booked, 2 commits         98 kB           49 kB
//	  of it pages of the store                74 kB           25 kB
//	a run of a flow, 2 commits                85 kB           49 kB, reckoned
//	runs a day, of a machine, with no work    266             27
//	written a day with no work, a machine     23 MB           1.3 MB
//	written a day, one machine, 300 cups      52 MB           18 MB
//	  of it pages of the store                               9.2 MB
//
// A day's are reckoned from those above them, with eight moves of the store's log of some 35
// pages, counted twice as the others are; before is without the schedules' look whether
// there is something to do, and without the store's log. The processor's are of a minute, by the nanoseconds of
// /proc/PID/task/*/schedstat and with the log at debug level; before is with package serial
// reading in slices of 20 ms: 303 thread switches a second, read each minute, and 419, read
// every 2 s; then 7 and 82. Those that are left are the polls themselves and what Go's
// scheduler does around each, the heartbeats and the page's question to itself.
//
// The kernel counts more than the store writes where it keeps a file in pages of more than
// 4 KiB, as ext4 of Linux 6.18 does: a page that lies in a larger one counts as all of that
// (one of 64 KiB that was written at once counted 16 times). The emulated board's kernel does
// not: there a cup was 79 kB before, and is 28 kB now.
//
// What stands in the way of less is that a commit writes three pages of 4 KiB for one to two
// kilobytes, and that a cup is two commits: what was read from the machine must be on the
// disk before Odoo is asked, and Odoo's answer behind it. A log in a file of
// its own would need a page and a half of them (package store says why it is not), and fewer
// commits would be had by letting the end of a booking wait for the next cup's. Neither was
// done. Fewer pages of the root alone (bbolt's FillPercent, 0.95) had made a cup dearer.
package figures
