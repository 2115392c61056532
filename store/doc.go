// Package store keeps all that crema must not forget in one file. It is the only
// importer of bbolt and knows nothing of what is kept.
//
// # Words
//
// A [Store] is an open file. What is read is read in a [Store.View], what is written
// in a [Store.Update]; both hand a function a [Tx]. A [Bucket] is a typed, ordered
// map in the file, a [Key] the order-preserving encoding of its keys. A [Migration]
// brings the file to a program's schema. A step is one Update on its way, a group
// the steps of one commit.
//
// # Goroutines
//
// One goroutine, the committer, owns all writes, from Open to Close. It takes the
// steps that are waiting when the last commit has ended and commits them together:
// a commit costs two syncs and 20 kB on the card for one put and 30 kB for ten, so
// what counts is commits. Functions and hooks run on it, one after the other.
// Views run on their caller's goroutine, any number at once, on the last commit, and
// neither wait for the writer nor hold it up.
//
// # What survives a power cut
//
// When Update has returned nil, its writes are on disk, if the disk does not lie
// about a flush. What was not acknowledged is there whole or not at all. A new file
// appears whole or not at all, and so does a migration.
//
// The list of free pages is not written while running, since each commit would
// write all of it (600 kB after a large delete); it goes out with the last commit of
// Close. A file without it was not closed: the next Open reads it page by page, for
// its soundness and for the free pages, which takes as long as the disk needs to
// read it. A file that fails this is refused with a [DamagedError], never repaired in
// silence; so keep a snapshot. Open itself makes a commit without the list, so that
// a file which brings the process down is read through at the next start.
//
// # Failures
//
// A disk without room, or a file at its greatest size, gives [ErrFull]; nothing is
// lost, the store goes on, and a twentieth of its size is held back for updates that
// don't make the data grow: they delete, or write anew what is there. A page that
// can't be read, or contradicts the others, gives a [DamagedError]; from then on
// nothing is written until the file is opened anew, and [Store.Err] says so.
//
// # Caveats
//
//   - A function given to Update may run more than once. It touches nothing but its
//     Tx; what memory must learn goes in [Tx.OnCommit].
//   - There is one writer: a function that waits for a network, a machine or a person
//     stops everything that writes, and a View that does keeps the file growing.
//   - An Update within a View, an Update or a hook is refused with [ErrNested] where
//     it is made on the same goroutine. On another one that the function waits for,
//     it waits for ever.
//   - A View within an Update sees the commit before, not what the Update wrote.
//   - A Tx ends with its function and belongs to its goroutine. Values are decoded in
//     the transaction and are the caller's own.
//   - The file never shrinks while it is open.
//   - On a 32-bit board the file ends at 900 MiB, below a map of 1 GiB that is taken
//     at the start: a file that outgrew its map could not be used until a restart.
//   - ext4 with fast_commit loses what was synced on kernels before 5.17; crema's data
//     partition must not use it.
package store
