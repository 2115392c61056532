// Package apikey looks after the API key by which Odoo knows the board: it tells when the key ends, warns of that
// early, and has Odoo make another one in time where Odoo allows it.
//
// # Words
//
// The given key is the one that a person entered, in api_key_file. An own key is one that the board had Odoo make
// from it; it is used instead. In Odoo it is called "crema", the board and eight digits that no other key has: a
// key can't be told by its text there, which Odoo keeps as a hash alone, and the list of keys has only names.
// Which of a user's keys is the given one can't be told where there are several: it is none of those that were
// there with a given key before it, and of the others the one that ends first is taken for it.
//
// # How a key is replaced
//
//	generate   Odoo makes another key                    the old one is used
//	commit     its text is sealed into the store         the old one is used
//	prove      Odoo is called with it                    the old one is used
//	commit     it is the board's key now                 both work
//	revoke     an own key before it, a week later        the new one is used
//
// Killed anywhere, the board has a key that works, and goes on from the last commit. An answer to generate that is
// lost leaves a key in Odoo that nobody has the text of: it can't be revoked, is found by its name, and counts.
// Beyond three such the board makes no more and asks a person to remove them; Odoo makes no user more than ten.
//
// The given key is never revoked: other boards may have it as well. It ends by itself. And an own key is revoked
// late, since a store that is damaged goes back to a snapshot, which may have the key of the day before.
//
// The given key counts as long as it stays what it was: another one, from another file, replaces the own key at
// once. If Odoo does not take the own key any more, somebody has removed it, say, the given one is tried.
//
// # Goroutines
//
// A [Keeper] starts none; its job runs in the queue, once a day and after a start. It is safe for concurrent use.
//
// # What survives a power cut
//
// All: own keys are sealed in the vault, in one entry, so that they change together; what was seen of the key in
// use, and told, is in the store.
//
// # Caveats
//
// Whoever restores a backup that is older than a week, and than the last change of the key, has a board whose key
// was revoked: enter another one. With an untrusted clock nothing is warned of, made or revoked. Where Odoo has
// no method that makes keys (18 was not tried), only the warning is left.
package apikey
