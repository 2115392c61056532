// Package remotetest has systems to connect to in tests: a real SSH server on the
// loopback, that says what it was shown. It is imported by tests only.
package remotetest
