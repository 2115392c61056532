package image

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
)

// hangs: the kernel crashes and stays as it is, and the board's watchdog, which nobody feeds any more, restarts it. That crema had armed it
// is all that it would: QEMU's sleeps until somebody does.
func (k *check) hangs(ctx context.Context, s *boot) error {
	if k.kind == "raspi3b" { // QEMU's has no watchdog that works
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, k.patience)
	defer cancel()
	line, err := (&net.Dialer{}).DialContext(ctx, "unix", s.qmp)
	if err != nil {
		return err
	}
	defer line.Close()
	defer context.AfterFunc(ctx, func() { line.Close() })()
	if _, err := io.WriteString(line, `{"execute": "qmp_capabilities"}{"execute": "chardev-send-break", "arguments": {"id": "screen"}}`); err != nil {
		return err
	}
	answers := 0
	for lines := bufio.NewScanner(line); lines.Scan(); {
		var says struct {
			Event  string
			Return *struct{}
			Error  *struct{ Desc string }
		}
		if err := json.Unmarshal(lines.Bytes(), &says); err != nil {
			return err
		}
		switch {
		case says.Error != nil:
			return errors.New(says.Error.Desc)
		case says.Event == "WATCHDOG":
			select {
			case <-s.ended:
				return nil
			case <-ctx.Done():
				return fmt.Errorf("the watchdog bites, and the board goes on: %w", ctx.Err())
			}
		case says.Return != nil:
			if answers++; answers == 2 { // the key that follows the break is the kernel's: crash
				if _, err := io.WriteString(s.keys, "c"); err != nil {
					return err
				}
			}
		}
	}
	if ctx.Err() != nil {
		return fmt.Errorf("the board hangs, and its watchdog does nothing: %w", ctx.Err())
	}
	return errors.New("the board has ended, but not by its watchdog")
}
