// Package table imports and exports files of records in the background.
//
// # Words
//
// A [Table] is a sort of records: its columns, and how one record is imported and all are
// exported. An [Exchange] does that for the tables that it was given. A file is CSV; a record
// is one row of it, and has several lines where a cell has. A chunk is records that one job
// imports.
//
//	x, err := table.New(table.Config{…}, table.Bindings(…), …)
//	i, err := x.Import(ctx, "bindings", "bindings.csv", file) // i.Job is done when all is
//	e, err := x.Export(ctx, "bindings", table.Filter{"backend": "kitchen"})
//
// # The file
//
// UTF-8, with or without a mark; commas or semicolons, whichever its first line has more of;
// quotes as RFC 4180 has them; LF or CR LF. The first line names the columns, in any order,
// without regard to capitals. A column that the table doesn't know, one that is there twice
// and a required one that is missing refuse the file, which is read once for this before
// anything of it is imported; so do more than [MaxFile] bytes or [MaxRecords] records.
//
// A record that can't be read, or that its table refuses, is refused by itself: the report has
// it with its line and what is wrong, as a file that can be corrected and imported again. A
// quote that is missing would make the rest of the file one cell. So where a record of several
// lines can't be taken apart, only its first line is refused, and the next one is read anew.
//
// What is exported is safe to open in a spreadsheet: a cell that begins with one of = + - @,
// a tab or CR, and is no number, gets an apostrophe before it, which an import takes off again.
//
// # How a file is imported
//
//	received    header read, records cut into chunks of 100, all of it committed
//	enqueued    a batch of jobs, one for each chunk, each after the one before it
//	a chunk     each record by itself; what becomes of them is committed with how far it is
//	the end     by the batch: done, failed or cancelled; a checkpoint if any was refused
//	removed     after [Config.Keep], with its report
//
// The jobs are in root.import: its places are how many files are imported at a time. The
// chunks of one file come one after the other, as later lines may build on earlier ones, and
// neither the store, which has one writer, nor Odoo, which is called once at a time, would be
// quicker with several. A chunk that fails for good holds the rest back; requeued, it takes
// them with it.
//
// # Who owns what
//
// Nothing here starts a goroutine; files are read on that of the caller of [Exchange.Import],
// and all else is jobs.
//
// # What survives a power cut
//
// An import from the moment on at which Import has returned: its chunks and its report are in
// the store, not beside it, so they commit with its jobs, and a snapshot or backup has them.
// A record whose table has Import is imported exactly once. One that goes to another system
// (Send) may be sent again if the power is cut while it is under way, and its table sees to it
// that this changes nothing.
//
// An exported file is not in the store: it can be made again, and a large one would have the
// store grow for good. After a restored backup it is gone.
//
// # Caveats
//
// Every record is one row; none continues that before it with empty cells. Space around a cell
// is not part of it. A file in another encoding than UTF-8 is refused line by line, where a
// line has more than ASCII. Keep is counted in board time, which stands still while the board
// is off.
package table
