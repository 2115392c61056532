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
// a commit costs two syncs and three pages of 4 KiB for one put and for ten, so what
// counts is commits. Functions and hooks run on it, one after the other.
// Views run on their caller's goroutine, any number at once, on the last commit, and
// neither wait for the writer nor hold it up.
//
// # The log and the tree
//
// bbolt keeps a tree, of which a commit writes all pages on the way to each thing that it
// changes: 8 to 12 for the kilobyte of a cup, more when the store has grown. So a commit
// that changes less than a page adds a record of its changes to the log, which is a
// bucket of the same file, and writes three: that of the log, the file's first, and the
// header. What is in the log lies over the tree, in memory; a transaction sees both as one.
// When the log has 40 pages, or has deleted as much of the tree, a commit of its own moves
// it into the tree; so do a commit that changes more than a page, Close, and a file that
// is full. In that there may be room for a part of it only, and for the next when the commit
// before has freed the old pages: what deletes goes first. Open reads the log that a file still has. A log in a file of its own would write
// half of that, with one sync a commit, and would be a second thing to keep in step and
// to restore: this one has bbolt's own promises.
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
// read it. Open itself makes a commit without the list, so that a file which brings
// the process down is read through at the next start. A file that was closed is
// opened in milliseconds, whatever its size.
//
// # What survives a damage
//
// Cards turn bits, lose pages, and forget what they said was written. bbolt's pages
// bear no checksum, so each value has one, and each bucket; a page at a wrong place,
// a length or a count that is not what was written shows in the pages' layout. Open
// refuses a file that fails this, with a [DamagedError], and so does everything that
// reads; nothing is ever repaired in silence. A page that was written and then lost,
// so that an older and sound one of the same place is there, can't be told.
//
// [OpenOrRestore] puts the best that is left in the place of a damaged file, and
// keeps that:
//
//  1. the file's own state, if it is whole; else that before its last commit. bbolt
//     leaves it alone until the commit after, so it is lost only with a page that both
//     states have;
//  2. the file from before a compaction, until the compacted one was found sound once;
//  3. the newest sound one of the snapshots that [Store.KeepSnapshots] writes;
//  4. an empty store.
//
// A [Restoration] says so. It is in the file from the moment on at which that is in
// place, and stays until somebody has drawn the consequences and settled it. Which
// file is in place changes by one rename, so a cut at any moment leaves the one or
// the other.
//
// # Files
//
//	crema.db                            the store
//	crema.db.damaged-20261122T064306Z   what OpenOrRestore put aside; four at most: the first, and the last three
//	crema.db.replaced-…                 what Replace put aside; a person removes it
//	crema.db.before-compaction          until the first Check or snapshot that is sound
//	.crema.db.prepared-…                one being written; swept by the next Open
//	snapshots/snapshot-17.db            the two newest sound ones, numbered through
//	snapshots/snapshot-12-before-schema-3.db   the state before the last migration: the way back
//
// # Failures
//
// A disk without room, or a file at its greatest size, gives [ErrFull]; nothing is
// lost, the store goes on, and a twentieth of its greatest size, and 1 MiB of the
// disk, whose blocks it has taken ahead, are held back: half of it for updates that don't
// make the data grow, a fourth for the move of the log, of which each commit is refused
// that might need more for it, and the last for updates that only delete, or write anew
// what is there. A page that can't be read,
// or contradicts the others, gives a [DamagedError]; from then on nothing is written
// until the file is opened anew, [Store.Err] says so and [Store.Failed] is closed.
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
//   - A Store.View within an Update sees the commit before, not what the Update wrote;
//     a [Tx.View] sees it.
//   - A Tx ends with its function and belongs to its goroutine. Values are decoded in
//     the transaction and are the caller's own.
//   - What was deleted makes room when the log is moved: [Stats].Free may be 160 kB late.
//   - The file never shrinks while it is open. One of 16 MiB or more, over half of it
//     free, is compacted when it is opened, if there is room for a copy.
//   - A file that is absent is restored too, if there are snapshots: to begin anew,
//     move both away.
//   - Snapshots on the same card die with the card. A backup elsewhere is a person's
//     matter, see [Store.Snapshot].
//   - On a 32-bit board the file ends at 900 MiB, below a map of 1 GiB that is taken
//     at the start: a file that outgrew its map could not be used until a restart.
//   - ext4 with fast_commit loses what was synced on kernels before 5.17; crema's data
//     partition must not use it.
package store
