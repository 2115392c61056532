// Package queue runs durable jobs: what is enqueued in a transaction of the store is run at least once, through any number
// of crashes, power cuts and changes of the clock.
//
// # Words
//
// A job is a kind, its arguments and its state. A kind is registered with a worker, the function that does the work. A
// channel is a place in line with a capacity; channels nest, and a job that runs in root.machine counts in root too. An
// identity key names what a job is about: what is enqueued while one with the key waits to start is that one, and what comes
// while it runs gets one follower, which starts after it. The lease is the number of a run; a run whose lease is gone can
// commit nothing any more. A parent ends with the last of its children; a job that goes on in another (Options.Follows) hands
// those who wait for it on.
//
//	            a free place, in the same commit
//	          ┌──────────────────────────────────┐
//	enqueue ──┤                                  ├─► started ─► done
//	          └─► pending ─► (enqueued) ─────────┘      │  │
//	                 ▲                                  │  └──► failed
//	                 └── retry, snooze, soft stop, ─────┘
//	                     interruption
//
// pending waits: for its hour, for a free place, for its retry, or for a program that knows its kind. enqueued is a parked
// job that was taken to be tried alone and waits for the others to end; for all other jobs the way from pending to started
// is one step. started runs, or has returned and waits for its children (Info.Waiting); a waiting parent holds no place.
// done and failed are terminal.
//
// # Graphs
//
// A job may come after others, its dependencies: EnqueueGraph with Chain, Group, Node.OnDone, Node.OnFailed and Split, or
// Options.After. (That is not the family: a parent ends after its children, a dependency before what comes after it starts.)
// Until all of them have ended as the edges want, it is in wait_dependencies; the commit of the last end sends it to the line.
// If one ends otherwise, the commit of that end cancels it, and what comes after it in turn, with the first cause as the
// reason; so none waits for ever. A branch that was not taken (what was for the failure of a job that is done) is cancelled
// too, but as nothing that went wrong (Info.Skipped): it makes no notice and does not break its parent.
//
// A failed or cancelled job that a person starts again, or sets to done, takes those with it that were cancelled for its end:
// they wait again, unless another one's end forbids it. What has run, or been released, stays. A cancelled job that a person
// starts does without those that ended otherwise than it wanted, and waits for those that are still to come.
//
// An edge goes from a lower id to a higher one, as only a new job gets edges that lead to it: there are no cycles. A job
// whose identity key is found in building a graph keeps its place. Job.Dependencies gives a handler the results of what came
// before; Queue.Graph draws the whole.
//
// # Delivery
//
// At least once: a handler may run again after a crash and must bear that. What it gives back as Done, and what it commits by
// Job.Step, is in the store exactly once per lease. The completion of a job, the end of its parent, and the start of the next
// job of its channel are one commit; so are an enqueue and the start of the job when a place is free. A lone job costs two
// commits.
//
// Ready jobs start in the order of the board time at which they were enqueued plus 30 seconds for each point of priority:
// 0 comes before 10, and no priority waits for ever.
//
// # Channels
//
// A job starts when there is a place for it in its channel and in all above it. One that is in a channel nobody configured is bounded
// by the nearest that is. A channel is paused by hand, or by the capacity 0, with all below it. Config.Channels has the grammar, which is
// queue_job's, read strictly; SetChannels changes it while all goes on.
//
// A sequential channel starts what is in it and below it one after the other by id, whatever the priority. The first that is neither
// done nor cancelled holds back the others, be it that it waits for its hour, its retry, other jobs or a program that knows it, or that it
// has failed: a person requeues, cancels or sets it done then. ChannelInfo names it. Only the children of a job that waits for them come
// before those behind it. The order is an index of such channels' jobs alone, in step with each commit; it is made when a channel becomes
// sequential, which reads all open and failed jobs once. Two sequential channels whose jobs wait for each other's children crosswise wait
// for ever: keep a job and its children out of two such channels.
//
// A throttled channel lets so many seconds of board time pass between two starts in it or below it. The last start is written in its
// commit, so restarts shorten no wait; to wait for a throttle is to wait for an hour.
//
// # Goroutines
//
// Run owns one goroutine, which moves what is due and prunes, and as many as handlers ever ran at once. Waiting jobs have none. A job is
// started by the commit that claims it a place, not by a poll; a timer armed from the first key of the timer index wakes what
// waits for its hour. Hooks of the store (OnCommit) keep the counters and tell watchers; they never block.
//
// A kind with Ahead goes further: where several of its jobs run at a time, the next one begins while the commit is still being written that
// ends the one before it and gives it its place (ahead.go says how). All others begin after the commit that starts them.
//
// # What survives a power cut
//
// Everything but the handlers' memory. At the next Run each job that was running is pending again; that counts in
// Info.Interruptions, never in Info.Attempt. A job interrupted five times in a row within 60 seconds of its start is parked,
// for 15 seconds at first, doubling to 15 minutes, and then tried alone: it may be what brings the board down.
//
// # Time
//
// Delays are in board time, which no change of the clock moves. An hour of the wall clock (Options.At, schedules) waits until
// the clock is trusted. Timers are those of package time; what time it is, only the Clock says.
//
// # What is kept of finished jobs
//
// Each channel keeps its finished jobs by age, number and bytes, the failed by bounds of their own (Retention). The commit that ends a job
// puts it on the shelf of its channel, in the order of the ends; pruning takes from there, at most 200 jobs a commit, and goes on when
// the store is nearly full, then harder. What is removed goes with its arguments and its log. Never removed is a job whose handler has
// not returned, or a failed one that blocks a sequential channel.
//
// The last 100 lines that handlers write with Job.Log are kept with the job, up to 16 KiB; they are committed with the Step, or the end of
// the run, that comes after them.
//
// # Batches
//
// A batch counts the jobs that name it (Options.Batch), in the commits that change them. It is finished when it is sealed and all of them
// are done, cancelled or failed; one that is started anew opens it again.
//
// # Notices
//
// What a person should know of makes a Notice, in the commit that makes it happen: jobs that failed for good, whose time was over, that
// were parked, that no worker of this program can do. There is one notice for each kind, backend and class of error, which counts; hooks
// (OnNotice) are called when it is opened, in the transaction.
//
// # Caveats
//
// A function given to the store may run more than once: Done and Step functions touch nothing but their transaction. A handler
// that ignores its context keeps its place until it returns, also after its job was cancelled or its time was over; that is
// what keeps two handlers off one machine. After ten seconds it is reported (Config.OnStuck, Queue.Stuck, Info.Stuck). A follower (a job whose identity key is that of a running one) starts when that one
// has returned.
package queue
