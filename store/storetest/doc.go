// Package storetest opens real stores for tests: a file in memory, in a directory of the test's
// own, checked page by page when the test ends; and small disks to fill. It is imported
// by tests only.
package storetest
