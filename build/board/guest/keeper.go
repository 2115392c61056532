package main

import (
	"errors"
	"os"
	"os/exec"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// A keeper keeps one program running, as a board's system does.
type keeper struct {
	args []string

	mu      sync.Mutex
	process *os.Process // nil while none runs
	wanted  bool
	ended   chan struct{} // closed when nothing is started any more
	err     error         // how the program ended last
}

var errNotRunning = errors.New("the program doesn't run")

// start starts the program, and again a second after its end until stop.
func (k *keeper) start() {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.wanted {
		return
	}
	k.wanted, k.ended = true, make(chan struct{})
	go k.keep(k.ended)
}

func (k *keeper) keep(ended chan struct{}) {
	defer close(ended)
	for {
		cmd := exec.Command(k.args[0], k.args[1:]...)
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		k.mu.Lock()
		if !k.wanted {
			k.mu.Unlock()
			return
		}
		err := cmd.Start()
		if err == nil {
			k.process = cmd.Process
		}
		k.mu.Unlock()
		if err == nil {
			err = cmd.Wait()
		}
		k.mu.Lock()
		k.process, k.err = nil, err
		again := k.wanted
		k.mu.Unlock()
		if again {
			say("the program ended: %v", err)
			time.Sleep(time.Second)
		}
	}
}

// stop ends the program by a signal, waits for that, and tells how it ended: nil is that it says all was well.
func (k *keeper) stop(by unix.Signal) error {
	k.mu.Lock()
	wanted, ended := k.wanted, k.ended
	k.wanted = false
	if k.process != nil {
		k.process.Signal(by)
	}
	k.mu.Unlock()
	if !wanted {
		return errNotRunning
	}
	<-ended
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.err
}

// signal sends the program a signal.
func (k *keeper) signal(s unix.Signal) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.process == nil {
		return errNotRunning
	}
	return k.process.Signal(s)
}

// pid is the program's number.
func (k *keeper) pid() (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.process == nil {
		return 0, errNotRunning
	}
	return k.process.Pid, nil
}
