// # Many boards on one Odoo
//
// A board has one call in flight, whatever its jobs want. Its schedules come late by a part of
// their period that is its own ([queue.ScheduleOptions]), and it comes back to an Odoo that
// failed after a time that is a third random ([odoo.Backoff]).
//
// Measured on 22 November 2026 with 200 boards in simulated time, each with its store, queue,
// client and a simulated 2900 with six drinks, and a stand-in that takes 50 ms a call
// (TestFleet, at nightly length); busy is 20 cups an hour and board:
//
//	                                      calls by hour and board   calls a second, of all   most in 10 s
//	idle                                            13.0                      0.7                 145
//	busy                                            67.1                      3.7                 165
//	15 minutes after a restart of a minute          65.3                      3.6                  98
//	the same, all calls broken off at once          65.3                      3.6                 177
//	15 minutes after half an hour without Odoo      86.4                      4.8                 136
//
// Of the 13 calls nine read the whole catalogue, once an hour, and four ask what was written
// since. A cup is two calls: what has changed in the taxes, and the order. What is most in ten
// seconds comes at the full hour, where the boards of the test were switched on within ten
// minutes: they read the whole catalogue then, spread over five minutes.
//
// What Odoo bears is not shown by this, and was measured elsewhere: some five to eight orders
// a second on two processors, of all machines together.
package coffee
