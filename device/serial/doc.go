// Package serial opens serial ports for one program at a time.
package serial
