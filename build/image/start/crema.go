package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// wrongUsage is crema's exit code where the configuration is refused.
const wrongUsage = 2

// environment goes before the file: the page is where the card's text says, and the board's watchdog, where it has one, is
// crema's, whatever the configuration says.
func (a appliance) environment() []string {
	env := append(os.Environ(), "CREMA_CONFIG="+a.config, "CREMA_DATA="+a.data, "CREMA_LISTEN="+a.listen,
		"GOTRACEBACK=crash") // one that panics dies of a signal: else its exit code would be that of a configuration that is refused
	if _, err := os.Stat(a.watchdog); err == nil {
		env = append(env, "CREMA_WATCHDOG="+a.watchdog)
	}
	return env
}

// command is a crema that ends with this process, whatever ends that: the next start runs its own, on the same store.
func (a appliance) command(ctx context.Context, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, a.crema, args...)
	cmd.Env, cmd.WaitDelay = a.environment(), 10*time.Second
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	return cmd
}

// setUp has crema take what stands in a directory, and returns what it says about it.
func (a appliance) setUp(ctx context.Context, dir string) string {
	ctx, cancel := context.WithTimeout(ctx, a.setUpWithin)
	defer cancel()
	cmd := a.command(ctx, "setup", "--config", a.config, "--data", a.data, ".")
	cmd.Dir = dir
	said, err := cmd.CombinedOutput()
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		err = fmt.Errorf("it took more than %s", a.setUpWithin)
	}
	text := strings.TrimSpace(string(said)) + "\n"
	switch exit, ok := errors.AsType[*exec.ExitError](err); {
	case err == nil:
		return text
	case ok && exit.ExitCode() == wrongUsage:
		return "What is written on the card is refused, and changes nothing. Correct it and start the board again:\n" + text
	default:
		return fmt.Sprintf("What is written on the card can't be taken now, the next start tries it again (%v):\n%s", err, text)
	}
}

// serve runs crema until it ends; when ctx ends it is asked to. What it logs goes to the console too. It returns
// its exit code and the end of its log, with why it crashed.
func (a appliance) serve(ctx context.Context) (code int, last string, err error) {
	end := &tail{limit: 4096, reasons: 1024}
	cmd := a.command(ctx, "serve")
	cmd.Stdout, cmd.Stderr = os.Stdout, io.MultiWriter(end, a.console)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	err = cmd.Run()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode(), end.String(), nil
	}
	if err != nil && ctx.Err() == nil {
		return 1, end.String(), err
	}
	return 0, end.String(), nil
}
