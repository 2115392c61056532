package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// agentPort opens the port on which the host asks, where there is one.
func agentPort() (*os.File, bool) {
	ports, err := filepath.Glob("/dev/vport*")
	if err != nil || len(ports) == 0 {
		return nil, false
	}
	port, err := os.OpenFile(ports[0], os.O_RDWR, 0)
	return port, err == nil
}

// serve answers the host: each line is a list of words, each answer {"out","error"}. It returns when the host hangs up.
func serve(port *os.File, keep *keeper) {
	for lines := bufio.NewScanner(port); lines.Scan(); {
		var words []string
		var answer struct {
			Out   string `json:"out"`
			Error string `json:"error,omitempty"`
		}
		err := json.Unmarshal(lines.Bytes(), &words)
		if err == nil && len(words) == 0 {
			err = io.ErrUnexpectedEOF
		}
		if err == nil {
			answer.Out, err = do(keep, words[0], words[1:])
		}
		if err != nil {
			answer.Error = err.Error()
		}
		if err := json.NewEncoder(port).Encode(answer); err != nil {
			return
		}
	}
}

// do does one thing on the board.
func do(keep *keeper, what string, args []string) (string, error) {
	if want := map[string]int{"read": 1, "write": 2, "list": 1, "run": 1, "signal": 1, "clock": 2, "sysrq": 1}[what]; len(args) < want {
		return "", fmt.Errorf("%s wants %d words", what, want)
	}
	switch what {
	case "pid":
		pid, err := keep.pid()
		return strconv.Itoa(pid), err
	case "read":
		text, err := os.ReadFile(args[0])
		return string(text), err
	case "write":
		return "", os.WriteFile(args[0], []byte(args[1]), 0o600)
	case "list":
		return list(args[0])
	case "run":
		out, err := exec.Command(args[0], args[1:]...).CombinedOutput()
		return string(out), err
	case "start":
		keep.start()
		return "", nil
	case "stop":
		return "", keep.stop(unix.SIGTERM)
	case "kill":
		err := keep.stop(unix.SIGKILL)
		if ended, ok := err.(*exec.ExitError); ok && ended.Sys().(syscall.WaitStatus).Signal() == unix.SIGKILL {
			return "", nil
		}
		return "", fmt.Errorf("it was not killed: %v", err)
	case "signal":
		n, err := strconv.Atoi(args[0])
		if err != nil {
			return "", err
		}
		if len(args) > 1 {
			return "", signalOther(unix.Signal(n), args[1])
		}
		return "", keep.signal(unix.Signal(n))
	case "clock":
		return "", setClock(args[0], args[1] == "synchronised")
	case "fill":
		return fill()
	case "unfill":
		return "", os.Remove(filler)
	case "sysrq": // c: the kernel crashes; b: the board starts again at once
		return "", os.WriteFile("/proc/sysrq-trigger", []byte(args[0]), 0)
	case "off":
		return "", off()
	}
	return "", fmt.Errorf("%s is not known here", what)
}

// list tells of each file in a folder its size, when it was written, and its name.
func list(folder string) (string, error) {
	files, err := os.ReadDir(folder)
	if err != nil {
		return "", err
	}
	text := ""
	for _, f := range files {
		info, err := f.Info()
		if err != nil {
			return "", err
		}
		text += fmt.Sprintln(info.Size(), info.ModTime().UnixNano(), f.Name())
	}
	return text, nil
}

// signalOther sends a signal to the process that has this word among its arguments.
func signalOther(n unix.Signal, word string) error {
	processes, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		return err
	}
	for _, path := range processes {
		line, err := os.ReadFile(path)
		if err != nil || !slices.Contains(strings.Split(string(line), "\x00"), word) {
			continue // it may have ended
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if err != nil {
			return err
		}
		return unix.Kill(pid, n)
	}
	return fmt.Errorf("no process has the argument %q", word)
}

// setClock sets the board's clock to a time in RFC 3339, as a time server's client does.
func setClock(text string, synchronised bool) error {
	to, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return err
	}
	tv := unix.NsecToTimeval(to.UnixNano())
	if err := unix.Settimeofday(&tv); err != nil {
		return err
	}
	if !synchronised {
		return nil
	}
	_, err = unix.Adjtimex(&unix.Timex{Modes: unix.ADJ_STATUS | unix.ADJ_MAXERROR | unix.ADJ_ESTERROR, Status: unix.STA_PLL})
	return err
}

const filler = "/data/filler"

// fill takes all the room that there is on the data disk, and tells how much that was.
func fill() (string, error) {
	f, err := os.Create(filler)
	if err != nil {
		return "", err
	}
	defer f.Close()
	size := int64(0)
	for part := int64(16 << 20); part >= 4096; {
		switch err := unix.Fallocate(int(f.Fd()), 0, size, part); err {
		case nil:
			size += part
		case unix.ENOSPC:
			part /= 2
		default:
			return "", err
		}
	}
	return strconv.FormatInt(size, 10), f.Sync()
}

// off switches the board off, where the program doesn't run any more.
func off() error {
	unix.Sync()
	if err := unix.Unmount("/data", 0); err != nil {
		say("unmount: %v", err)
	}
	return unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF)
}
