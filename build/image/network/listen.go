package network

import (
	"bufio"
	"context"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

// listen runs a program with an input, and says of a topic what it says, until it or ctx ends.
func (n *Network) listen(ctx context.Context, topic, input, program string, args ...string) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Stdin = strings.NewReader(input)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL} // it goes with this process, and the next starts its own
	cmd.WaitDelay = time.Second
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		n.tell(topic, err.Error())
		return
	}
	for lines := bufio.NewScanner(out); lines.Scan(); {
		n.tell(topic, lines.Text())
	}
	_ = cmd.Wait() // it has said why
}
