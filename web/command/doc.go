// Package command has the commands that talk to a running board, and what all
// commands have in common: the global flags, how the configuration is loaded, and
// how results are printed. The tags on the fields are the command line's grammar;
// this package parses nothing itself.
//
// Commands find the board by DATA/api.addr and DATA/api.token. Where no board runs,
// `check` and `backup` open the store themselves; `restore` works only then. A command that fails says why, and what to do.
package command
