// Package alarms tells Odoo's Maintenance what is wrong with a machine, and what no longer is.
//
// A [Flow] is that of one backend. Each poll gives it the alarms that the machine has set
// ([Flow.Keep]); what came and what went is kept in one commit with the job that tells Odoo
// ([Flow.Tell]), and published in it. A poll that finds nothing new writes nothing.
//
// An occurrence is one time that something was wrong, and one request for maintenance of the
// machine's equipment: an alarm that comes again within a day is the same one, counted. Its
// external id has machine, code and number, so that a call that is made again writes the same
// record; and what the request says of it is enough for a board that has forgotten it.
//
// A store that is new, or that of an older moment, asks Odoo first what requests it has
// ([Restored]), and closes nothing before the machine has said what is wrong. A person's work on
// a request stays: its stage is written when the alarm is cleared, and when it is raised again
// after its end.
//
// Keep is called by the machine's own goroutine, Tell by jobs; both may run at the same time.
package alarms
