// Command wifi keeps the board in a Wi-Fi network: wifi INTERFACE NAME, the passphrase on the standard input. What changes it
// says on the standard output, a line each. It is in the module of what the image pins, so that its library gets into no other.
//
// The handshake is the chip's (WPA2 with a passphrase): the firmware of a Pi 3, 4 and 5 can do it, that of a Zero 2 W too unless its
// chip is a BCM43430/2. There is no wpa_supplicant on the image.
package main
