// Package remote is what any remote system has: host, port, user, secrets, the
// fingerprint by which it proves who it is, path and timeout. A connector declares those
// settings that it needs with [Settings], and reaches the system with [TLS] or
// [DialSSH].
//
// # Who is at the other end
//
// No credential goes out before the other end has proved who it is:
//
//	                fingerprint          neither                     ignore_fingerprint
//	https, TLS      that certificate,    the name, by the roots      any certificate,
//	                or that public key   of the operating system     with a warning
//	ssh             that host key        refused: fingerprint is     any host key,
//	                                     needed                      with a warning
//
// A TLS certificate's fingerprint is the SHA-256 of the certificate, as openssl prints it
// ("AB:CD:…", or without colons), or of its public key, as curl has it
// ("sha256//" + base64), which stays the same when the certificate is renewed with the
// same key. With a fingerprint the name, the time and the roots don't matter: it is that
// certificate or none. An SSH host key's is as ssh-keygen -l prints it ("SHA256:…"); a
// system with several host keys may be known by any of them. MD5 is refused.
//
// The default is to compare, unlike OCA's base_external_system, whose default is to ignore
// and which compares nothing itself. Where it is ignored, [Warnings] says so for as long
// as it is.
//
// A [FingerprintError] shows what the system has, so that a technician can compare it with
// what the system's own people say, and enter it.
//
// # Goroutines
//
// The package starts none that outlive a call, and keeps nothing between calls: settings
// and secrets are read anew by each.
package remote
