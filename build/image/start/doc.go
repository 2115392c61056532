// Command start is what gokrazy starts on an image of crema: it has crema take what a person wrote onto the card, and
// then runs it.
//
//	card's boot partition ── crema setup ──▶ /perm: what is in force, and secrets, sealed
//	what came of it ──▶ crema-says.txt on the card, the screen at the board, and the page
//
// The card is mounted only meanwhile. With a configuration in force crema runs, whatever stands on the card; with none, if
// crema refuses the one in force, as another version of it may, or if it, or the whole board, ends soon after its start three times in a row, a page
// in its place says why, to everybody, as it holds no secret. Behind that page crema is tried again each minute. When crema ends
// after two minutes or more, this does, and gokrazy starts both again.
//
// The configuration that crema last ran with for two minutes is kept beside the one in force. When another one fails it is
// written onto the card, as crema-before.toml, and a person decides: to go back by itself could book into the wrong Odoo.
//
// After a power cut anywhere the next start does the same again: crema setup goes on where it was cut off, and nothing is
// written that stands there already.
package main
