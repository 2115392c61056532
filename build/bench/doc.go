// Bench measures crema's queue beside the limits of the disk and other durable
// queues that live in one process. It is a module of its own, so that what the others
// stand on stays out of crema's go.mod.
//
//	cd build/bench && go run .              # three rounds, about ten minutes
//	go run . -slow 5ms                      # each sync 5 ms slower, as on a card; needs strace
//	go run . -peers crema -measures process8 -rounds 1 -cpuprofile cpu.prof
//
// RESULTS.md holds what it showed.
//
// # How it measures
//
// Peers take turns, measurement by measurement and round by round; each measurement
// is a process of its own, in a directory of its own that is removed afterwards. The
// same process probes the disk right before and right after: 256 bytes appended and
// fdatasync (raw), and one put a commit of bare bbolt, opened as crema opens it. What
// counts is the ratio to those, since the disk and the processors are shared and never
// twice the same; the tables hold medians over the rounds.
//
// Settings are durable only: what a call acknowledged is on the disk. Each peer
// proves that its settings took when it is opened, and the tests prove it by kill -9
// and by counting syncs.
//
// # The peers
//
//	bolt-defaults  bare bbolt as it comes: one put a commit
//	bolt           the same with the options of crema's store
//	crema          crema's queue, the clock's stamp in every commit as main has it, all fields of a job set
//	               (and Kind.Ahead), the collector as main sets it
//	crema-key      the same with an identity key for each job
//	jetstream      NATS JetStream's server in the process, file store, sync always, work queue, acks confirmed
//	river          River on SQLite (modernc), WAL, synchronous FULL, polling each millisecond
//	goqite         goqite's scheme on the same SQLite; kinder than the original, whose poll is a wake-up here
//
// # The figures
//
//	enqueue1, enqueue16  jobs a second, enqueued one by one from so many goroutines
//	batch                jobs a second in bulk, 10,000 a call
//	process2, process8   jobs a second, with so many places, all waiting at the start
//	idle                 from the call of enqueue on an idle queue to the handler
//	live                 a job each 5 ms, two places: syncs and bytes of a job's whole life
//	burst                one bulk call, then eight places: the same
//
// The processor's time is the user's and the kernel's of the whole process, by job. It
// bears that others are there; the rates, and so their ratios to a disk that waits for
// nobody, do not.
// Syncs are counted by strace, between two marks in its log. Bytes are what the
// process wrote (write calls), and what the device counted, where others write too and
// so the least of the rounds stands; -dir on a file system of its own (a file of some
// GB, mkfs.ext4, mount -o loop) makes that figure clean.
package main
