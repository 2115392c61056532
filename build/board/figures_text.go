package board

import "time"

const figuresText = `# What crema takes of a board

%s, of commit %s, by ` + "`go run ./build board figures`" + `: an emulated board (arm64, %s) on %d shared cores without KVM, a card with ext4.
Times are those of an emulator on a computer that did other things as well; memory, bytes and processor are not touched by that.

How it was measured: idle is %s with both machines connected and read every 2 s (the default), after the first minute.
A cup is what %d cups, one every 3 s at the two machines by turns, each read and booked by itself, made the board write
beyond what it writes idle, divided by their number. Both are counted where the card takes them, with all that the file system adds.
What runs by schedule and finds nothing to do is reckoned: %d runs a day of the two machines (see package build/board/figures), each of two commits, as
a cup is. The day is computed from these: 86,400 s idle, the schedules, and 300 cups.
A card's life is reckoned for one of 8 GB whose cells bear 1,000 erasures, and whose controller writes ten times what it is given in small
pieces, as crema's commits are; a snapshot is written in one piece. Neither was measured.

Resident memory is told with pages of files, of the program and of the store, which the kernel takes back when memory gets scarce: with 128 MB
in all crema runs on such a store, of which it drops most of the jobs meanwhile (check memory, at night). What the kernel can't take back is the own memory,
which may be 30 MB at most. Here all jobs and sales are still there when it is measured: they are of as many channels as it takes for crema to
keep them.

The processor is measured apart, on boards whose emulator counts instructions (-icount shift=1): each takes two nanoseconds of the board's
time, about a Pi 3's pace with caches that are cold after a sleep, and the board's own clock says how long that was. So it is the same
however busy the computer is. It is that of %s, told in steps of %.3f %%; in parentheses is that of the whole board, the kernel without its
interrupts and all processes. The limit is 0.5 %% of a core above the bare service, with both machines read each minute. Read every 2 s, the whole
board takes %.2f %% above it; read each minute %.2f %%.

| | crema | a service that says hello |
| --- | --- | --- |
`

// tick is the step in which the kernel tells of the processor's time.
const tick = 10 * time.Millisecond

// scheduledRuns are the runs of flows a day that find nothing to do, of two machines: see package figures.
const scheduledRuns = 2 * 27

// What a card bears: small ones have cells for a thousand erasures or more. What is written in small pieces makes their controllers
// write several times as much; a snapshot is written in one piece.
const (
	cardSize     = 8e9
	cardErasures = 1000
	smallWrites  = 10
)

// life is for how many years a card bears days of so many bytes in small pieces, and a snapshot on each.
func life(day, snapshot float64) float64 {
	return cardSize * cardErasures / (day*smallWrites + snapshot) / 365
}
