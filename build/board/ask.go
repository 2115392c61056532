package board

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// ask has the board's first process do something: see guest/agent.go.
func (e *emulator) ask(words ...string) (string, error) {
	if err := e.tell(words...); err != nil {
		return "", err
	}
	line, err := bufio.NewReader(e.agent).ReadBytes('\n') // it says nothing unasked
	if err != nil {
		return "", fmt.Errorf("the board was asked %q: %w", words, err)
	}
	var answer struct{ Out, Error string }
	if err := json.Unmarshal(line, &answer); err != nil {
		return "", err
	}
	if answer.Error != "" {
		return answer.Out, errors.New(strings.Join(words, " ") + ": " + answer.Error + " " + answer.Out)
	}
	return answer.Out, nil
}

// tell is ask where no answer is waited for, as of a board that stops.
func (e *emulator) tell(words ...string) error {
	if e.agent == nil {
		c, err := net.Dial("unix", filepath.Join(e.dir, "agent"))
		if err != nil {
			return err
		}
		e.agent = c
	}
	if err := e.agent.SetDeadline(time.Now().Add(3 * time.Minute)); err != nil {
		return err
	}
	return json.NewEncoder(e.agent).Encode(words)
}

// proc is a file of the program's folder under /proc.
func (e *emulator) proc(file string) (string, error) {
	pid, err := e.ask("pid")
	if err != nil {
		return "", err
	}
	return e.ask("read", "/proc/"+pid+"/"+file)
}

// memory is a figure of the program's memory, such as RssAnon, in kB.
func (e *emulator) memory(what string) (int, error) {
	text, err := e.proc("status")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(line, what+":"); ok {
			return strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(value), " kB"))
		}
	}
	return 0, fmt.Errorf("the program's status has no %s", what)
}

// hangUp forgets what the board was asked and has not answered.
func (e *emulator) hangUp() {
	if e.agent != nil {
		e.agent.Close()
		e.agent = nil
	}
}
