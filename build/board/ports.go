package board

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
	"syscall"
)

// Ports are taken below those that the kernel gives to connections, or one could be gone before an emulator listens on it.
const firstPort, lastPort = 20_000, 32_000

// taken are the ports that this run has given away: none is given twice.
var taken sync.Map

// freePort finds a port of this computer's that nobody listens on. It doesn't listen there itself: a program that is started at that
// moment would hold the port for a while.
func freePort() (int, error) {
	for range 1000 {
		port := firstPort + rand.IntN(lastPort-firstPort)
		if _, given := taken.LoadOrStore(port, true); given {
			continue
		}
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if errors.Is(err, syscall.ECONNREFUSED) {
			return port, nil
		}
		if err == nil {
			conn.Close()
		}
	}
	return 0, errors.New("this computer has no free port")
}
