// Package simulate is the command that puts one simulated machine on a
// pseudo-terminal, and the demo's way to do the same. It alone knows both
// simulators. Everything that it starts ends with the context that it was given.
package simulate
