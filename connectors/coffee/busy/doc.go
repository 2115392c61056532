// Package busy pours a coffee when Odoo is busy for too long: slower than is taken for normal, or
// out of reach, for as long as the settings say.
//
// A [Watch] is that of one backend. It looks at what the client of Odoo has seen, asks the cheapest
// question while nobody else asks, and keeps since when Odoo is busy, by board time: a wrong clock,
// and one that jumps, pour nothing, and nobody looked over a reboot. When it is time it asks for one
// cup, in the commit that keeps that it did; how the cup is made once and not twice is the
// connector's. A look that finds nothing new writes nothing. Off by default.
package busy
