package sim

import "net/http"

// Control is an HTTP surface over m and its line.
func Control(m Machine, pty *PTY) http.Handler { panic("todo") }
