package serial

import "crema/device"

// Dialer opens the port at path.
func Dialer(path string, baud int) device.Dialer { panic("todo") }
