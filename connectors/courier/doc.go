// Package courier takes CSV files from a backend of type files to the tables of an exchange,
// and back: two flows, import and export, that backend has beside what package files
// declares.
//
//	[[backend]]
//	name   = "office"
//	type   = "files"
//	…
//	import = { drinks = "in/drinks*.csv" }          # table → which files
//	export = { cups = "daily/cups-{date}.csv" }     # table → which file
//	export_period = "last_day"                      # the cups of yesterday
//	[backend.schedule]
//	import = "*/10 * * * *"
//	export = "@daily"
//
// # Import
//
// A file that fits is looked at twice, ten seconds apart, and taken when its size and time
// have not changed: who writes it slowly is waited for, and who writes it under another name
// and renames it is taken at once the second time. It is imported, and the record of that is
// kept in the commit with which the import begins: over any crash, once. When its import is
// over, it is moved to done/ beside where it was, as "17-drinks.csv", 17 being the import's
// number; what was refused of it lies there too, as "17-drinks.errors.csv". A file that can't
// be imported at all is moved as "refused-drinks.csv", with the reason beside it, and a
// checkpoint says so. One whose import failed stays until that was requeued and is done.
//
// A file that stays, since the backend is for reading only, is known by name, size, time and
// content, and imported again only when one of these changes. One that is gone is forgotten:
// put there again, it is imported again.
//
// # Export
//
// Each table is written to its file, whole or not at all, in place of what is there. {date} is
// the day on which the job was enqueued, and with export_period that which it covers:
// "last_day" yesterday, as 2026-11-21; "last_month" the calendar month before, as 2026-11, so
// that a schedule of "@monthly" reports each month whole, however long it was. Days are those
// of the board's time zone. A period narrows the tables that know days, which is cups.
//
// # Goroutines
//
// Jobs, in root.files; a file that is exported is written by one goroutine and sent by another,
// both of which end with the job.
//
// # Caveats
//
// A board that was off at the hour of a schedule makes up for one run, not for each: with
// last_day, days of a longer outage are exported by hand (`crema export cups -f from=…`).
package courier
