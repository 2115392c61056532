package network

import (
	"bufio"
	"context"
	"fmt"
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
	wrong := &firstLine{}
	cmd.Stderr = wrong
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
	if err := cmd.Wait(); ctx.Err() == nil && len(wrong.line) > 0 { // else it has said why
		n.tell(topic, fmt.Sprintf("%s (%v)", wrong, err))
	}
}
