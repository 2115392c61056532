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
)

// ask has the board's first process do something: see guest/agent.go.
func (e *emulator) ask(words ...string) (string, error) {
	if e.agent == nil {
		c, err := net.Dial("unix", filepath.Join(e.dir, "agent"))
		if err != nil {
			return "", err
		}
		e.agent = c
	}
	if err := e.agent.SetDeadline(time.Now().Add(60 * time.Second)); err != nil {
		return "", err
	}
	if err := json.NewEncoder(e.agent).Encode(words); err != nil {
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
