/*
# What hurt users, and why it can't happen here

 1. Jobs stuck in enqueued: only a parked job is ever enqueued, and it starts in the commit in which the last of the others ends.
 2. Started ghosts after a power cut that fill the capacity: Run puts back, before it starts anything, whatever has a place from another Run.
 3. A silent runner: no job is started by a message. The commit that frees a place fills it; the loop looks again each minute.
 4. No time limit: each channel and each job has one, which cancels the handler's context.
 5. A running job can't be ended: Cancel takes its lease and cancels its context at once.
 6. One job run twice at a time: a place is given in the commit that takes it, and a run without its lease commits nothing.
 7. Duplicates: the identity key is looked up by the one writer, in the transaction that adds; what runs is found too.
 8. Two runners: the store's file is locked by one process, and Run refuses to run twice.
 9. Platforms that can't run the runner: it is in the program.
 10. Channels that need a restart: SetChannels; pause and resume are stored; what is not understood is refused with its place.
 11. Serialisation failures on the jobs' states: there is one writer, and transactions wait for nothing.
 12. Endless retries: each run counts but those that say they were free, and a job's age ends those.
 13. Children that wait for ever: whatever a dependency ends in decides what comes of those that come after it, in the same commit.
 14. Tables that grow: finished jobs, failed ones too, are bounded by age, number and bytes; no list or count walks through them.
 15. New databases not seen: there is one store. 22. Copies that run jobs: a card in another board runs nothing until a person says so.
 16. The runner's own address: it has none.
 17. A commit inside a job: Job.Step is one that is refused when the job isn't this run's any more.
 18. Batches that never end: finished means all terminal.
 19. Context lost: Options.Env goes with the job.
 20. Too many notices: one for each kind and class of error, counted.
 21. No metrics: Config.Observe, Counts and the API's /metrics.
 23. Time zones of hours to come: hours are UTC in the store, delays are board time.
 24. Code in stored data: arguments are JSON for kinds that the program registers, nothing else runs.
 25. Cron jobs beside the queue: a schedule's run is a job, and starts none while its last one is open.
 26. Two bindings of one record: the binder's, not the queue's.
 27. Sequential order: by id, whatever the priority, through parents.
 28. A runner killed by its CPU limit: it is the program, and what supervises that starts it again.
*/
package queue

// This file is the part of the package's documentation that says why what hurt the users of OCA's queue_job can't happen here. What
// each of its features is here stands in build/rows.md, with the test that shows it.
