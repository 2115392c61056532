package serial

import (
	"context"
	"fmt"
	"io"
	"sync"
	"time"

	"crema/device"
)

// Record opens lines with dial and writes what is said on them to w, a line for each
// read (<) and write (>), with the seconds since the line was opened and the bytes
// quoted as in Go. What w refuses is lost; the line goes on.
func Record(dial device.Dialer, w io.Writer) device.Dialer {
	var mu sync.Mutex // lines of one dialer share w
	return func(ctx context.Context) (device.Line, error) {
		line, err := dial(ctx)
		if err != nil {
			return nil, err
		}
		start := time.Now()
		return &recorded{line, func(way byte, b []byte) {
			mu.Lock()
			defer mu.Unlock()
			_, _ = fmt.Fprintf(w, "%c %9.3f %q\n", way, time.Since(start).Seconds(), b)
		}}, nil
	}
}

type recorded struct {
	device.Line
	note func(way byte, b []byte)
}

func (r *recorded) Read(b []byte) (int, error) {
	n, err := r.Line.Read(b)
	if n > 0 {
		r.note('<', b[:n])
	}
	return n, err
}

func (r *recorded) Write(b []byte) (int, error) {
	n, err := r.Line.Write(b)
	if n > 0 {
		r.note('>', b[:n])
	}
	return n, err
}
