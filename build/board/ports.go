package board

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"sync"
)

// Ports are taken below those that the kernel gives to connections, or one could be gone before an emulator listens on it.
const firstPort, lastPort = 20_000, 32_000

// taken are the ports that this run has given away: none is given twice.
var taken sync.Map

// freePort finds a port of this computer's that nobody has.
func freePort() (int, error) {
	var last error
	for range 1000 {
		port := firstPort + rand.IntN(lastPort-firstPort)
		if _, given := taken.LoadOrStore(port, true); given {
			continue
		}
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			return port, l.Close()
		}
		last = err
	}
	return 0, errors.Join(errors.New("this computer has no free port"), last)
}
