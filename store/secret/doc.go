// Package secret keeps what must not lie in the store in clear: API keys, passwords.
//
// A [Box] holds a key and seals with it: AES-256-GCM of the standard library, a
// random nonce each time. What is sealed is bound to a context, so that one secret
// can't be put in another's place. A [Vault] keeps sealed values by name in the store.
//
// The key is a file of 32 random bytes and mode 0600, made by [OpenKey] at the first
// start. It belongs beside the store, never in a backup of it: whoever has both has
// the secrets. A store restored on a board with another key loses its secrets and
// nothing else; they are entered anew.
//
// # Caveats
//
// This protects backups, copies and logs, not against who can read the board's disk
// as root: the key lies there. Nor does it wipe secrets from memory.
//
// 2^32 seals of one key are safe (NIST SP 800-38D, section 8.3); at one a second
// that is 136 years.
package secret
