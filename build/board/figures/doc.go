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
//	a cup, read and booked                    98 kB, 2 commits  the same
//	a run of a flow                           85 kB, 2 commits  the same
//	runs a day, of a machine, with no work    266             27
//	written a day with no work, a machine     23 MB           2.3 MB
//	written a day, one machine, 300 cups      52 MB           32 MB
//
// A day's are reckoned from those above them; before is without the schedules' look whether
// there is something to do. The processor's are of a minute, by the nanoseconds of
// /proc/PID/task/*/schedstat and with the log at debug level; before is with package serial
// reading in slices of 20 ms: 303 thread switches a second, read each minute, and 419, read
// every 2 s; then 7 and 82. Those that are left are the polls themselves and what Go's
// scheduler does around each, the heartbeats and the page's question to itself.
//
// What stands in the way of less is the commit: 10 to 12 pages of 4 KiB for one that
// changes a kilobyte. A third are the root's: its 90 buckets, most of them small and kept
// within it, fill a branch and three to five leaves, of which a commit touches nearly all.
// A cup is two commits, as what was read from the machine must be on the disk before Odoo
// is asked, and Odoo's answer behind it. Fewer would be had by letting the end of a booking
// wait for the next cup's commit, smaller ones by a log in front of the tree; neither was
// done. Fuller pages of the root (bbolt's FillPercent, 0.95) were tried: a cup then cost 115
// to 125 kB.
package figures
