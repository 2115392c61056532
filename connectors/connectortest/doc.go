// Package connectortest helps to test connectors. It is for _test.go files only.
//
//	Adapter     the conformance suite of adapters: all that synchronizers count on
//	Exporter    that of exporters of single records, and Importer of importers: order, skip,
//	            retry, power cut, lock, cycle, conflict
//	Connector   that of connectors: what the page, the commands and the queue count on
//	Memory      a system in memory, with faults: what another side is in a test
//	Board       a board without a machine: store, queue, clock, secrets
//	Record      the events that were published and committed
//
// A suite has parts, each on a new system; what a system can't do, or can't be made to do
// wrong, is not tried. That each part finds what it is for is tested with implementations
// that are broken on purpose.
//
// # Caveats
//
// The suites see what an adapter does to its own system. Whether a stand-in does what the
// true system does is for captures of the true one to say.
package connectortest
