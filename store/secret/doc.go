// Package secret keeps what must not lie in the store in clear: API keys, passwords,
// private keys.
//
// A [Vault] keeps sealed values by name in the store; [Keys] seal them: AES-256-GCM of the
// standard library, a random nonce each time. What is sealed is bound to its name, so that
// one secret can't be put in another's place. Nothing gives a value back but to the code
// that needs it: no page, API or command does.
//
// # The key
//
// It is 32 random bytes outside the database: a credential of systemd ("crema.key"), else a
// file of mode 0600 beside the store, made by [KeyFiles.Open] at the first start and never
// in a backup: whoever has both has the secrets. A store restored on a board with another
// key loses its secrets and nothing else; they are entered anew.
//
// # Another key
//
//	Rotate    sealing.key.new is made, durably       the new key seals, both open
//	Renew  1  all is sealed anew, in one commit      both open
//	       2  a snapshot, and a commit               so that no state that crema could go
//	       3  once more                              back to needs the old key
//	       4  the new key takes the old one's name   the old one is gone
//
// Killed anywhere, it goes on with Renew at the next start. A key that is a credential is
// replaced from outside: the one before is given as "crema.key.old", and steps 1 to 3 are
// done. What no key opens is left as it is, and named.
//
// # Why the standard library
//
// It is kept better than anything else, and does all that is needed here: authenticated
// encryption of short values in a context. filippo.io/age seals files to recipients: no
// context, 200 bytes of head for each value, and 130 KB of program. Tink brings key sets with
// rotation, 2.1 MB of program with protobuf, and its key set would have to be kept in a file as
// ours is, and be replaced there in the same steps; those are what is ours here.
//
// # Caveats
//
// This protects backups, copies and logs, not against who can read the board's disk
// as root: the key lies there, unless systemd has sealed it with a TPM. Nor does it wipe
// secrets from memory: [HideMemory] keeps that from cores and from other processes, but not from root,
// nor from a swap that is not encrypted. Who had the old key and an old copy of the store has its secrets: change
// them as well. A backup from before a rotation, restored, has secrets that don't open.
//
// 2^32 seals of one key are safe (NIST SP 800-38D, section 8.3); at one a second
// that is 136 years.
package secret
