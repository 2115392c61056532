package gpio

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime/debug"
	"sync"
	"syscall"
	"time"
)

// GuardCommand is the first argument of a program that is to be the guard, and nothing else
// ([Stand]); the others are the outputs.
const GuardCommand = "gpio-guard"

// anew is how long after the end of a guard another one is started.
const anew = time.Second

// patience is how long Close waits for a guard to end.
const patience = 2 * time.Second

// Guard starts the guard of these outputs: this program once more, which does nothing but
// wait until this one is gone. One that ends before, as of too little memory, is started
// anew a second later, and again where that fails.
func (c Chips) Guard(outputs []string) (Guard, error) {
	g := &guard{outputs: outputs, closing: make(chan struct{}), ended: make(chan error, 1)}
	cmd, err := g.start()
	if err != nil {
		return nil, err
	}
	go g.keep(cmd)
	return g, nil
}

type guard struct {
	outputs []string
	closing chan struct{}
	ended   chan error // what the last one's end was

	mu     sync.Mutex
	closed bool
	err    error          // why none runs
	runs   *os.Process    // the one that was started last
	pipe   io.WriteCloser // of that one; its end is this program's
}

// start starts one; none after Close.
func (g *guard) start() (_ *exec.Cmd, err error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return nil, os.ErrClosed
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("start the guard of the outputs: %w", err)
		}
		g.err = err
	}()
	// Its path may lead to another version by now, or to none: a program is replaced while it runs.
	cmd := exec.Command("/proc/self/exe", append([]string{GuardCommand}, g.outputs...)...)
	cmd.Args[0] = os.Args[0]
	cmd.Env = []string{"GOMAXPROCS=1"} // no secrets
	cmd.Stderr = os.Stderr
	pipe, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return nil, err
	}
	g.runs, g.pipe = cmd.Process, pipe
	return cmd, nil
}

// keep keeps one running until Close.
func (g *guard) keep(cmd *exec.Cmd) {
	for {
		var err error
		if cmd != nil {
			err = cmd.Wait()
			g.mu.Lock()
			g.err = fmt.Errorf("the guard of the outputs has ended (%v)", cmd.ProcessState)
			g.mu.Unlock()
		}
		select {
		case <-g.closing:
			g.ended <- err
			return
		case <-time.After(anew):
		}
		cmd, _ = g.start() // Err tells why it can't be; it is tried again
	}
}

// Err says why none runs; nil while one does.
func (g *guard) Err() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.err
}

// Close tells the guard that all is well, or has it act as if this program were gone. One that was
// told so and does not end is killed; one that has to act is left to it.
func (g *guard) Close(well bool) (err error) {
	g.mu.Lock()
	g.closed = true
	last := g.runs
	if well {
		_, err = g.pipe.Write([]byte{allIsWell})
		if errors.Is(err, os.ErrClosed) || errors.Is(err, syscall.EPIPE) {
			err = nil // it has ended
		}
	} else {
		err = g.err // nobody is there to act
	}
	g.pipe.Close() //nolint:errcheck // it is told already, or gone
	g.mu.Unlock()
	close(g.closing)
	select {
	case end := <-g.ended:
		return errors.Join(err, end)
	case <-time.After(patience):
		if well {
			last.Kill() //nolint:errcheck // it has ended since
		}
		return errors.Join(err, fmt.Errorf("the guard of the outputs did not end in %s", patience))
	}
}

const allIsWell = 'k'

// How often the guard tries: the kernel frees the lines of a dying process last.
const tries, again = 250, 20 * time.Millisecond

// Stand is the guard: it reads until alive ends, and sets the outputs high unless that said
// before that all is well. It heeds no signal to end: those go to every process of a service
// that is stopped, or that systemd's watchdog ends (SIGABRT), and the program that it guards ends first.
func Stand(alive io.Reader, lines Lines, outputs []string) error {
	signal.Ignore(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGABRT, syscall.SIGQUIT)
	debug.FreeOSMemory() // what the start of the program took
	last, err := io.ReadAll(alive)
	if err != nil || len(last) > 0 {
		return err
	}
	var errs []error
	for n := 0; ; n++ {
		var held []string
		for _, name := range outputs { // one that another holds keeps none of the others waiting
			err := release(lines, name)
			var used *InUseError
			if errors.As(err, &used) {
				held = append(held, name)
				continue
			}
			errs = append(errs, err)
		}
		// One that stays in use belongs to somebody again, who opened it high: the program was started anew.
		if len(held) == 0 || n == tries {
			return errors.Join(errs...)
		}
		outputs = held
		time.Sleep(again)
	}
}

// release opens an output, which makes it high, and closes it.
func release(lines Lines, name string) error {
	o, err := lines.Output(name)
	if err != nil {
		return err
	}
	return o.Close()
}
