// Package network brings a board of the image to its network, as network.txt on the card's boot partition says. That is
// no TOML, though it looks like it: a line is a setting, a comment or empty, so that a mistake is told by its line.
//
//	address      = "192.168.1.20/24"       # without it, or "dhcp": what the network gives
//	gateway      = "192.168.1.1"
//	name_servers = "192.168.1.1, 9.9.9.9"
//	name         = "crema-kitchen"         # without it, crema- and the end of the serial number
//
// crema/build/image/start judges the file at the board's start (Take) and hands what is in force to crema/build/image/connect,
// a process of its own: the network is up whatever becomes of crema. That has gokrazy's DHCP client do the
// work, which sets an address that is given as well, and starts it again when it ends, its interface is another one, or its cable was
// out: it may be in another network now. Name servers that are given are those that are asked, also beside an interface with DHCP.
//
// # What survives a power cut
//
// The settings in force are a file on /perm beside crema's configuration. A bad network.txt changes nothing there, and
// without one on the card what was in force before is. What is handed over is in memory.
package network
