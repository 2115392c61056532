// Package files is the connector for files at another place: a directory of the board's
// own file system (version "os"), such as a mounted share, or one at a server that speaks
// SFTP (version "sftp").
//
//	[[backend]]                                [[backend]]
//	name      = "share"                        name     = "office"
//	type      = "files"                        type     = "files"
//	version   = "os"                           version  = "sftp"
//	directory = "/mnt/exchange"                host     = "files.example.com"
//	                                           username = "crema"
//	                                           private_key_file = "office.key"
//	                                           fingerprint = "SHA256:…"
//	                                           path     = "/exchange/crema"
//
// A task borrows a [Tree], one client for both: names in it are relative, with slashes,
// and lead nowhere but below the backend's directory: ".." is refused, and so is a symbolic
// link out of it. [NewAdapter] gives synchronizers what they know, for the files of a pattern:
// search, read, create, write, delete.
//
// # Whole files only
//
// What is written gets another name first, brought to the disk, and its own when it is
// whole, so that who reads the directory never sees half a file. After a power cut, or a
// connection that is lost, one such as .crema-1a2b3c4d.part may stay; it is never listed, and
// may be removed. A Create never takes the place of what is there: by a hard link; where the
// file system or the server has none, by a look just before, so that of two who create the same
// name in the same moment the later may win. A server without the extension
// posix-rename@openssh.com has no file of that name for a moment while one is replaced.
//
// # Hanging
//
// Every call ends with its context, and at a server after the backend's timeout without an
// answer, by cutting the connection: after that the tree is of no use any more. A call to a
// directory can't be cut off: one on a network share that hangs, hangs with it until the
// kernel gives up.
//
// # Caveats
//
// At a server the links in a path are looked at one by one; who can change them there in the
// same moment can lead crema astray, to what its user may see anyway.
package files
