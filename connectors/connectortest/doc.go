// Package connectortest helps to test connectors: [Record] keeps the events that were
// published and committed, [Memory] is a system to synchronise with. It is for _test.go files only.
package connectortest
