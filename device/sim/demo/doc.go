// Package demo is the world of `crema demo`: a simulated 1900 and 2900 on
// pseudo-terminals, with customers, a technician who mends what they raise alarms about,
// and a stand-in Odoo, and the configuration that a real board would have for them. The appliance itself is handed in, so that it is the
// very one that a real board runs. All of it is kept in one directory: the next run goes
// on where the last one ended.
package demo
