/*
# Speed

Ratios, since a disk and its processors are never twice the same: "× raw" is jobs a second by how often the same disk, right before and
after, appends 256 bytes and syncs them. Two values are without and with an identity key for each job; "peer" is the best of the durable
queues beside it at 5 ms (NATS JetStream, River and goqite on SQLite; each with every sync). Measured on 22 November 2026, on two shared
processors of a virtual machine, ext4 on its virtual disk, Linux 6.18, Go 1.26.8, with all of a job's fields set. The columns are: 5 ms
added to each sync, as on a slow card, with the collector as main sets it; 1 ms; and the disk as it was, busy with others' work, where a ratio may be a third off,
both with the collector as it comes and before jobs could begin ahead. ✗ is not reached.

	                                 want            5 ms            1 ms            as it is        peer
	enqueue, 1 goroutine             ≥ 0.45 × raw    0.52  0.47      0.32✗ 0.40✗     0.23✗ 0.36✗     1.09
	  the same × bare bbolt          –               0.99  1.04
	enqueue, 16 goroutines           ≥ 2, aim 2.5    6.74  6.83      4.22  4.02      1.99✗ 1.52✗     1.03
	enqueue, 10,000 in a commit      ≥ 10            –               168   129       35.9  20.0      –
	processed, 2 places              ≥ 0.7           0.80* 0.88      0.83  0.84      0.65✗ 0.50✗     1.00
	processed, 8 places              ≥ 2, aim 3      3.22* 3.38      3.21  3.00      1.11✗ 1.97✗     3.24
	  the same, × the best peer      aim 2.5         1.01✗ 1.04✗     1.45✗ 1.35✗     1.07✗ 1.91✗
	processed, 2 places, ahead       ≥ 0.7           2.46
	processed, 8 places, ahead       ≥ 2, aim 3      9.54
	  the same, × the best peer      aim 2.5         2.94
	idle queue: call to handler      ≤ 1.5 commits   1.03  1.04      0.66  0.98      0.32  0.48      0.49
	enqueue, 16 goroutines           ≥ 1,221/s       1096✗ 1204✗                                     171
	  the same × bare bbolt          13.4            13.3  12.9
	processed, 8 places, ahead       ≥ 1,229/s       1847                                            611

	on a file system of its own      want                                                            peer
	syncs of a job's life            ≤ 4             3.92  3.92                                      2.04
	syncs a job in a burst           ≤ 0.5, aim 0.3  0.09  0.27                                      0.17
	kB at the device, a job's life   ≤ 45            26.2  25.5                                      59.0

The last three rows are measured since the store has a log, crema's own, and with jobs that begin ahead; so are those of growth
below. All others are from before it; RESULTS.md has newer ones, of crema alone.

* before jobs could begin ahead. The rows in jobs a second are what a model of the committer alone reached with 5 ms, without records,
indexes and channels, on a disk that made 91 commits of bare bbolt a second; here it made 82.

To repeat: build/bench is a module of its own, so that the others stay out of crema's go.mod. RESULTS.md there has all figures.

	cd build/bench && go run .         # three rounds, about ten minutes
	go run . -slow 5ms                 # each sync 5 ms slower; needs strace

What limits what:

One goroutine that waits for each enqueue: a commit of bbolt is two syncs, the pages and then the page that makes them count, and about
20 kB (before the store's log: 12 kB since). Half of raw is all there is; bare bbolt has 0.38 to 0.49. A queue that appends to a log has one sync, and twice as much. On a disk
without delay it is processor time: 100 to 120 µs an enqueue, at least half of them bare bbolt's.

Sixteen goroutines: what waits when a commit ends is the next commit, 8 to 16 jobs; two syncs are shared by all of them. More goroutines
have more.

Many in one transaction: processor time alone, 7 to 9 µs a job: encoding the record, and the keys of its indexes.

Two and eight places: the commit that ends a job starts the next of its channel, so a job costs one share of a commit and no way there and
back. A place waits for the commit that ends its job before it gets another, so 8 places end 8 jobs a commit at most: 4 × raw on any disk,
of which 3.2 are had, at 7.8 jobs a commit. Kind.Ahead is for more: its jobs begin before the commit that gives them their place is on the
disk, 23 in each. Jobs with an identity key never do, as they could meet their twin.

An idle queue: the job starts with the commit that brings it, and no poll is waited for.

A lone job's life: two commits, that which starts it and that which ends it; hence four syncs. In a burst the ends of some are the starts of
others, and one commit has many of both.

The disk as it is: where a sync costs less than 0.1 ms the processor is the limit. A job of eight places takes 60 to 80 µs of it, and of
that a fourth to a half is the collection of a heap of a few MB; GOGC=400, which main sets now up to 96 MiB, gives most of that back.

Beside 1,000,000 finished and 100,000 pending jobs, each operation against the same in an empty store, by turns on the same disk (want
≤ 1.3), in two runs on a busy computer: enqueue 1.34 and 1.40 (not reached; 1.11 before the store's log), enqueue to done 1.16 and 0.53, a
page of pending jobs 1.01 and 1.03, of all jobs 2.82 and 1.08, counts 1.07 and 0.89, opening after a clean close 0.82 and 0.91.

	go test ./queue -run '^$' -bench Growth -benchtime 50x -grow-done 1000000 -grow-pending 100000
*/
package queue

// This file is the part of the package's documentation that says how fast it is, beside the disk and other durable queues, and what limits it.
