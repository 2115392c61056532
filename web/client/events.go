package client

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strings"

	"crema/web"
)

// ErrEnded means that the board ended its stream of events: it stops, or restarts.
var ErrEnded = errors.New("the board ended its events")

// Events is what changes on the board from now on, until ctx ends or the stream does:
// the last pair has the error, [ErrEnded] where the board hung up in order. The stream
// is open when the function returns; range over the events or end ctx.
func (c *Client) Events(ctx context.Context) (iter.Seq2[web.Event, error], error) {
	res, err := c.send(ctx, http.MethodGet, path("events"), nil, nil)
	if err != nil {
		return nil, err
	}
	return func(yield func(web.Event, error) bool) {
		defer func() { _ = res.Body.Close() }()
		lines := bufio.NewReader(res.Body)
		for {
			e, err := nextEvent(lines)
			if errors.Is(err, io.EOF) {
				err = ErrEnded
			}
			if ctx.Err() != nil {
				err = ctx.Err()
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}, nil
}

// nextEvent reads up to the next event that has data.
func nextEvent(r *bufio.Reader) (web.Event, error) {
	var e web.Event
	var data strings.Builder
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return e, err
		}
		line = strings.TrimRight(line, "\r\n")
		if text, ok := strings.CutPrefix(line, "data:"); ok {
			data.WriteString(strings.TrimPrefix(text, " "))
		}
		if line != "" || data.Len() == 0 {
			continue // within an event, or one without data, or a comment
		}
		if err := json.Unmarshal([]byte(data.String()), &e); err != nil {
			return e, fmt.Errorf("read an event: %w", err)
		}
		return e, nil
	}
}
