// Command connect is what gokrazy starts on an image of crema to bring the board to its network, as crema/build/image/start
// hands it (crema/build/image/network). It is a process of its own, so that the network stays up while crema starts again.
package main
