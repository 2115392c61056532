package board

import (
	"net"
	"os"
	"strconv"
	"time"
)

// systemd is told that the program started, ends and is alive, where its unit asks for it
// by Type=notify and WatchdogSec= (sd_notify(3), sd_watchdog_enabled(3)).
type systemd struct {
	socket  string
	timeout time.Duration // 0: it does not watch
}

// systemdOf is who started this program, nil where that asks for nothing.
func systemdOf() *systemd {
	s := &systemd{socket: os.Getenv("NOTIFY_SOCKET")}
	if s.socket == "" {
		return nil
	}
	pid := os.Getenv("WATCHDOG_PID")
	if usec, err := strconv.ParseInt(os.Getenv("WATCHDOG_USEC"), 10, 64); err == nil && usec > 0 && (pid == "" || pid == strconv.Itoa(os.Getpid())) {
		s.timeout = time.Duration(usec) * time.Microsecond
	}
	return s
}

func (s *systemd) every() time.Duration {
	return s.timeout / 4
}

func (s *systemd) feed() error {
	if s.timeout == 0 {
		return nil
	}
	return s.tell("WATCHDOG=1")
}

// close leaves nothing to do: systemd ends the unit, or begins it anew, as the unit says.
func (s *systemd) close() error { return nil }

func (s *systemd) tell(state string) error {
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: s.socket, Net: "unixgram"})
	if err != nil {
		return err
	}
	defer c.Close()
	_, err = c.Write([]byte(state))
	return err
}

// tellSystemd tells it how the program stands, if it is there.
func (d *Watchdog) tellSystemd(state string) {
	for _, f := range d.fed {
		if s, ok := f.(*systemd); ok {
			if err := s.tell(state); err != nil {
				d.log.Warn("systemd can't be told", "state", state, "error", err)
			}
		}
	}
}
