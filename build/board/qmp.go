package board

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// network plugs the board's network cable in, or pulls it.
func (e *emulator) network(in bool) error {
	return e.monitor("set_link", map[string]any{"name": "net", "up": in}, nil)
}

// device is the path of the first device of a type that the board itself has.
func (e *emulator) device(kind string) (string, error) {
	var list []struct{ Name, Type string }
	if err := e.monitor("qom-list", map[string]any{"path": "/machine/unattached"}, &list); err != nil {
		return "", err
	}
	for _, d := range list {
		if d.Type == "child<"+kind+">" {
			return "/machine/unattached/" + d.Name, nil
		}
	}
	return "", fmt.Errorf("the emulated board has no %s", kind)
}

// monitor has the emulator itself do something, in its own words (QMP); result may be nil.
func (e *emulator) monitor(what string, arguments map[string]any, result any) error {
	conn, err := e.dial("qmp")
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		return err
	}
	lines := bufio.NewReader(conn)
	if _, err := lines.ReadString('\n'); err != nil { // it greets
		return err
	}
	var answer struct {
		Return json.RawMessage
		Error  *struct{ Desc string }
	}
	for _, command := range []map[string]any{{"execute": "qmp_capabilities"}, {"execute": what, "arguments": arguments}} {
		if err := json.NewEncoder(conn).Encode(command); err != nil {
			return err
		}
		for answer.Return = nil; answer.Return == nil; { // events come in between
			line, err := lines.ReadBytes('\n')
			if err != nil {
				return fmt.Errorf("QMP %s: %w", what, err)
			}
			if err := json.Unmarshal(line, &answer); err != nil {
				return err
			}
			if answer.Error != nil {
				return errors.New("QMP " + what + ": " + answer.Error.Desc)
			}
		}
	}
	if result == nil {
		return nil
	}
	return json.Unmarshal(answer.Return, result)
}
