package board

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"time"

	usage "crema/build/board/figures"
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

// process is what the program has used since it began.
func (e *emulator) process() (usage.Process, error) {
	var text [3]string
	for i, file := range []string{"status", "stat", "io"} {
		var err error
		if text[i], err = e.proc(file); err != nil {
			return usage.Process{}, err
		}
	}
	return usage.Parse(text[0], text[1], text[2])
}

// hangUp forgets what the board was asked and has not answered.
func (e *emulator) hangUp() {
	if e.agent != nil {
		e.agent.Close()
		e.agent = nil
	}
}
