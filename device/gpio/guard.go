package gpio

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"time"
)

// guardCommand is the program's command that is the guard; its arguments are the outputs.
const guardCommand = "gpio-guard"

// Guard starts the guard of these outputs: this program once more, which does nothing but
// wait until this one is gone. Close ends it; the outputs should be closed by then.
func (c Chips) Guard(outputs []string) (io.Closer, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("start the guard of the outputs: %w", err)
	}
	cmd := exec.Command(self, append([]string{guardCommand, "--"}, outputs...)...)
	cmd.Env = append(os.Environ(), "GOMAXPROCS=1", "GOGC=20")
	pipe, err := cmd.StdinPipe() // its end is this program's
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return nil, fmt.Errorf("start the guard of the outputs: %w", err)
	}
	return guard{cmd, pipe}, nil
}

type guard struct {
	cmd  *exec.Cmd
	pipe io.WriteCloser
}

// Close tells the guard that all is well.
func (g guard) Close() error {
	_, err := g.pipe.Write([]byte{allIsWell})
	return errors.Join(err, g.pipe.Close(), g.cmd.Wait())
}

const allIsWell = 'k'

// How often the guard tries: the kernel frees the lines of a dying process last.
const tries, again = 250, 20 * time.Millisecond

// Stand is the guard: it reads until alive ends, and sets the outputs high unless that said
// before that all is well. It heeds no signal to end: those go to every process of a service
// that is stopped, and the program that it guards ends first.
func Stand(alive io.Reader, lines Lines, outputs []string) error {
	signal.Ignore(os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	last, err := io.ReadAll(alive)
	if err != nil || len(last) > 0 {
		return err
	}
	var errs []error
	for _, name := range outputs {
		errs = append(errs, release(lines, name))
	}
	return errors.Join(errs...)
}

// release opens an output, which makes it high, and closes it. One that stays in use belongs
// to somebody again, who opened it high: the program was started anew.
func release(lines Lines, name string) error {
	for n := 0; ; n++ {
		o, err := lines.Output(name)
		var used *InUseError
		switch {
		case err == nil:
			return o.Close()
		case !errors.As(err, &used):
			return err
		case n == tries:
			return nil
		}
		time.Sleep(again)
	}
}
