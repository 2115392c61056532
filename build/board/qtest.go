package board

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// A qtest reaches past the board's processor to its devices. It is for concurrent use.
type qtest struct {
	mu      sync.Mutex
	conn    net.Conn
	answers *bufio.Reader
}

// reach opens the emulator's qtest. Close it.
func (e *emulator) reach() (*qtest, error) {
	conn, err := e.dial("qtest")
	if err != nil {
		return nil, err
	}
	return &qtest{conn: conn, answers: bufio.NewReader(conn)}, nil
}

func (q *qtest) close() error { return q.conn.Close() }

// do has one command done, and gives what is told behind OK.
func (q *qtest) do(format string, args ...any) (string, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if _, err := fmt.Fprintf(q.conn, format+"\n", args...); err != nil {
		return "", err
	}
	line, err := q.answers.ReadString('\n')
	if err != nil {
		return "", err
	}
	result, ok := strings.CutPrefix(line, "OK")
	if !ok {
		return "", fmt.Errorf("qtest: "+format+": %s", append(args, line)...)
	}
	return strings.TrimSpace(result), nil
}

// register reads a register of a device.
func (q *qtest) register(address uint64) (uint32, error) {
	text, err := q.do("readl %#x", address)
	if err != nil {
		return 0, err
	}
	value, err := strconv.ParseUint(text, 0, 64)
	return uint32(value), err
}

// dial opens one of the emulator's sockets, which are there a little after it was started.
func (e *emulator) dial(name string) (conn net.Conn, err error) {
	for range 200 {
		if conn, err = net.Dial("unix", filepath.Join(e.dir, name)); err == nil {
			return conn, nil
		}
		select {
		case <-e.ended:
			return nil, errors.New("the emulator ended: " + e.words())
		case <-time.After(10 * time.Millisecond):
		}
	}
	return nil, err
}
