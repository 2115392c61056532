// Package webhook tells other systems by HTTP what happens at the machines: each cup and
// each alarm is posted as a CloudEvent to a URL, signed, in order, until it was taken. A
// receiver is a backend of kind "webhook"; there may be any number of them.
//
// # On the wire
//
// POST, HTTP/1.1, a connection for each; Content-Type application/cloudevents+json: one
// CloudEvent 1.0.2 in the structured mode of its HTTP binding. Signed as Standard Webhooks
// 1.0.0 has it, so that its libraries verify it:
//
//	webhook-id          the event's id, the same however often it is sent
//	webhook-timestamp   seconds since 1970, of this try
//	webhook-signature   "v1," and the base64 of HMAC-SHA256(key, id "." timestamp "." body); two of them while the secret is changed
//
// The secret is "whsec_" and the base64 of 24 to 64 random bytes. The receiver makes it, or
// whoever sets it up: echo "whsec_$(head -c32 /dev/urandom | base64)".
//
// # The events
//
//	type                        when                                       subject
//	local.crema.cup.made        a cup was read from a machine              cup/UUID
//	local.crema.cup.booked      it is in Odoo                              cup/UUID
//	local.crema.alarm.raised    an alarm began                             alarm/UUID
//	local.crema.alarm.cleared   it is over                                 alarm/UUID
//	local.crema.test            somebody tests the backend: nothing was    test
//
// source is the machine, "/crema/2900/29-1": its model and serial number, whatever its
// backend is called; of a test "/crema/backend/NAME". id is the UUID of the subject with
// "-made", "-booked", "-raised" or "-cleared". A fact that is learnt again, from an older
// snapshot of the store, say, has the same id. time is when it happened; the extension
// timetrust says how far the board's clock could be believed then: trusted, estimated,
// untrusted. datacontenttype is application/json, and data is, with all keys always there:
//
//	cup      key, uuid          strings, the same for ever
//	         backend            string, what the machine's backend is called
//	         model, serial      strings: "2900", "29-1"
//	         number             integer: of the machine's journal; of a 1900 the slot's counter
//	         era                integer or null: how often the 1900's counters were reset
//	         slot               integer
//	         kind               "sale", "free", "test", "remote", "counted"
//	         product            string, the name that the slot bore
//	         product_id         string or null: of Odoo's product.product
//	         price              {"amount": integer in minor units, "currency": "EUR"}, null where the kind has none, or nobody knows it
//	         payment            "cash", "card", "badge", "none"
//	         time, time_trust   RFC 3339 in UTC, null where nobody knows it; as above
//	         state, reason      of its booking at that moment: "seen", "booked", "parked" with its reason, "dismissed"
//	         odoo_id            string or null: of the pos.order
//	alarm    uuid               string: that of one alarm, from its beginning to its end
//	         backend, model, serial
//	         code               integer, the machine's own
//	         severity           "info", "warning", "fault"
//	         text               string, of the machine's manual
//	         since              RFC 3339 in UTC, when it was first seen
//	test     backend, message   strings
//
// Keys may be added; a receiver passes over those that it does not know.
//
// # In order, at least once
//
// An event is enqueued in the commit of its fact, a job for each backend that wants it, in a
// channel of the backend's own that is sequential: a post begins when the one before it was
// taken. A receiver may get an event twice, since the answer to the first can be lost, but
// never a later one in between. What it does with an id that it knows already is to answer
// 2xx.
//
//	answer                          what becomes of the event
//	2xx                             delivered; the body is not looked at
//	none, 5xx, 408, 425, 429        tried again after 5 s, doubling to 10 min, or after its Retry-After, an hour at most
//	3xx, any other 4xx              a checkpoint says what was refused; tried again after 1 min, doubling to 1 h
//	410                             the backend is switched off, and a checkpoint says so
//	another or no certificate,      a checkpoint at once; tried again as if nobody had answered
//	no secret
//
// None of this costs an attempt, and the line waits: for half a year, after which the job
// fails as any other. That nobody answers for a day is told by a checkpoint. To review a
// checkpoint, like a good test, has the first in line tried at once, and so has requeueing
// its job; to cancel the job goes on without that event. The checkpoints close by
// themselves with the next event that is taken.
//
// Redirections are not followed: neither the events nor their order are for whomever a
// receiver names.
//
// # What waits
//
// Events are kept from the moment on at which a backend is there and not off, and sent once
// it is in production. While it is off none are kept; what waited before is. At most 100,000
// wait, about 300 MB, which the receivers that there are share evenly: the oldest are kept,
// and a checkpoint counts those that are not, so that nothing is lost in silence. To delete
// a backend cancels what waits for it, and is refused where that is more than 1,000.
//
// # Security
//
// http is refused but for hosts of the local network, and a warning as long as it is used
// beyond the board. A certificate that the operating system doesn't trust is let pass by its
// fingerprint alone (see package remote); the test of the backend shows it. The proxy of the
// environment is used (HTTPS_PROXY, NO_PROXY), as for Odoo. Of an answer 4 KiB are read, and
// the first line is shown, 200 characters. Neither the secret nor the URL beyond its host
// are in logs, errors, checkpoints or arguments of jobs; the URL itself is a setting, and no
// place for a token. A badge's number is not sent.
//
// CloudEvents' validation handshake (OPTIONS with WebHook-Request-Origin) is not offered: it
// keeps services whose URLs strangers enter from being turned against others, and here the
// owner of the board enters them.
//
// # Goroutines, and what survives a power cut
//
// None outlives a task. What was enqueued survives; how long the line waited for the next
// try does not, and begins at 5 s again.
//
// # No library
//
// The envelope and the signature are 70 lines here, held against the vector of Standard
// Webhooks; of CloudEvents' SDK the event alone would add 0.9 MB to the program.
//
// # Caveats
//
// A receiver that verifies webhook-timestamp refuses what a board with a wrong clock sends,
// with a 4xx as a rule: that goes on by itself once the clock is right.
package webhook
