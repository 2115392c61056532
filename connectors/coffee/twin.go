package coffee

import (
	"errors"
	"fmt"
	"sync"

	"crema/device"
)

// errTwin is a machine that reports the serial number of one which another backend has
// just now. Its cups would be taken for the other's: they bear the same keys.
var errTwin = errors.New("the same serial number")

// lines says which backend has each machine that is connected, by model and serial number.
type lines struct {
	mu    sync.Mutex
	holds map[device.Identity]*Backend
}

// machineOf is what tells machines apart.
func machineOf(id device.Identity) device.Identity {
	return device.Identity{Model: id.Model, Serial: id.Serial}
}

// claim takes a machine for a backend. While another one is connected to it, errTwin.
func (l *lines) claim(id device.Identity, b *Backend) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.taken(id, b); err != nil {
		return err
	}
	if l.holds == nil {
		l.holds = map[device.Identity]*Backend{}
	}
	l.holds[machineOf(id)] = b
	return nil
}

// check says whether the machine is the backend's still: two that connect at one time
// both claim it.
func (l *lines) check(id device.Identity, b *Backend) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.taken(id, b)
}

func (l *lines) taken(id device.Identity, b *Backend) error {
	other := l.holds[machineOf(id)]
	if other == nil || other.cfg.Name == b.cfg.Name || other.link.Health().State != device.LinkConnected {
		return nil
	}
	return fmt.Errorf("the machine %s/%s is connected to the backend %q already: two machines report %w, or two lines lead to one machine; crema reads the first alone",
		id.Model, id.Serial, other.cfg.Name, errTwin)
}
