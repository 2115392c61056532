// Package connectortest helps to test connectors: [Record] keeps the events that were
// published and committed. It is for _test.go files only.
package connectortest
